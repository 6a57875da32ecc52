"""What people bought: orders from every channel, taken from files and programs."""
