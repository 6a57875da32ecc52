"""Pure readers and writers of the outside world's formats: text or bytes in, frozen dataclasses out."""
