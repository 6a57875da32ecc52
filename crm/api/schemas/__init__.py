"""JSON in and out of the API: one file a group of resources, over shared fields."""
