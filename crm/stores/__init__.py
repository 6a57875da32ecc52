"""The shop's stores, hours and calendars, and who works where."""
