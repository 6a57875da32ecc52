"""Invented shops with a story, written through the services."""
