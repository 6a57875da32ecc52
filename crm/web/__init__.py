"""Flask glue that every page shares."""
