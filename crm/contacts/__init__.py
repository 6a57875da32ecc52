"""Customers: who they are, where they moved from, with which consent, and how to find them."""
