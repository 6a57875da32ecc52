"""What is in a text and nobody sees: one set for every door by which text comes in.

Control characters, halves of pairs and what is no character, which no database or page takes;
marks of direction, which phones put around numbers; signs without width, which make two words of
one. What joins emoji stays.
"""

import re

_BREAKS = re.compile("\r\n?|[\u2028\u2029]")
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff"
    "\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]|\u200d(?![\u2190-\u27bf\U0001f000-\U0001faff])"
)


def seen(text: str) -> str:
    """Return a text without what nobody sees; every kind of line break becomes one."""
    if text.isprintable():  # which is usual, and costs less to ask than to clean
        return text
    return _UNSEEN.sub("", _BREAKS.sub("\n", text))
