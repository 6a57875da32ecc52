"""The shop that the browser checks look at, built through the services."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from crm import clock, crypto
from crm.accounts import service as accounts
from crm.accounts.models import Staff
from crm.accounts.queries import actor_of_staff
from crm.accounts.rules import Actor, Role
from crm.accounts.service import NewStaff
from crm.attention import service as attention
from crm.attention.rules import FollowUpReason, LogTouch, NewFollowUp, TouchKind
from crm.contacts import service as contacts
from crm.contacts.models import Contact
from crm.contacts.rules import IdentityKind, NewContact
from crm.db import make_engine, make_factory, transaction
from crm.stores import service as stores
from crm.stores.models import Store
from crm.stores.rules import NewStore

KEY = "key of the browser checks"
NOW = datetime(2025, 6, 18, 20, 22, 18, tzinfo=ZoneInfo("Asia/Shanghai"))
PASSWORD = "long enough 1"
NAMES = ("陈姐", "李晓燕", "张阿姨", "何敏", "周桂芳", "刘姐", "Lily🌸", "孙姐")
FIRST_PHONE = 10000000142


@dataclass
class People:
    """Who works in the shop, by part; ids of what the checks open."""

    tokens: dict[str, str]
    contacts: dict[str, int]
    complaint: int = 0
    group: int = 0

    def address(self, path: str) -> str:
        """Fill the ids of this shop into a path."""
        return path.format(
            contact=self.contacts["陈姐"], complaint=self.complaint, group=self.group
        )


def build(url: str) -> People:
    """Fill the migrated, empty database at `url`."""
    crypto.configure(KEY)
    engine = make_engine(url)
    with transaction(make_factory(engine)) as session:
        people = _fill(session)
    engine.dispose()
    return people


def _fill(session: Session) -> People:
    shop = stores.set_up_shop(session, "锦禾女装", now=NOW)
    shop.demo_offset_seconds = round((NOW - clock.now()).total_seconds())
    here = stores.add_store(session, NewStore("人民路店", "S1"), actor=None, now=NOW)
    there = stores.add_store(session, NewStore("中山路店", "S2"), actor=None, now=NOW)
    session.flush()
    staff = {
        "manager": _add(session, "wangmei", "王梅", Role.MANAGER, here),
        "lead": _add(session, "zhoulin", "周琳", Role.LEAD),
        "owner": _add(session, "ajun", "阿俊", Role.OWNER),
    }
    tokens = {
        part: accounts.start_session(session, person, now=NOW) for part, person in staff.items()
    }
    manager = _actor(session, staff["manager"])
    known = {name: _contact(session, name, n, here, manager) for n, name in enumerate(NAMES)}
    _contact(session, "陈姐", 90, there, manager)
    _work(session, known, manager)
    return People(tokens, {name: contact.id for name, contact in known.items()})


def _add(session: Session, login: str, name: str, role: Role, *works_in: Store) -> Staff:
    stores_of = frozenset(store.id for store in works_in)
    return accounts.add_staff(
        session, NewStaff(login, name, role, stores_of, PASSWORD), actor=None, now=NOW
    )


def _actor(session: Session, staff: Staff) -> Actor:
    actor = actor_of_staff(session, staff.id)
    assert actor is not None
    return actor


def _contact(session: Session, name: str, number: int, store: Store, actor: Actor) -> Contact:
    phone = (IdentityKind.PHONE, str(FIRST_PHONE + number))
    contact = contacts.log_contact(
        session,
        NewContact(store_id=store.id, name=name, identities=(phone,)),
        actor=actor,
        now=NOW - timedelta(days=40),
    )
    session.flush()
    return contact


def _work(session: Session, known: dict[str, Contact], actor: Actor) -> None:
    for name, minutes, days in (("张阿姨", 42, 3), ("陈姐", 18, 5), ("刘姐", 26, 2)):
        attention.log_touch(
            session,
            LogTouch(
                contact_id=known[name].id,
                kind=TouchKind.CHAT,
                minutes=minutes,
                happened_at=NOW - timedelta(days=days),
                client_key=f"earlier-{name}",
            ),
            actor=actor,
            now=NOW - timedelta(days=days),
        )
    attention.add_follow_ups(
        session,
        [
            NewFollowUp(
                contact_id=known[name].id,
                staff_id=actor.id,
                due_on=NOW.date(),
                reason=FollowUpReason.GREETING,
                dedupe_key=f"greeting-{name}",
                words={"added_on": "2025-06-17"},
            )
            for name in ("李晓燕", "周桂芳", "何敏", "孙姐")
        ],
        now=NOW,
    )
