"""Pages that combine domains: today, quick log, contacts, groups, health. Owns no table."""
