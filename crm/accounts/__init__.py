"""People who sign in: roles, sessions, links, tokens."""
