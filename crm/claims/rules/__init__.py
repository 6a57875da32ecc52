"""The copy check: how a text is read, what a pack of rules holds, what is found.

It is a reminder, not legal advice. Pictures, sound and video are not read.
"""

from crm.claims.rules.check import TEXT_MAX, Finding, Message, Report, check, examine, segments
from crm.claims.rules.normal import Normal, normalise
from crm.claims.rules.pack import (
    ADVICE_MAX,
    WORD_MAX,
    Industry,
    Level,
    Pack,
    Rule,
    own_word,
    parse,
)
from crm.claims.rules.words import NewWord, WordKnown, clean_line, clean_text

__all__ = [
    "ADVICE_MAX",
    "TEXT_MAX",
    "WORD_MAX",
    "Finding",
    "Industry",
    "Level",
    "Message",
    "NewWord",
    "Normal",
    "Pack",
    "Report",
    "Rule",
    "WordKnown",
    "check",
    "clean_line",
    "clean_text",
    "examine",
    "normalise",
    "own_word",
    "parse",
    "segments",
]
