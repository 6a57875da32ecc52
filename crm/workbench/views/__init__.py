"""Pages that combine domains, one file and one blueprint a page."""
