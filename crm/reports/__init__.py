"""Read-only numbers."""
