"""Checking a text against a pack: a pure function of the two.

It says what it found and what it let pass. Whether a text may leave is not decided here.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from crm.claims.rules.normal import Normal, normalise
from crm.claims.rules.pack import OWN_PREFIX, Industry, Level, Pack, Rule

TEXT_MAX = 10_000


@dataclass(frozen=True)
class Finding:
    """One place of the text (code points) and the rule that points at it.

    `level` is None for a hit that the words around it excuse. A required text that is missing is
    found at the end of the text, with no words of its own.
    """

    start: int
    end: int
    text: str
    rule: str
    level: Level | None
    advice: str
    law: tuple[str, ...]
    put: str | None = None
    lowered: bool = False
    folded: tuple[str, ...] = ()

    @property
    def missing(self) -> bool:
        return self.start == self.end

    @property
    def own_word(self) -> bool:
        return self.rule.startswith(OWN_PREFIX)

    @property
    def statutes(self) -> tuple[tuple[str, str, str], ...]:
        """("AL9.3",) as (("AL", "9", "3"),): the law, its article, the part of it."""
        found = []
        for key in self.law:
            law = key.rstrip("0123456789.")
            article, _dot, part = key.removeprefix(law).partition(".")
            found.append((law, article, part))
        return tuple(found)


@dataclass(frozen=True)
class Message:
    """What a whole message to a customer must carry; any one of each is enough."""

    sender: tuple[str, ...]
    optout: tuple[str, ...]


@dataclass(frozen=True)
class Report:
    """Findings in the order of the text, and the hits that were spared."""

    findings: tuple[Finding, ...]
    spared: tuple[Finding, ...]


def check(text: str, industry: Industry, pack: Pack) -> list[Finding]:
    return list(examine(text, industry, pack).findings)


def examine(text: str, industry: Industry, pack: Pack, *, message: Message | None = None) -> Report:
    """Reads a sentence, or with `message` a whole message: only that must name its sender."""
    normal = normalise(text)
    hits: list[Finding] = []
    for rule in pack.rules:
        if not rule.covers(industry):
            continue
        if rule.requires:
            hits += _missing(text, normal, rule, message)
        else:
            hits += _hits(text, normal, rule)
    spared = tuple(sorted((h for h in hits if h.level is None), key=_place))
    return Report(_fold(h for h in hits if h.level is not None), spared)


def _place(finding: Finding) -> tuple[int, int]:
    return finding.start, finding.end


def _hits(text: str, normal: Normal, rule: Rule) -> Iterator[Finding]:
    assert rule.pattern is not None  # noqa: S101  a rule has a pattern or a required text
    spans = [match.span() for match in rule.pattern.finditer(normal.text)]
    if not spans:
        return
    excuses = [
        (unless.level, _merged(m.span(1) for m in unless.pattern.finditer(normal.text)))
        for unless in rule.unless
    ]
    for here, there in spans:
        if here == there:
            continue
        level: Level | None = rule.level
        for instead, places in excuses:
            if _overlaps(places, here, there):
                level = instead
                break
        start, end = normal.start[here], normal.end[there - 1]
        yield Finding(
            start, end, text[start:end], rule.id, level, rule.advice, rule.law, rule.put,
            lowered=level is not rule.level,
        )  # fmt: skip


def _merged(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Touching spans stay apart: two excuses side by side excuse no more than themselves."""
    merged: list[tuple[int, int]] = []
    for start, end in spans:
        if merged and start < merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        elif start < end:
            merged.append((start, end))
    return merged


def _overlaps(places: list[tuple[int, int]], start: int, end: int) -> bool:
    """Places are apart and sorted, so the last one that begins before `end` decides."""
    index = bisect_left(places, (end,)) - 1
    return index >= 0 and places[index][1] > start


def _missing(text: str, normal: Normal, rule: Rule, message: Message | None) -> list[Finding]:
    # A needle crosses clause boundaries as the text does: both are read without them.
    plain = normal.text.replace("\n", "")
    needles = _needles(rule.requires or "", message)
    if not needles or any(normalise(n).text.replace("\n", "") in plain for n in needles):
        return []
    end = len(text)
    return [Finding(end, end, "", rule.id, rule.level, rule.advice, rule.law, rule.put)]


def _needles(requires: str, message: Message | None) -> tuple[str, ...]:
    if requires == "@sender":
        return message.sender if message else ()
    if requires == "@optout":
        return message.optout if message else ()
    return (requires,)


def _fold(hits: Iterable[Finding]) -> tuple[Finding, ...]:
    """Of findings on the same words the gravest is shown and names the others."""
    shown: list[Finding] = []
    owner: dict[int, int] = {}
    for hit in sorted(hits, key=_gravity):
        places = range(hit.start, hit.end)
        above = next((owner[place] for place in places if place in owner), None)
        if above is None:
            owner.update(dict.fromkeys(places, len(shown)))
            shown.append(hit)
        elif hit.rule not in (shown[above].rule, *shown[above].folded):
            shown[above] = replace(shown[above], folded=(*shown[above].folded, hit.rule))
    return tuple(sorted(shown, key=_place))


def _gravity(finding: Finding) -> tuple[int, int, int]:
    rank = finding.level.rank if finding.level else -1
    return -rank, finding.start - finding.end, finding.start


def segments(text: str, findings: Iterable[Finding]) -> Iterator[tuple[str, Finding | None]]:
    """The text in pieces, each with the finding that points at it."""
    taken = 0
    for finding in findings:
        if finding.missing:
            continue
        if finding.start > taken:
            yield text[taken : finding.start], None
        yield text[finding.start : finding.end], finding
        taken = finding.end
    if taken < len(text):
        yield text[taken:], None
