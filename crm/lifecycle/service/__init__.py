"""What touches one person in every domain, in one transaction."""
