"""Forms about one person as a whole."""
