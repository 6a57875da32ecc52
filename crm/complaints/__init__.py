"""Complaints: what customers said, what is owed to them by when, and who is told."""
