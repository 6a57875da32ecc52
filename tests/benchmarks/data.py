"""The one generator of benchmark data, the same every time: a shop with many contacts.

Rows are written in bulk, by the models' own tables, with what the measured pages read: orders,
figures, tags and touches. Every part of the list looks like every other part.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache
from itertools import islice
from typing import Any

from sqlalchemy import Connection, insert
from sqlalchemy.orm import Session

from crm import crypto
from crm.accounts import service as accounts
from crm.accounts.rules import Role
from crm.attention.models import FollowUp, Touch
from crm.attention.rules import FollowUpReason, Topic, TouchKind
from crm.contacts.models import Contact, ContactIdentity, ContactMove, ContactTag
from crm.contacts.queries import identity_digest, tail_digest
from crm.contacts.rules import TAIL_DIGITS, IdentityKind, MoveKind, search_text
from crm.contacts.service import rebuild_index
from crm.loyalty.models import LoyaltyModel, LoyaltyStat, RuleTag
from crm.loyalty.rules import RhythmState, Tag
from crm.orders.models import OrderLine, ShopOrder
from crm.orders.rules import OrderChannel, OrderStatus
from crm.stores import service as stores
from crm.stores.rules import NewStore

BATCH = 5_000
STORES = ("人民路店", "中山路店", "解放路店", "建设路店", "和平路店", "北京路店")
SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗"
GIVEN = "芳娜敏静丽艳娟霞秀玲桂英梅兰红玉萍华慧琳"
PRODUCTS = ("碎花连衣裙", "针织开衫", "直筒牛仔裤", "羊毛大衣", "真丝丝巾")
FOLLOW_UPS = 20
TOUCHED = 2_000
"""Of so many contacts the owner touched each fifth: a day of one person has no hundreds."""
TAG_OF_OLD = "闭店转来"
RARE = "欧阳"
Row = dict[str, Any]
_said = cache(search_text)
_tail = cache(tail_digest)


def make_shop(session: Session, *, now: datetime) -> str:
    """Set up shop, stores and owner; returns the owner's session token."""
    stores.set_up_shop(session, "锦禾女装", now=now)
    for number, name in enumerate(STORES):
        stores.add_store(session, NewStore(name, f"b{number}"), actor=None, now=now)
    command = accounts.NewStaff("ajun", "阿俊", Role.OWNER)
    staff = accounts.add_staff(session, command, actor=None, now=now)
    accounts.add_staff(
        session, accounts.NewStaff("zhoulin", "周琳", Role.LEAD), actor=None, now=now
    )
    session.add(_model(now))
    return accounts.start_session(session, staff, now=now)


def _model(now: datetime) -> LoyaltyModel:
    figures = {"gap_half_days": 90, "prior_days": 60.0, "own_gap_days": 45.0}
    return LoyaltyModel(id=1, fitted_at=now, buyers=9, occasions=9, **figures)


def make_contacts(connection: Connection, count: int, *, now: datetime) -> None:
    """Write contacts 1 to `count` with their orders, figures, tags and touches."""
    _write(connection, Contact, (_contact(i, now) for i in range(1, count + 1)))
    buyers = range(1, count + 1, 2)
    _write(connection, ShopOrder, (_order(i, now) for i in buyers))
    _write(connection, OrderLine, (_line(i) for i in buyers))
    _write(connection, LoyaltyStat, (_stat(i, now) for i in buyers))
    _write(connection, RuleTag, (_tag(i, now) for i in range(1, count + 1, 8)))
    _write(connection, Touch, (_touch(i, now) for i in range(1, count + 1, 5)))
    _write(connection, FollowUp, (follow_up(i, now) for i in range(1, FOLLOW_UPS + 1)))


def make_phones(connection: Connection, count: int, *, now: datetime) -> None:
    """Write the phones of contacts 1 to `count`, all sealed alike: nobody reads them here."""
    sealed = crypto.encrypt("10012340142", purpose="identity")
    _write(connection, ContactIdentity, (_phone(i, sealed, now) for i in range(1, count + 1)))


def make_moves(connection: Connection, count: int, *, now: datetime) -> None:
    """Write from which store contacts 1 to `count` were moved, some more than a year ago."""
    _write(connection, ContactMove, (_move(i, now) for i in range(1, count + 1)))


def make_searchable(connection: Connection, count: int, *, now: datetime) -> None:
    """Write tags of contacts 1 to `count`, and the index of what is said of them."""
    tagged = (
        {"contact_id": i, "tag": tag, "tagged_at": now}
        for i in range(1, count + 1)
        for tag in tags_of(i)
    )
    _write(connection, ContactTag, tagged)
    rebuild_index(connection)


def name_of(number: int) -> str:
    """Return the name of a contact; neighbours are no relatives."""
    mixed = number * 2_654_435_761 % 2**32 // 2**12
    return SURNAMES[mixed % 20] + GIVEN[mixed // 20 % 20] + GIVEN[mixed // 400 % 20]


def phone_of(number: int) -> str:
    """Return the number of a contact: every tail is as frequent as any other."""
    return f"1{number * 7919 % 10**10:010}"


def tags_of(number: int) -> tuple[str, ...]:
    """Return her tags: one of many, one of few, one of people who all came at once long ago."""
    has = {
        "旗袍": number % 50 == 0,
        "怕热面料": number % 4_001 == 0,
        TAG_OF_OLD: 190_000 <= number < 200_000,
    }
    return tuple(tag for tag, given in has.items() if given)


def _phone(number: int, sealed: str, now: datetime) -> Row:
    phone = phone_of(number)
    return {
        "contact_id": number,
        "kind": IdentityKind.PHONE,
        "value_encrypted": sealed,
        "value_hash": identity_digest(IdentityKind.PHONE, phone),
        "tail_hash": _tail(phone[-TAIL_DIGITS:]),
        "rank": 0,
        "added_at": now,
    }


def _move(number: int, now: datetime) -> Row:
    return {
        "contact_id": number,
        "kind": MoveKind.STORE,
        "from_store_id": number % len(STORES) + 1,
        "moved_at": now - timedelta(days=number % 500),
        "moved_by": 1,
        "recorded_at": now,
    }


def _write(connection: Connection, model: Any, rows: Iterator[Row]) -> None:
    while batch := list(islice(rows, BATCH)):
        connection.execute(insert(model), batch)


def _contact(number: int, now: datetime) -> Row:
    name = name_of(number)
    nickname = f"小{name[1]}" if number % 3 else ""
    remark = f"喜欢{PRODUCTS[number // 7 % 5]}" if number % 7 == 0 else ""
    if number % 25_000 == 1:
        remark = f"{RARE}老师介绍"
    return {
        "id": number,
        "store_id": number % len(STORES) + 1,
        "owner_id": 1,
        "name": name,
        "nickname": nickname,
        "remark": remark,
        "search_text": _said(name, nickname, remark, tags_of(number)),
        "created_at": now - timedelta(days=400),
        "created_by": 1,
        "active_at": now - timedelta(seconds=60 + number * 7),
        "version": 1,
    }


def _order(number: int, now: datetime) -> Row:
    at = now - timedelta(days=number * 37 % 300 + 1)
    return {
        "id": number,
        "channel": OrderChannel.WECHAT_SHOP,
        "order_no": f"B{number:012}",
        "contact_id": number,
        "store_id": number % len(STORES) + 1,
        "ordered_at": at,
        "bought_on": at.date(),
        "status": OrderStatus.COMPLETED,
        "status_text": "",
        "paid_fen": 32900,
        "refunded_fen": 0,
        "net_fen": 32900,
        "content_hash": "0" * 64,
        "taken_at": now,
    }


def _line(number: int) -> Row:
    return {
        "id": number,
        "order_id": number,
        "product": PRODUCTS[number % len(PRODUCTS)],
        "category": "裙",
        "quantity": 1,
        "amount_fen": 32900,
        "refunded_fen": 0,
    }


def _stat(number: int, now: datetime) -> Row:
    day = (now - timedelta(days=number * 37 % 300 + 1)).date()
    return {
        "contact_id": number,
        "first_on": day,
        "last_on": day,
        "occasions": 1,
        "orders_count": 1,
        "spend_fen": 32900,
        "loyal_count": 3,
        "state": RhythmState.DUE,
        "model_id": 1,
    }


def _tag(number: int, now: datetime) -> Row:
    return {"contact_id": number, "tag": Tag.LOYAL, "facts": {"n": 3}, "given_at": now}


def _touch(number: int, now: datetime) -> Row:
    at = now - timedelta(hours=number * 11 % 600 + 1)
    return {
        "contact_id": number,
        "staff_id": 1 if number <= TOUCHED else 2,
        "kind": TouchKind.CHAT,
        "topic": Topic.PRE_SALE,
        "seconds": 180,
        "note": "",
        "client_key": f"bench-{number}",
        "happened_at": at,
        "received_at": at,
    }


def follow_up(number: int, now: datetime) -> Row:
    """Return the row of an open one that is due today."""
    return {
        "contact_id": number,
        "staff_id": 1,
        "due_on": now.date(),
        "reason": FollowUpReason.NEXT_STEP,
        "words": {"text": "发新款照片"},
        "kind": TouchKind.CHAT,
        "planned_minutes": 3,
        "dedupe_key": f"bench-{number}",
        "created_at": now,
    }
