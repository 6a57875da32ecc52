"""Repurchase lists: whom to contact, whom not and why, what it brought."""
