"""The shop's own words, and text as it may be stored."""

from dataclasses import dataclass

from crm.claims.rules.pack import Level


class WordKnown(Exception):
    """The shop has this word already."""


@dataclass(frozen=True)
class NewWord:
    """A word to add."""

    word: str
    level: Level
    advice: str = ""


def clean_text(text: str | None) -> str | None:
    """Returns what was typed without control characters; lines end in one newline."""
    if text is None:
        return None
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in lines if c in "\n\t" or (c >= " " and c != "\x7f" and not _lone(c)))


def clean_line(text: str | None) -> str | None:
    """The same for one line, without spaces around it."""
    cleaned = clean_text(text)
    return None if cleaned is None else " ".join(cleaned.split())


def _lone(char: str) -> bool:
    """Half of a pair: no database takes it."""
    return "\ud800" <= char <= "\udfff"
