"""Who comes back: occasions, rhythm, tags with reasons, the next-order window."""
