"""A person of whom everything is kept, and another whose words must stay where hers go."""

from datetime import timedelta

from sqlalchemy import select

from crm.complaints.rules.words import (
    Channel,
    EventType,
)
from crm.complaints.service import take_lines, tell_onlooker
from crm.contacts.models import ContactNote
from crm.contacts.rules import (
    Consent,
    ConsentBasis,
    IdentityKind,
    MovedFrom,
    MoveKind,
)
from crm.db import Base
from crm.groups.rules import Detection, NewMessage
from crm.orders.service import take_orders
from tests.conftest import NOW
from tests.factories.attention import make_follow_up, make_touch
from tests.factories.contacts import make_contact, make_noise
from tests.factories.groups import make_group
from tests.factories.orders import new_order

E = EventType
LATER = NOW + timedelta(minutes=10)
PHONE, WECHAT = "13812340142", "ljz_1979"
HERS = (
    "柳金枝",
    "金枝玉叶",
    "怕热面料",
    "住在桂花巷",
    "扫码领券",
    "口头同意",
    "老街坊",
    "孙女要上学",
    "下次带样布",
    "裙子缩水得厉害",
    "缩水退一半",
    "陈年旧账",
    "三年前办过卡",
    PHONE,
    "138****0142",
    "0142",
    WECHAT,
    "SF1357924680",
)
"""Everything that names her or that she said; the grep below looks for each of them."""


def make_other(session, desk):
    """Somebody else with a row of everything, whose words must stay and must not be given out."""
    other = make_contact(
        session,
        "何敏",
        store=desk.store,
        phone="13900001111",
        actor=desk.manager,
        remark="别人备注",
    )
    make_touch(session, other, actor=desk.manager, note="别人往来")
    make_noise(session)
    return other


def make_her(session, desk, other):
    her = make_contact(
        session,
        "柳金枝",
        store=desk.store,
        actor=desk.manager,
        nickname="金枝玉叶",
        remark="怕热面料，住在桂花巷",
        identities=((IdentityKind.PHONE, PHONE), (IdentityKind.WECHAT_ID, WECHAT)),
        moved_from=MovedFrom(MoveKind.STORE, store_id=desk.store.id, detail="扫码领券"),
        consent=Consent(ConsentBasis.CONSENT, note="口头同意"),
        tags=("老街坊",),
    )
    her.phone_hint = "138****0142"
    note = {"noted_at": NOW, "recorded_at": NOW, "content_hash": "a" * 64}
    session.add(ContactNote(contact_id=her.id, text="三年前办过卡", author_name="前店员", **note))
    make_touch(session, her, actor=desk.manager, note="孙女要上学")
    make_follow_up(session, her, desk.manager.id, words={"text": "下次带样布"})
    order = new_order(order_no="A1", phone=PHONE, phone_hint="138****0142")
    take_orders(session, [order], actor=None, now=NOW)
    group = make_group(
        session, name="老粉 8 群", store=desk.store, complaint_detection=Detection.OFF
    )
    said = [
        ("金枝玉叶", {"contact_id": her.id}, "裙子缩水得厉害", ""),
        ("何敏", {"contact_id": other.id}, "我的没事，金枝玉叶那件是不是烫过", "裙子缩水得厉害"),
        ("王梅", {"staff_id": desk.manager.id}, "@金枝玉叶 马上给您看", ""),
    ]
    lines = [
        NewMessage(sender, NOW + timedelta(seconds=n), words, quote, **who)
        for n, (sender, who, words, quote) in enumerate(said)
    ]
    take_lines(session, group, lines, actor=desk.manager, now=LATER)
    session.flush()
    own = desk.log(
        NOW, channel=Channel.PRIVATE, contact_id=her.id, text="缩水退一半", reporter_name=""
    )
    own.parcel_ref = "SF1357924680"
    desk.record(own, E.PROMISED, NOW, data={"due_at": LATER, "task": "柳金枝退款"})
    desk.record(own, E.PRIVATE_REPLY, NOW, text="柳金枝您好，陈年旧账马上办")
    desk.record(own, E.RESOLUTION_OFFERED, NOW)
    desk.record(own, E.CUSTOMER_CONFIRMED, NOW)
    desk.group = group
    theirs = desk.log(NOW, reporter_name="何敏", contact_id=other.id, text="金枝玉叶说得对")
    desk.record(theirs, E.ONLOOKER_SIGNAL, NOW, data={"signal": "doubt", "member": "金枝玉叶"})
    tell_onlooker(session, theirs, "金枝玉叶", is_told=True, actor=desk.manager, now=NOW)
    session.flush()
    return her


def dump(session):
    """Every cell of every table, as one text."""
    session.flush()
    session.expire_all()
    cells = []
    for table in Base.metadata.sorted_tables:
        for row in session.execute(select(table)):
            cells += [
                cell.decode("utf-8", "replace") if isinstance(cell, bytes) else str(cell)
                for cell in row
            ]
    return "\n".join(cells)
