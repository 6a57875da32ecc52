"""What touches one person in every domain at once: merge, anonymise, export, hand over."""
