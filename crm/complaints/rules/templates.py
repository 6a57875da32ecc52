"""Texts for replies: the shipped ones by situation, which fit first, and how gaps are filled.

Texts have plain gaps in braces and nothing else: whatever else stands there stays text.
The shipped words are in the catalogues.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from crm.complaints.rules.words import Category, Situation, Visibility

GAPS = ("name", "me", "open")
TEXTS_MAX = 200
OWN_KEY = re.compile(r"own-(\d{1,9})")
"""What names a text that the shop wrote itself, by its number."""
_GAP = re.compile(r"\{(" + "|".join(GAPS) + r")\}")
S, V = Situation, Visibility


@dataclass(frozen=True)
class Shipped:
    """A text that comes with the product; its words have the slug as their key."""

    slug: str
    situation: Situation
    visibility: Visibility | None = None


SHIPPED = (
    Shipped("wrong_item", S.WRONG_ITEM, V.PUBLIC),
    Shipped("wrong_item_private", S.WRONG_ITEM, V.PRIVATE),
    Shipped("suspected_fake", S.SUSPECTED_FAKE, V.PUBLIC),
    Shipped("suspected_fake_private", S.SUSPECTED_FAKE, V.PRIVATE),
    Shipped("quality", S.QUALITY),
    Shipped("delivery", S.DELIVERY),
    Shipped("refund", S.REFUND),
    Shipped("general", S.GENERAL),
    Shipped("holding", S.HOLDING),
    Shipped("off_shift", S.OFF_SHIFT),
    Shipped("task_refund", S.TASK_REFUND),
    Shipped("task_pickup", S.TASK_PICKUP),
    Shipped("task_resend", S.TASK_RESEND),
    Shipped("outcome", S.OUTCOME, V.PUBLIC),
)


def text_key(slug: str | None, number: int | None) -> str:
    """What names a text in an address: a shipped one keeps its key when it is changed."""
    return slug or f"own-{number}"


@dataclass(frozen=True)
class ReplyText:
    """A text as it is offered. Only one that the shop wrote or changed has an id."""

    id: int | None
    slug: str | None
    situation: Situation
    visibility: Visibility | None
    name: str
    text: str

    @property
    def key(self) -> str:
        """Names it in an address, before and after it was changed."""
        return text_key(self.slug, self.id)


@dataclass(frozen=True)
class NewText:
    """A text to keep, under the key of the one it replaces."""

    key: str
    situation: Situation
    visibility: Visibility | None
    name: str
    text: str


@dataclass(frozen=True)
class Moment:
    """What decides which texts fit now."""

    category: Category
    visibility: Visibility
    is_resolved: bool = False
    is_off_shift: bool = False
    tasks: frozenset[str] = frozenset()


def fill(text: str, values: Mapping[str, str]) -> str:
    """Put the values into the gaps; what is put in is not looked at again."""
    return _GAP.sub(lambda gap: values.get(gap[1], gap[0]), text)


def fitting_first(texts: Iterable[ReplyText], moment: Moment) -> list[ReplyText]:
    """Return all texts: those for the matter, then general ones, then what does not fit."""
    order = _order(moment)

    def rank(text: ReplyText) -> int:
        is_said_here = text.visibility in {None, moment.visibility}
        fits = is_said_here and text.situation in order
        return order.index(text.situation) if fits else len(order)

    return sorted(texts, key=rank)


def _order(moment: Moment) -> list[Situation]:
    words = {situation.value: situation for situation in Situation}
    own = [words[moment.category.value]] if moment.category.value in words else []
    tasks = [words[f"task_{task}"] for task in sorted(moment.tasks) if f"task_{task}" in words]
    order = [*tasks, *own, S.GENERAL, S.HOLDING]
    if moment.is_off_shift:
        order.insert(0, S.OFF_SHIFT)
    if moment.is_resolved:
        order.insert(0, S.OUTCOME)
    return order


def matches(text: ReplyText, query: str) -> bool:
    """Whether every word of the query stands in the name or the text."""
    read = _plain(f"{text.name} {text.text}")
    return all(word in read for word in _plain(query).split())


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
