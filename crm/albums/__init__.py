"""Photos uploaded once and shared by a link that ends."""
