"""The shop that the browser checks look at, built through the services."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm import clock, crypto
from crm.accounts import service as accounts
from crm.accounts.models import Staff
from crm.accounts.queries import actor_of_staff
from crm.accounts.rules import Actor, Role
from crm.accounts.service import NewStaff
from crm.alerts.service.inbox import beat
from crm.attention import service as attention
from crm.attention.rules import FollowUpReason, LogTouch, NewFollowUp, TouchKind
from crm.campaigns import service as campaigns
from crm.campaigns.models import Campaign
from crm.campaigns.rules import NewCampaign, parse_filter
from crm.complaints import service as complaints
from crm.complaints.models import Complaint
from crm.complaints.rules.commands import LogComplaint
from crm.complaints.rules.policy import Preset
from crm.complaints.rules.words import Category, Channel
from crm.contacts import service as contacts
from crm.contacts.models import Contact
from crm.contacts.rules import IdentityKind, NewContact
from crm.db import make_engine, make_factory, transaction
from crm.groups import service as groups
from crm.groups.models import ChatGroup
from crm.groups.rules import NewGroup, NewMessage
from crm.loyalty import service as loyalty
from crm.orders import service as orders
from crm.orders.rules import NewLine, NewOrder, OrderChannel, OrderStatus
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
    campaign: int = 0

    def address(self, path: str) -> str:
        """Fill the ids of this shop into a path."""
        return path.format(
            contact=self.contacts["陈姐"],
            complaint=self.complaint,
            group=self.group,
            campaign=self.campaign,
        )


def build(url: str) -> People:
    """Fill the migrated, empty database at `url`."""
    crypto.configure(KEY)
    engine = make_engine(url)
    with transaction(make_factory(engine)) as session:
        people = _fill(session)
    engine.dispose()
    return people


def add_task(url: str) -> None:
    """Give the manager a task of today, for a check that uses it up."""
    engine = make_engine(url)
    with transaction(make_factory(engine)) as session:
        staff = session.scalars(select(Staff).where(Staff.login == "wangmei")).one()
        manager = _actor(session, staff)
        here = session.scalars(select(Store).where(Store.code == "S1")).one()
        known = session.scalar(select(func.count()).select_from(Contact)) or 0
        contact = _contact(session, f"小满{known}", 100 + known, here, manager)
        attention.add_follow_ups(session, [_greeting(contact, manager)], now=NOW)
    engine.dispose()


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
    group = _chat(session, here, known, manager)
    groups.add_group(session, NewGroup("中山路 1 群", there.id), actor=None, now=NOW)
    owner = _actor(session, staff["owner"])
    _orders(session, known)
    beat(session, worker="browser checks", started_at=NOW, now=NOW + timedelta(days=1))
    session.flush()
    return People(
        tokens,
        {name: contact.id for name, contact in known.items()},
        complaint=session.scalars(select(Complaint.id).order_by(Complaint.id)).first() or 0,
        group=group.id,
        campaign=_list(session, owner).id,
    )


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
        [_greeting(known[name], actor) for name in ("李晓燕", "周桂芳", "何敏", "孙姐")],
        now=NOW,
    )


def _greeting(contact: Contact, actor: Actor) -> NewFollowUp:
    return NewFollowUp(
        contact_id=contact.id,
        staff_id=actor.id,
        due_on=NOW.date(),
        reason=FollowUpReason.GREETING,
        dedupe_key=f"greeting-{contact.id}",
        words={"added_on": "2025-06-17"},
    )


def _chat(session: Session, store: Store, known: dict[str, Contact], actor: Actor) -> ChatGroup:
    """The mis-packed parcel, said at 20:14 in the group; and an older complaint that is late."""
    complaints.choose_policy(session, Preset.TWO_LEVEL, actor=None, now=NOW)
    group = groups.add_group(
        session, NewGroup("人民路 2 群", store.id, member_count=186), actor=actor, now=NOW
    )
    said = [
        ("陈姐", "20:14", "收到的裙子吊牌不对，是不是假货？"),
        ("小鹿", "20:17", "我上周买的也要看看了"),
        ("梅子", "20:19", "+1"),
        ("阿莲", "20:10", "这件还有 M 码吗？"),
    ]
    complaints.take_lines(
        session,
        group,
        [
            NewMessage(who, _at(clock_time), text, contact_id=_id(known, who))
            for who, clock_time, text in sorted(said, key=lambda line: line[1])
        ],
        actor=actor,
        now=NOW,
    )
    complaints.log_complaint(
        session,
        LogComplaint(
            channel=Channel.GROUP,
            text="拍 L 发 M，怎么换？",
            occurred_at=_at("19:49"),
            store_id=store.id,
            group_id=group.id,
            reporter_name="郑洁",
            category=Category.WRONG_ITEM,
        ),
        actor=actor,
        now=NOW,
    )
    session.flush()
    return group


def _at(clock_time: str) -> datetime:
    hour, minute = map(int, clock_time.split(":"))
    return NOW.replace(hour=hour, minute=minute, second=0)


def _id(known: dict[str, Contact], name: str) -> int | None:
    return known[name].id if name in known else None


def _orders(session: Session, known: dict[str, Contact]) -> None:
    """Lily and 孙姐 bought often enough to be loyal, 李晓燕 once."""
    taken = [
        NewOrder(
            channel=OrderChannel.WECHAT_SHOP,
            order_no=f"37070000000{number:02}{days:06}",
            ordered_at=NOW - timedelta(days=days),
            paid_fen=32900,
            status=OrderStatus.COMPLETED,
            lines=(NewLine("碎花连衣裙", 1, 32900, "裙"),),
            contact_id=known[name].id,
        )
        for number, (name, bought) in enumerate(
            [("Lily🌸", (20, 80, 140, 200)), ("孙姐", (52, 100, 150)), ("李晓燕", (52,))]
        )
        for days in bought
    ]
    orders.take_orders(session, taken, actor=None, now=NOW)
    session.flush()
    loyalty.recompute(session, None, now=NOW)


def _list(session: Session, actor: Actor) -> Campaign:
    bought = parse_filter({"all": [{"field": "orders_count", "op": ">=", "value": 1}]})
    campaign = campaigns.create(
        session,
        NewCampaign("夏装老客", bought, copy="{name}，您上次看的裙子出了新色", seed="s"),
        actor=actor,
        now=NOW,
    )
    session.flush()
    return campaign
