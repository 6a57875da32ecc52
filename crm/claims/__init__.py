"""Copy check: which words of a marketing text may not leave the shop, and why."""
