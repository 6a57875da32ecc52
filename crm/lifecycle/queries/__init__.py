"""Every select about one person in all domains; one file a use."""
