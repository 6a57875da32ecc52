"""The pack in force and the shop's own words, as one checker."""

import tomllib
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from importlib.resources import files

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.claims import rules
from crm.claims.models import ShopWord
from crm.claims.rules import Finding, Industry, Message, Pack, Report
from crm.i18n import _

Checker = Callable[[str, Industry], list[Finding]]

_WORDS = select(ShopWord).where(ShopWord.removed_at.is_(None)).order_by(ShopWord.id)


@cache
def starter_pack() -> Pack:
    """The shipped rules, read once a process."""
    source = files("crm.claims") / "data" / "starter.toml"
    return rules.parse(tomllib.loads(source.read_text(encoding="utf-8")))


def shop_words(session: Session) -> list[ShopWord]:
    return list(session.scalars(_WORDS))


def shop_word(session: Session, word_id: int) -> ShopWord:
    """Returns and locks a word, removed or not. Raises NoResultFound."""
    return session.scalars(select(ShopWord).where(ShopWord.id == word_id).with_for_update()).one()


def pack(session: Session) -> Pack:
    """The shipped rules and the shop's own words."""
    words = shop_words(session)
    return starter_pack().with_words(
        rules.own_word(word.id, word.word, level=word.level, advice=word.advice) for word in words
    )


def checker(session: Session) -> Checker:
    """Returns a function that checks sentences, its advice in the language in use."""
    current = pack(session)

    def check(text: str, industry: Industry) -> list[Finding]:
        return [_worded(finding) for finding in rules.check(text, industry, current)]

    return check


def examine(
    session: Session, text: str, industry: Industry, *, message: Message | None = None
) -> Report:
    """Checks one text and tells what was spared too."""
    report = rules.examine(text, industry, pack(session), message=message)
    return Report(tuple(map(_worded, report.findings)), tuple(map(_worded, report.spared)))


def _worded(finding: Finding) -> Finding:
    """Advice on the shipped rules is in the catalogue; own words carry what people typed."""
    if finding.own_word:
        return finding
    return replace(finding, advice=_(f"claims.advice.{finding.rule}"))
