"""The contacts, store by store: people written by hand first, then invented ones; groups."""

from dataclasses import dataclass
from datetime import datetime
from itertools import cycle
from random import Random
from typing import Any

from sqlalchemy import insert

from crm.contacts import service
from crm.contacts.rules import Consent, ConsentBasis, IdentityKind, MovedFrom, MoveKind, NewContact
from crm.demo.cast.orders import moment_of
from crm.demo.cast.people import invented_name, phone
from crm.demo.seed import book
from crm.demo.seed.stage import Stage
from crm.groups.models import GroupMember

WITH_PHONE = 0.7
MATCHED = 0.75
"""Share of a group's members whose names were matched."""
ADDED_WITHIN = 30
"""Days before her first order within which somebody was added."""
CAME = (60, 700)
"""Days ago between which people without orders came to a shop without closed stores."""
MOVED_BEFORE, MOVED_AFTER = 20, 100
"""Days around the closing of a store in which its people were moved."""


@dataclass(frozen=True)
class _Place:
    """From which store somebody came, and with whom she is now."""

    code: str
    now_with: str
    login: str


def add_people(stage: Stage) -> None:
    """Log every contact with her move and consent; numbers of the cast go in order of stores."""
    rng = stage.stream("people")
    first_order: dict[int, float] = {}
    for order in stage.orders:
        first_order.setdefault(order.contact, order.day)
    entries, written_ids = [], {}
    for number, (place, written) in enumerate(_cast(stage)):
        added_at = _added_at(stage, place, first_order.get(number), written, rng)
        entry = _entry(stage, number, place, written, added_at, rng)
        if written:
            contact = service.log_contact(
                stage.session, entry.command, actor=entry.actor, now=entry.at
            )
            stage.people[written["key"]] = written_ids[number] = contact.id
        else:
            entries.append(entry)
    invented = iter(book.write_contacts(stage.session, entries))
    stage.contact_ids = [
        written_ids[number] if number in written_ids else next(invented)
        for number in range(len(entries) + len(written_ids))
    ]
    stage.known = book.everybody(stage.session)


def number_people(stage: Stage) -> None:
    """Give the people written by hand their numbers in the cast, before orders are made."""
    for number, (_place, written) in enumerate(_cast(stage)):
        if written:
            stage.numbers[written["key"]] = number


def _cast(stage: Stage) -> list[tuple[_Place, dict[str, Any] | None]]:
    """Return everybody's place, and what is written of her."""
    cast: list[tuple[_Place, dict[str, Any] | None]] = []
    owns = {line["owns"]: line["login"] for line in stage.story["staff"] if "owns" in line}
    gone = {line["stores"][0]: line for line in stage.story["staff"] if line.get("left")}
    for line in stage.story["stores"]:
        here = [p for p in stage.story["people"] if p["store"] == line["code"]]
        count = max(len(here), round(line["contacts"] * stage.share))
        homes = cycle(line.get("now_with", [line["code"]]))
        waiting = gone.get(line["code"], {}).get("keeps", 0) * stage.share
        for number in range(count):
            written = here[number] if number < len(here) else None
            if waiting and number >= count - waiting:
                place = _Place(line["code"], line["code"], gone[line["code"]]["login"])
            else:
                home = next(homes)
                place = _Place(line["code"], home, owns.get(home) or owns["*"])
            cast.append((place, written))
    return cast


def _added_at(
    stage: Stage,
    place: _Place,
    first_day: float | None,
    written: dict[str, Any] | None,
    rng: Random,
) -> datetime:
    """Shortly before her first order; who never ordered came around the closing of her store."""
    early = rng.random()
    if written and "added_days_ago" in written:
        return stage.ago(days=written["added_days_ago"])
    if first_day is not None:
        return moment_of(max(0.0, first_day - 1 - early * ADDED_WITHIN), stage.as_of)
    closed_on = stage.stores[place.code].closed_on
    first, last = CAME
    if closed_on is not None:
        days = (stage.today - closed_on).days
        first, last = days - MOVED_AFTER, days + MOVED_BEFORE
    return stage.ago(days=first + early * (last - first))


def _entry(
    stage: Stage,
    number: int,
    place: _Place,
    written: dict[str, Any] | None,
    added_at: datetime,
    rng: Random,
) -> book.Entry:
    drawn_name, has_phone = invented_name(rng), rng.random() < WITH_PHONE
    told = written or {}
    numbers = [phone(number, told["tail"])] if "tail" in told else []
    if has_phone and not told:
        numbers = [phone(number)]
    actor = stage.actors[place.login]
    command = NewContact(
        store_id=stage.stores[place.now_with].id,
        name=told.get("name", drawn_name),
        nickname=told.get("nickname", ""),
        remark=told.get("remark", ""),
        identities=tuple((IdentityKind.PHONE, one) for one in numbers),
        moved_from=MovedFrom(MoveKind.STORE, stage.stores[place.code].id, at=added_at),
        consent=Consent(ConsentBasis.CONSENT, added_at, stage.story["consent"]),
        tags=tuple(told.get("tags", ())),
        owner_id=actor.id,
    )
    return book.Entry(command, actor, added_at)


def fill_groups(stage: Stage) -> None:
    """Put the people written by hand, and three quarters of each group, in as matched members."""
    rng = stage.stream("members")
    rows = [
        _member(stage, key, stage.people[line["key"]], stage.ago(days=300))
        for line in stage.story["people"]
        for key in line.get("groups", ())
    ]
    written = set(stage.people.values())
    for line in stage.story["groups"]:
        store_id = stage.stores[line["store"]].id
        pool = [
            k.id for k in stage.known.values() if k.store_id == store_id and k.id not in written
        ]
        wanted = round(line["members"] * MATCHED * stage.share)
        for contact_id in rng.sample(pool, min(wanted, len(pool))):
            joined_at = stage.ago(days=90 + rng.random() * 200)
            rows.append(_member(stage, line["key"], contact_id, joined_at))
    stage.session.execute(insert(GroupMember), rows)


def _member(stage: Stage, group: str, contact_id: int, at: datetime) -> dict[str, Any]:
    """Return her row in the group; nobody joins before she was moved."""
    at = max(at, stage.known[contact_id].created_at)
    stage.members.setdefault(group, set()).add(contact_id)
    return {
        "group_id": stage.groups[group].id,
        "nickname": stage.known[contact_id].name,
        "contact_id": contact_id,
        "confirmed_at": at,
        "joined_at": at,
        "created_at": at,
    }
