"""Channels have no command of their own: they are entered on the settings page or by the API."""
