"""A rule pack: rules as data, read from a table, with the shop's own words added to it."""

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from crm.claims.rules.normal import normalise

WORD_MAX = 40
ADVICE_MAX = 200
OWN_PREFIX = "SHOP-"


class Level(StrEnum):
    """What a finding asks for."""

    BLOCK = "block"  # another wording
    EVIDENCE = "evidence"  # a document on file
    HINT = "hint"  # a second look

    @property
    def rank(self) -> int:
        return (Level.HINT, Level.EVIDENCE, Level.BLOCK).index(self)


class Industry(StrEnum):
    """What a text sells; some words are forbidden for some goods only."""

    GENERAL = "general"
    APPAREL = "apparel"
    TEAWARE = "teaware"
    TEA = "tea"
    FOOD = "food"
    TONIC = "tonic"  # sold as ordinary food
    HEALTH_FOOD = "health_food"
    COSMETIC = "cosmetic"
    ALCOHOL = "alcohol"


@dataclass(frozen=True)
class Unless:
    """Words around a hit that change its level; no level: the hit is spared."""

    pattern: re.Pattern[str]
    level: Level | None


@dataclass(frozen=True)
class Rule:
    """One rule: a pattern that must not occur, or a text that must."""

    id: str
    level: Level
    law: tuple[str, ...]
    advice: str
    pattern: re.Pattern[str] | None = None
    requires: str | None = None
    unless: tuple[Unless, ...] = ()
    industries: frozenset[Industry] | None = None
    put: str | None = None

    def covers(self, industry: Industry) -> bool:
        return self.industries is None or industry in self.industries


@dataclass(frozen=True)
class Pack:
    """The rules of one date."""

    name: str
    version: dt.date
    source: str
    rules: tuple[Rule, ...]

    def with_words(self, words: Iterable[Rule]) -> "Pack":
        return Pack(self.name, self.version, self.source, (*self.rules, *words))


def parse(table: Mapping[str, Any]) -> Pack:
    """Reads a pack and fails on the first rule that is not whole: a pack is never half read."""
    rules = tuple(_rule(row) for row in table["rules"])
    if len({rule.id for rule in rules}) != len(rules):
        raise ValueError("two rules carry one id")
    return Pack(table["name"], table["version"], table["source"], rules)


def _rule(row: Mapping[str, Any]) -> Rule:
    if ("pat" in row) == ("requires" in row) or not row["law"]:
        raise ValueError(f"rule {row['id']} needs a law and either a pattern or a required text")
    return Rule(
        id=row["id"],
        level=Level(row["sev"]),
        law=tuple(row["law"]),
        advice=row["adv"],
        pattern=re.compile(row["pat"]) if "pat" in row else None,
        requires=row.get("requires"),
        unless=tuple(_unless(*pair) for pair in row.get("unless", ())),
        industries=frozenset(map(Industry, row["cats"])) if "cats" in row else None,
        put=row.get("put"),
    )


def _unless(expression: str, action: str) -> Unless:
    # The lookahead finds every place where the words begin, also inside a longer match;
    # MULTILINE lets "$" mean the end of the clause.
    pattern = re.compile(f"(?=({expression}))", re.MULTILINE)
    return Unless(pattern, None if action == "exempt" else Level(action))


def own_word(number: int, word: str, *, level: Level, advice: str) -> Rule:
    """A word the shop itself does not want to see; any spelling of it counts."""
    pattern = re.compile(re.escape(normalise(word).text))
    return Rule(f"{OWN_PREFIX}{number}", level, (), advice, pattern=pattern)
