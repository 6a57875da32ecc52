"""What is decided about one person everywhere. Pure."""
