"""Decides what becomes of lines of a file: who is new, who is known, what she lacks.

Nothing is written here, so it costs nobody's write any time. Whether the plan still holds is found
out when it is written: by the unique keys of identities and by the versions of contacts.

The book is never overwritten by a file: what a person typed stays, and what is empty is filled.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from crm.accounts.rules import Actor
from crm.contacts.queries import files as queries
from crm.contacts.queries.files import IdentityKey
from crm.contacts.rules import (
    TAGS_MAX,
    ConsentBasis,
    IdentityKind,
    MoveKind,
    search_text,
)
from crm.contacts.service.telling import STRONG, Keys, keys_of, without_numbers
from crm.i18n import _, fmt
from crm.integrations.formats.contact_files import ContactRow, Field, LineError, Problem
from crm.stores.queries import stores_in_scope

_TAIL = 4


@dataclass(frozen=True, slots=True)
class Origin:
    """What is true of a whole file: whose lines, from where, on which ground, who brings them."""

    store_id: int | None
    moved_kind: MoveKind
    consent_basis: ConsentBasis | None
    columns: Mapping[str, Field]
    actor: Actor | None


@dataclass(slots=True)
class NotedThere:
    """A note to keep, with the author and the time of then."""

    text: str
    author: str
    at: datetime
    content_hash: str


@dataclass(slots=True)
class Person:
    """Somebody as the book has her and the lines so far have made her; a new one's id is below 0.

    What stands under `new_` is not in the book yet.
    """

    id: int
    store_id: int
    name: str
    nickname: str = ""
    remark: str = ""
    phone_hint: str = ""
    owner_id: int | None = None
    version: int = 1
    old_text: str = ""
    joined_at: datetime | None = None
    source: str = ""
    keys: set[IdentityKey] = field(default_factory=set)
    tags: list[str] = field(default_factory=list)
    notes: set[str] = field(default_factory=set)
    changed: bool = False
    new_owner: int | None = None
    new_keys: list[tuple[IdentityKind, str, str, int]] = field(default_factory=list)
    """Kind, value, keyed hash, rank."""
    new_tags: list[str] = field(default_factory=list)
    new_notes: list[NotedThere] = field(default_factory=list)

    @property
    def search_text(self) -> str:
        return search_text(self.name, self.nickname, self.remark, tuple(self.tags))

    @property
    def adds(self) -> bool:
        return bool(self.changed or self.new_keys or self.new_tags or self.new_notes)


@dataclass(slots=True)
class Plan:
    """What taking these lines does. Counts are of lines; a person may have several."""

    created: list[Person] = field(default_factory=list)
    updated: list[Person] = field(default_factory=list)
    errors: list[LineError] = field(default_factory=list)
    lines: int = 0
    unchanged: int = 0
    completed: int = 0
    owners: set[int] = field(default_factory=set)
    """Who is given somebody to look after, and has to be active when it is written."""


class _Refused(Exception):
    """This line is not taken."""

    def __init__(self, problem: Problem, field: Field | None = None) -> None:
        super().__init__(problem.value)
        self.problem, self.field = problem, field


def make_plan(
    session: Session, rows: Iterable[ContactRow], origin: Origin, *, now: datetime
) -> Plan:
    """Return what taking these people would do."""
    return _Planner(session, origin, now).plan(list(rows))


class _Planner:
    """Walks through the lines with the part of the book that they touch in memory."""

    def __init__(self, session: Session, origin: Origin, now: datetime) -> None:
        self.session, self.origin, self.now = session, origin, now
        self.zone = fmt.zone()
        self.moments: dict[datetime, datetime] = {}
        self.result = Plan()
        self.names = {field: name for name, field in origin.columns.items()}
        stores = stores_in_scope(session, origin.actor)
        self.stores = {word.casefold(): s.id for s in stores for word in (s.code, s.name)}
        self.own = {store.id for store in stores}
        self.staff: dict[str, list[tuple[int, int | None]]] | None = None
        self.people: dict[int, Person] = {}
        self.holders: dict[IdentityKey, list[tuple[int, int]]] = {}
        self.forgotten: set[str] = set()

    def plan(self, rows: list[ContactRow]) -> Plan:
        keyed = []
        for each in rows:
            try:
                store_id = self._store(each)
            except _Refused as error:
                self._refuse(each, error)
                continue
            row, more_phones = without_numbers(each)
            keyed.append((row, store_id, keys_of(row, more_phones, store_id)))
        self._look_up({(kind, key) for _row, _store, keys in keyed for kind, _value, key in keys})
        for row, store_id, keys in keyed:
            try:
                self._take(row, store_id, keys)
            except _Refused as error:
                self._refuse(row, error)
        self.result.lines = len(rows)
        self.result.updated = [p for p in self.people.values() if p.id > 0 and p.adds]
        return self.result

    def _refuse(self, row: ContactRow, error: _Refused) -> None:
        name = self.names.get(error.field, "") if error.field else ""
        self.result.errors.append(LineError(row.line_no, name, error.problem))

    def _look_up(self, keys: set[IdentityKey]) -> None:
        self.holders = queries.identity_holders(self.session, keys)
        self.forgotten = queries.forgotten_among(self.session, keys)
        ids = {contact for holders in self.holders.values() for _rank, contact in holders}
        for row in queries.people_as_known(self.session, ids):
            self.people[row.id] = Person(
                id=row.id,
                store_id=row.store_id,
                name=row.name,
                nickname=row.nickname,
                remark=row.remark,
                phone_hint=row.phone_hint,
                owner_id=row.owner_id,
                version=row.version,
                old_text=row.search_text,
            )
        for row in queries.keys_of(self.session, ids):
            self.people[row.contact_id].keys.add((row.kind, row.value_hash))
        for row in queries.tags_in_order(self.session, ids):
            self.people[row.contact_id].tags.append(row.tag)
        for row in queries.note_hashes(self.session, ids):
            self.people[row.contact_id].notes.add(row.content_hash)

    def _take(self, row: ContactRow, store_id: int, keys: Keys) -> None:
        person = self._whose(row, keys)
        if self.forgotten and self._was_forgotten(row, keys, person):
            raise _Refused(Problem.FORGOTTEN if person is None else Problem.NUMBER_OF_FORGOTTEN)
        keys = [  # no file gives such a number again; a card may be given to her who came back
            key for key in keys if key[0] is not IdentityKind.PHONE or key[2] not in self.forgotten
        ]
        if person is None:
            person = self._new(row, store_id)
            self._complete(person, row, keys)
            return
        if self.origin.actor is not None and not self.origin.actor.sees(person.store_id):
            raise _Refused(Problem.KNOWN_ELSEWHERE)
        new_tags = [tag for tag in row.tags if tag not in person.tags]
        if new_tags and len(person.tags) + len(new_tags) > TAGS_MAX:
            raise _Refused(Problem.TAGS_FULL, Field.TAGS)
        if self._complete(person, row, keys):
            self.result.completed += 1
        else:
            self.result.unchanged += 1

    def _store(self, row: ContactRow) -> int:
        if row.store:
            if (found := self.stores.get(row.store.casefold())) is None:
                raise _Refused(Problem.UNKNOWN_STORE, Field.STORE)
            return found
        if self.origin.store_id is None:
            raise _Refused(Problem.NO_STORE, Field.STORE)
        if self.origin.store_id not in self.own:  # who sent the file works elsewhere now
            raise _Refused(Problem.UNKNOWN_STORE, Field.STORE)
        return self.origin.store_id

    def _whose(self, row: ContactRow, keys: Keys) -> Person | None:
        """Whom the line is about: by what is hers alone, else by a phone that is not another's."""
        found = {
            self.holders[kind, key][0][1]: kind
            for kind, _value, key in reversed(keys)
            if kind is not IdentityKind.PHONE and (kind, key) in self.holders
        }
        if len(found) > 1:
            raise _Refused(Problem.TWO_PEOPLE)
        if not found:
            return self._by_phone(keys)
        ((contact, by),) = found.items()
        if by is IdentityKind.MEMBER_NO and _is_another(self.people[contact], row, keys):
            raise _Refused(Problem.CARD_OF_ANOTHER, Field.MEMBER_NO)
        return self.people[contact]

    def _was_forgotten(self, row: ContactRow, keys: Keys, person: Person | None) -> bool:
        """Whether the line names who asked to be forgotten, not who came back or shares a number.

        What is hers alone is hers again where a file brings it with her name and number.
        """
        said = {(kind, key) for kind, _value, key in keys}
        gone = {(kind, key) for kind, key in said if key in self.forgotten}
        if person is None:
            return bool(gone)
        gone -= {key for key in person.keys if key[0] is not IdentityKind.PHONE}
        is_known, is_named = bool(said & person.keys - gone), _has_name(person, row)
        if any(kind is not IdentityKind.PHONE for kind, _key in gone):
            return not (is_known and is_named)
        return bool(gone) and not (is_known or is_named)

    def _by_phone(self, keys: Keys) -> Person | None:
        """Who has this number and nothing that says that she is somebody else."""
        phone = next(((k, key) for k, _value, key in keys if k is IdentityKind.PHONE), None)
        if phone is None:
            return None
        if (holders := self.holders.get(phone)) is None:
            return None
        own = {kind for kind, _value, _key in keys if kind in STRONG}
        for _rank, contact in holders:
            if not any(kind in own for kind, _key in self.people[contact].keys):
                return self.people[contact]
        return None

    def _new(self, row: ContactRow, store_id: int) -> Person:
        name = row.name or row.nickname
        if not name:
            tail = (row.phone or row.phone_hint or row.member_no or row.wechat_id)[-_TAIL:]
            if not tail:
                raise _Refused(Problem.NO_NAME, Field.NAME)
            name = _("contacts.file_unnamed", tail=tail)
        person = Person(
            id=-1 - len(self.result.created),
            store_id=store_id,
            name=name,
            joined_at=self._moment(row.joined_at_local),
            source=row.source,
        )
        actor = self.origin.actor
        if actor is not None and actor.store_ids is not None:
            person.owner_id = actor.id  # who sees her own stores only brings her own customers
            self.result.owners.add(actor.id)
        self.result.created.append(person)
        self.people[person.id] = person
        return person

    def _complete(self, person: Person, row: ContactRow, keys: Keys) -> bool:
        """Give her what she lacks; True when that is something."""
        before = (person.nickname, person.remark, person.phone_hint, person.owner_id)
        person.nickname = person.nickname or row.nickname
        person.remark = person.remark or row.remark
        if row.phone_hint and not any(kind is IdentityKind.PHONE for kind, _key in person.keys):
            person.phone_hint = person.phone_hint or row.phone_hint
        if row.guide and (person.owner_id is None or person.id < 0):
            self._give_to(person, row.guide.casefold())
        after = (person.nickname, person.remark, person.phone_hint, person.owner_id)
        person.changed |= after != before
        added = self._add_keys(person, keys)
        added |= self._add_tags(person, row.tags)
        added |= self._add_note(person, row)
        return added or after != before

    def _give_to(self, person: Person, guide: str) -> None:
        if self.staff is None:
            self.staff = queries.staff_as_written(self.session)
        hers = {who for who, at in self.staff.get(guide, ()) if at in {None, person.store_id}}
        if len(hers) == 1:  # a name that two share says nothing
            (person.owner_id,) = hers
            person.new_owner = person.owner_id
            self.result.owners |= hers

    def _add_keys(self, person: Person, keys: Keys) -> bool:
        new = [part for part in keys if (part[0], part[2]) not in person.keys]
        for kind, value, key in new:
            holders = self.holders.setdefault((kind, key), [])
            rank = holders[-1][0] + 1 if holders else 0
            holders.append((rank, person.id))
            person.keys.add((kind, key))
            person.new_keys.append((kind, value, key, rank))
        return bool(new)

    def _add_tags(self, person: Person, tags: tuple[str, ...]) -> bool:
        new = [tag for tag in tags if tag not in person.tags]
        person.tags += new
        person.new_tags += new
        return bool(new)

    def _add_note(self, person: Person, row: ContactRow) -> bool:
        if row.note is None:
            return False
        text, author, at = row.note.text, row.note.author, row.note.at_local
        said = f"{text}\x1f{author}\x1f{at.isoformat() if at else ''}"
        content_hash = hashlib.sha256(said.encode()).hexdigest()
        if content_hash in person.notes:
            return False
        person.notes.add(content_hash)
        noted_at = self._moment(at or row.joined_at_local) or self.now
        person.new_notes.append(NotedThere(text, author, noted_at, content_hash))
        return True

    def _moment(self, local: datetime | None) -> datetime | None:
        """A time of the shop's zone; what lies ahead of us is a typing error and means now."""
        if local is None:
            return None
        if local not in self.moments:  # people of one day are many
            self.moments[local] = min(local.replace(tzinfo=self.zone), self.now)
        return self.moments[local]


def _has_name(person: Person, row: ContactRow) -> bool:
    return bool({person.name, person.nickname} & {row.name, row.nickname} - {""})


def _is_another(person: Person, row: ContactRow, keys: Keys) -> bool:
    """Two tills may give out the same card number: name and phone then say that it is another."""
    phones = {(kind, key) for kind, _value, key in keys if kind is IdentityKind.PHONE}
    hers = {key for key in person.keys if key[0] is IdentityKind.PHONE}
    return bool(
        phones
        and hers
        and not phones & hers
        and row.name
        and person.name not in {row.name, row.nickname}
    )
