"""The outside world: its file formats, its networks, the channels that alerts leave by."""
