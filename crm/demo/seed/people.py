"""The contacts: the people written by hand first, then invented ones, store by store."""

from dataclasses import dataclass
from datetime import datetime
from itertools import cycle
from random import Random
from typing import Any

from crm.contacts import service
from crm.contacts.models import Contact
from crm.contacts.rules import Consent, ConsentBasis, IdentityKind, MovedFrom, MoveKind, NewContact
from crm.demo.cast.orders import moment_of
from crm.demo.cast.people import invented_name, phone
from crm.demo.seed.stage import Stage
from crm.groups.models import GroupMember

WITH_PHONE = 0.7
MATCHED = 0.75
"""Share of a group's members whose names were matched."""
ADDED_BEFORE = 705
"""Latest day of the window on which somebody without orders was added."""


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
    for number, (place, written) in enumerate(_cast(stage)):
        added_at = _added_at(stage, first_order.get(number), written, rng)
        contact = _log(stage, number, place, written, added_at, rng)
        stage.contact_ids.append(contact.id)
        stage.known[contact.id] = contact
        if written:
            stage.people[written["key"]] = contact.id


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
    stage: Stage, first_day: float | None, written: dict[str, Any] | None, rng: Random
) -> datetime:
    if written and "added_days_ago" in written:
        return stage.ago(days=written["added_days_ago"])
    latest = ADDED_BEFORE if first_day is None else first_day
    return moment_of(max(0.0, latest - 1 - rng.random() * 30), stage.as_of)


def _log(
    stage: Stage,
    number: int,
    place: _Place,
    written: dict[str, Any] | None,
    added_at: datetime,
    rng: Random,
) -> Contact:
    drawn_name, has_phone = invented_name(rng), rng.random() < WITH_PHONE
    told = written or {}
    identities = ()
    if "tail" in told:
        identities = ((IdentityKind.PHONE, phone(number, told["tail"])),)
    elif has_phone and not told:
        identities = ((IdentityKind.PHONE, phone(number)),)
    actor = stage.actors[place.login]
    return service.log_contact(
        stage.session,
        NewContact(
            store_id=stage.stores[place.now_with].id,
            name=told.get("name", drawn_name),
            nickname=told.get("nickname", ""),
            remark=told.get("remark", ""),
            identities=identities,
            moved_from=MovedFrom(MoveKind.STORE, stage.stores[place.code].id, at=added_at),
            consent=Consent(ConsentBasis.CONSENT, added_at, "加微信时当面同意"),
            tags=tuple(told.get("tags", ())),
            owner_id=actor.id,
        ),
        actor=actor,
        now=added_at,
    )


def fill_groups(stage: Stage) -> None:
    """Put the people written by hand, and three quarters of each group, in as matched members."""
    rng = stage.stream("members")
    for line in stage.story["people"]:
        for key in line.get("groups", ()):
            _join(stage, key, stage.people[line["key"]], stage.ago(days=300))
    written = set(stage.people.values())
    for line in stage.story["groups"]:
        store_id = stage.stores[line["store"]].id
        pool = [
            known.id
            for known in stage.known.values()
            if known.store_id == store_id and known.id not in written
        ]
        wanted = round(line["members"] * MATCHED * stage.share)
        for contact_id in rng.sample(pool, min(wanted, len(pool))):
            _join(stage, line["key"], contact_id, stage.ago(days=90 + rng.random() * 200))
    stage.session.flush()


def _join(stage: Stage, group: str, contact_id: int, at: datetime) -> None:
    stage.members.setdefault(group, set()).add(contact_id)
    stage.session.add(
        GroupMember(
            group_id=stage.groups[group].id,
            nickname=stage.known[contact_id].name,
            contact_id=contact_id,
            confirmed_at=at,
            joined_at=at,
            created_at=at,
        )
    )
