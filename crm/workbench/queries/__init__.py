"""Reads that combine domains, one file a page."""
