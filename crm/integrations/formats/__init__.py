"""Pure readers and writers of the outside world: text or bytes in, frozen dataclasses out."""
