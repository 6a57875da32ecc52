"""What a contact is made of: identities, limits, masks and the words she is found by.

Pure. It does not decide who may see a contact (queries take the actor) and knows no table.
"""

import enum
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache, lru_cache
from operator import add, itemgetter

from pypinyin import Style, lazy_pinyin, pinyin

from crm.groups.rules import mask_phones
from crm.unseen import seen

NAME_MAX = 40
NICKNAME_MAX = 40
REMARK_MAX = 200
WECHAT_ID_MAX = 64
EXTERNAL_ID_MAX = 64
TAG_MAX = 20
TAGS_MAX = 20
DETAIL_MAX = 80
CONSENT_NOTE_MAX = 200
NOTE_MAX = 2_000
PHONE_HINT_MAX = 20
QUERY_MAX = 60
PHONE_DIGITS = 11
TAIL_DIGITS = 4

BACK_WITHIN = timedelta(hours=24)
"""So long an ended ground, a tag given or a tag taken away can be undone."""
SECOND_TAP = timedelta(seconds=10)
"""People tap twice on a slow line; nobody types the same person anew so quickly."""

_CACHED, _COMMON = 10_000, 8
"""So many words are kept with what they are found by; those of more signs hardly come twice."""
_PHONE_NOISE = re.compile(r"[\s\-‐-―()（）.·]")
_WORD = re.compile(r"[0-9]+|[^\W0-9_]+")
_SYMBOL = r"[^\x00-\x7f\s]"  # a flower in a nickname; those of ASCII say nothing
_RUN = re.compile(f"{_WORD.pattern}|{_SYMBOL}")


class IdentityKind(enum.StrEnum):
    """By what the outside world knows a person."""

    PHONE = "phone"
    WECHAT_ID = "wechat_id"
    EXTERNAL_USERID = "external_userid"
    UNIONID = "unionid"
    MEMBER_NO = "member_no"
    FILE_LINE = "file_line"
    """All that a file says of somebody without any of the others."""


class MoveKind(enum.StrEnum):
    """Where a person was moved from."""

    STORE = "store"
    GROUP = "group"
    LIVESTREAM = "livestream"
    SHOP = "shop"
    REFERRAL = "referral"
    OTHER = "other"


class MoveStep(enum.StrEnum):
    """What became of somebody who was moved, in the order in which it should."""

    INVITED = "invited"
    ADDED = "added"
    JOINED_GROUP = "joined_group"
    FIRST_ORDER = "first_order"


TAPPED_STEPS = (MoveStep.INVITED, MoveStep.ADDED, MoveStep.JOINED_GROUP)
"""Those that a person may say; what she ordered stands in her orders."""


class Field(enum.StrEnum):
    """What a person chooses, field by field, where two contacts become one."""

    NAME = "name"
    NICKNAME = "nickname"
    REMARK = "remark"
    STORE = "store_id"
    OWNER = "owner_id"


class ConsentBasis(enum.StrEnum):
    """Why her data may be kept."""

    CONSENT = "consent"
    CONTRACT = "contract"
    OTHER = "other"


class PhoneWrong(ValueError):
    """A phone number that has not 11 digits; `digits` says how many it has."""

    def __init__(self, digits: int) -> None:
        super().__init__(digits)
        self.digits = digits


class DuplicateIdentity(Exception):
    """An identity that already belongs to somebody."""

    def __init__(self, existing_id: int, kind: IdentityKind) -> None:
        super().__init__(existing_id)
        self.existing_id = existing_id
        self.kind = kind


class TooManyTags(ValueError):
    """One person carries at most `TAGS_MAX` tags."""


class NotToUndo(Exception):
    """The tag was given by somebody else, or given or taken away more than a day ago."""


class WithdrawnLongAgo(Exception):
    """A ground that ended more than a day ago: she has to give a new one."""


class Forgotten(Exception):
    """She asked for her data to be deleted: nothing is written about her any more."""


class EditedMeanwhile(Exception):
    """Somebody else changed the contact after the form was shown."""


class BadRemark(ValueError):
    """With its covered numbers as they were it cannot be kept; `key` names the words for why."""

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(key)
        self.key = key
        self.values = values


@dataclass(frozen=True, slots=True)
class MovedFrom:
    """One step of the move ledger; `at` None means now."""

    kind: MoveKind
    store_id: int | None = None
    group_id: int | None = None
    detail: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Consent:
    """The ground on which she is kept; `at` None means now."""

    basis: ConsentBasis
    at: datetime | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class NewContact:
    """The command of `service.log_contact`.

    `share_identity`: a number that another contact holds is kept as a shared one, not refused.
    """

    store_id: int
    name: str
    nickname: str = ""
    remark: str = ""
    identities: tuple[tuple[IdentityKind, str], ...] = ()
    moved_from: MovedFrom | None = None
    consent: Consent | None = None
    tags: tuple[str, ...] = ()
    owner_id: int | None = None
    share_identity: bool = False


@dataclass(frozen=True, slots=True)
class EditContact:
    """The command of `service.edit_contact`; `version` is that of the row that was shown."""

    name: str
    nickname: str = ""
    remark: str = ""
    version: int | None = None


@dataclass(frozen=True, slots=True)
class FileReading:
    """How a person says that a customer file is to be read: each column's meaning, and the rest."""

    columns: Mapping[str, str]
    store_id: int | None
    moved_kind: MoveKind
    consent_basis: ConsentBasis | None


@dataclass(frozen=True, slots=True)
class ContactName:
    """How a contact is named in lists of other domains."""

    id: int
    name: str
    store_id: int
    store_name: str


@dataclass(frozen=True, slots=True)
class ContactHit:
    """One answer of a search."""

    id: int
    name: str
    nickname: str
    store_id: int
    store_name: str


@dataclass(frozen=True, slots=True)
class SearchKey:
    """A question to the search index, ready to be asked."""

    text: str
    grams: frozenset[str] = field(default_factory=frozenset)
    phone: str = ""
    tail: str = ""

    @property
    def words(self) -> tuple[str, ...]:
        """What each hit must contain, anywhere: the index knows only of shorter parts."""
        return tuple(self.text.split())

    @property
    def empty(self) -> bool:
        return not self.grams

    @property
    def broad(self) -> bool:
        """Whether it asks for single characters only: they are said of very many."""
        return all(len(gram) == 1 for gram in self.grams)


def one_line(text: str | None) -> str:
    """Return typed text without what nobody sees and with single spaces."""
    return " ".join(seen(text or "").split())


def many_lines(text: str | None) -> str:
    """Return typed text without what nobody sees; line breaks stay."""
    return seen(text or "").strip()


def split_tags(text: str) -> tuple[str, ...]:
    """Return the tags of a typed line: separated by commas, pauses, semicolons or spaces."""
    return tuple(dict.fromkeys(filter(None, re.split(r"[,，、;；\s]+", one_line(text)))))


def normalise_phone(text: str) -> str:
    """Return the 11 digits of a typed number; spaces, dashes, full width and +86 are harmless.

    Raises PhoneWrong.
    """
    plain = _PHONE_NOISE.sub("", unicodedata.normalize("NFKC", seen(text)))
    for prefix in ("+86", "0086"):
        plain = plain.removeprefix(prefix)
    if len(plain) == PHONE_DIGITS + 2:
        plain = plain.removeprefix("86")
    if len(plain) != PHONE_DIGITS or not (plain.isascii() and plain.isdigit()):
        raise PhoneWrong(sum(letter.isdigit() for letter in plain))
    return plain


def normalise_identity(kind: IdentityKind, value: str) -> str:
    """Return an identity in the one form that is stored and compared. Raises PhoneWrong."""
    if kind is IdentityKind.PHONE:
        return normalise_phone(value)
    value = unicodedata.normalize("NFKC", one_line(value))
    # WeChat IDs do not tell capitals apart; the two others do.
    return value.lower() if kind is IdentityKind.WECHAT_ID else value


def mask_phone(phone: str) -> str:
    """Show first three and last four: 138****0142."""
    return f"{phone[:3]}****{phone[-TAIL_DIGITS:]}"


def mask_identity(kind: IdentityKind, value: str) -> str:
    """Return what may be shown of an identity before a reveal."""
    if kind is IdentityKind.PHONE:
        return mask_phone(value)
    return f"{value[:2]}****{value[-2:]}" if len(value) > TAIL_DIGITS else "****"


def fold(text: str) -> str:
    """Return text as it is compared: one width, no capitals, single spaces."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return plain if plain.isalpha() else one_line(plain)


def initials(text: str) -> str:
    """Return the pinyin initials of a name; a first character with several readings gives each.

    Surnames such as 单 are read wrongly by the common reading, so none of them is left out.
    """
    text = unicodedata.normalize("NFKC", text)
    if not text.isalpha():
        text = "".join(_WORD.findall(text))
    if not text:
        return ""
    rest = (_known_reading if len(text) <= _COMMON else _reading)(text[1:])
    return " ".join(sorted([f"{letter}{rest}" for letter in _letters(text[0])]))


@cache  # so many characters there are
def _letters(character: str) -> tuple[str, ...]:
    """With what the readings of a character begin."""
    found = pinyin(character, style=Style.FIRST_LETTER, heteronym=True)[0]
    return tuple({letter.lower() for letter in found})


def _reading(text: str) -> str:
    """The initials of a text; only where a character has several do the words around it decide."""
    each = list(map(_letters, text))
    if sum(map(len, each)) == len(each):
        return "".join(map(itemgetter(0), each))
    return "".join(lazy_pinyin(text, style=Style.FIRST_LETTER)).lower()


_known_reading = lru_cache(maxsize=_CACHED)(_reading)  # given names come with many surnames


def search_text(name: str, nickname: str, remark: str, tags: tuple[str, ...] = ()) -> str:
    """Return the folded text that a search is checked against, one field a line.

    No whole number stands in it: those are found by their keyed hashes.
    """
    remark = mask_phones(remark)
    said = [field for field in (name, nickname, remark) if field]
    readings = " ".join(filter(None, map(initials, said)))
    return "\n".join(map(fold, filter(None, (*said, *sorted(tags), readings))))


def grams(folded: str) -> frozenset[str]:
    """Return the index terms of a folded text.

    Characters and bigrams, threes of Latin letters (initials are alike), 4-grams of long numbers.
    Whatever stands in a text has no terms that the text has not, so no search misses a part of it.
    """
    runs = _RUN.findall(folded)
    return frozenset().union(*((_known if len(r) <= _COMMON else _terms)(r) for r in runs))


def _terms(run: str) -> tuple[str, ...]:
    fours = _parts(run, TAIL_DIGITS) if _is_number(run) else ()
    return (*run, *map(add, run, run[1:]), *_threes(run), *fours)


_known = lru_cache(maxsize=_CACHED)(_terms)  # names, tags and initials are the same words


def _is_number(run: str) -> bool:
    return run.isascii() and run.isdigit()  # as the pattern has it, not every digit there is


def _threes(run: str) -> Iterator[str]:
    return (part for part in _parts(run, 3) if part.isascii() and part.isalpha())


def _parts(run: str, size: int) -> Iterator[str]:
    return (run[i : i + size] for i in range(len(run) - size + 1))


def search_key(query: str) -> SearchKey:
    """Return how a typed query is looked up: by index terms, by phone, by phone tail."""
    text = fold(query)[:QUERY_MAX]
    needed: set[str] = set()
    for run in _RUN.findall(text):  # its longest terms imply the others
        if _is_number(run) and len(run) >= TAIL_DIGITS:
            needed.update(_parts(run, TAIL_DIGITS))
        else:
            threes = set(_threes(run))
            pairs = _parts(run, min(len(run), 2))
            needed.update(threes, (p for p in pairs if not any(p in three for three in threes)))
    digits = _PHONE_NOISE.sub("", text)
    try:
        phone = normalise_phone(digits)
    except PhoneWrong:
        phone = ""
    tail = digits if digits.isascii() and digits.isdigit() and len(digits) == TAIL_DIGITS else ""
    return SearchKey(text=text, grams=frozenset(needed), phone=phone, tail=tail)
