"""One-on-one time: touches, limits per contact, what to do next. Complaint time never counts."""
