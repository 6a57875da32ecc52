"""The shop itself: stores, hours, the promise, who works there, groups."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from crm.accounts import service as accounts
from crm.accounts.queries import actor_of_staff, staff_for_update
from crm.accounts.rules import Role
from crm.accounts.service import NewStaff
from crm.complaints import service as complaints
from crm.complaints.rules.policy import Preset
from crm.demo.seed.stage import Stage
from crm.groups import service as groups
from crm.groups.rules import NewGroup
from crm.stores import service as stores
from crm.stores.models import Shop
from crm.stores.rules import NewStore

OPENED_DAYS_AGO = 760
KEPT_DAYS = 1095
"""The story reaches two years back, so this shop keeps its complaints longer than is shipped."""


def open_shop(stage: Stage, passwords: dict[str, str]) -> None:
    """Create shop, stores, staff and groups; `passwords` are those of the logins."""
    session, story, start = stage.session, stage.story, stage.ago(days=OPENED_DAYS_AGO)
    shop = stores.set_up_shop(session, story["name"], now=start)
    shop.demo_offset_seconds = 0  # marks a demo; its clock starts when its doors open
    for line in story["stores"]:
        closed = line.get("closed_days_ago")
        new = NewStore(
            line["name"],
            line["code"],
            closed_on=stage.today - timedelta(days=closed) if closed else None,
        )
        stage.stores[line["code"]] = stores.add_store(session, new, actor=None, now=start)
    session.flush()
    for line in story["staff"]:
        _hire(stage, line, passwords.get(line["login"]))
    _promise(stage)
    for line in story["groups"]:
        new_group = NewGroup(
            name=line["name"],
            store_id=stage.stores[line["store"]].id,
            owner_id=stage.actors[line["owner"]].id,
            member_count=line["members"],
        )
        stage.groups[line["key"]] = groups.add_group(
            session, new_group, actor=stage.owner, now=start
        )
    session.flush()


def set_clock(session: Session, as_of: datetime, real_now: datetime) -> None:
    """Let every process that starts now read `as_of` from its clock, and go on from there."""
    shop = session.get_one(Shop, 1)
    shop.demo_offset_seconds = round((as_of - real_now).total_seconds())


def _hire(stage: Stage, line: dict[str, Any], password: str | None) -> None:
    works_in = frozenset(stage.stores[code].id for code in line.get("stores", ()))
    staff = accounts.add_staff(
        stage.session,
        NewStaff(line["login"], line["name"], Role(line["role"]), works_in, password),
        actor=None,
        now=stage.ago(days=OPENED_DAYS_AGO),
    )
    stage.session.flush()
    actor = actor_of_staff(stage.session, staff.id)
    if actor is not None:
        stage.actors[line["login"]] = actor


def _promise(stage: Stage) -> None:
    """Two levels or the full table, and the livestream evenings in which answers are due sooner."""
    live = stage.story.get("livestream")
    start = stage.ago(days=OPENED_DAYS_AGO)
    if live:
        stores.add_livestream(
            stage.session,
            live["weekdays"],
            (_minute(live["start"]), _minute(live["end"])),
            actor=stage.owner,
            now=start,
        )
    if stage.story.get("preset") == Preset.TWO_LEVEL.value:
        complaints.choose_policy(stage.session, Preset.TWO_LEVEL, actor=stage.owner, now=start)
    complaints.set_days(stage.session, KEPT_DAYS, actor=stage.owner, now=start)
    stage.session.flush()


def _minute(clock_time: str) -> int:
    hour, minute = clock_time.split(":")
    return int(hour) * 60 + int(minute)


def staff_leaves(stage: Stage) -> None:
    """Disable who has left; her last contacts wait to be handed over."""
    for line in stage.story["staff"]:
        if line.get("left"):
            staff = staff_for_update(stage.session, stage.actors[line["login"]].id)
            accounts.disable(stage.session, staff, actor=stage.owner, now=stage.ago(days=60))
