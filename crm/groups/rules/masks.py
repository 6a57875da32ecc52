"""Phone numbers in pasted text: shown with the middle covered, counted for the preview."""

import re

# Mobile numbers and the 100 of invented ones, also written with spaces or dashes, with +86 before;
# not part of a longer number.
_PHONE = re.compile(
    r"(?<![0-9A-Za-z])(?:\+?86[- ]?)?(1(?:00|[3-9]\d))([- ]?)(\d{4})([- ]?)(\d{4})(?!\d)"
)
_LANDLINE = re.compile(r"(?<!\d)(0\d{2,3}-)(\d{3,4})(\d{4})(?!\d)")


def mask_phones(text: str) -> str:
    """`13800000142` -> `138****0142`."""
    return _LANDLINE.sub(r"\1****\3", _PHONE.sub(r"\1****\5", text))


def phones_in(text: str) -> int:
    return len(_PHONE.findall(text)) + len(_LANDLINE.findall(text))
