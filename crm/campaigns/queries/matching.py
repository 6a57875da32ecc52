"""Who meets the conditions of a list: one statement, however many people there are."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, func, or_, select
from sqlalchemy.orm import Session

from crm.campaigns.rules import Condition, Field, Op
from crm.contacts.models import Contact, ContactMove, ContactTag
from crm.db import int_sum
from crm.groups.models import GroupMember
from crm.loyalty.models import LoyaltyStat, RuleTag
from crm.loyalty.rules import RhythmState, Tag
from crm.orders.models import OrderLine, ShopOrder
from crm.stores.models import Store

_BOUGHT = (
    select(
        ShopOrder.contact_id,
        func.count().label("orders_count"),
        int_sum(ShopOrder.net_fen).label("net_fen"),
        func.max(ShopOrder.bought_on).label("last_on"),
    )
    .where(ShopOrder.contact_id.is_not(None), ShopOrder.net_fen > 0)
    .group_by(ShopOrder.contact_id)
    .subquery()
)
_ORDERS = func.coalesce(_BOUGHT.c.orders_count, 0)
_SPENT = func.coalesce(_BOUGHT.c.net_fen, 0)
_CANDIDATES = (
    select(
        Contact.id,
        Contact.name,
        Contact.store_id,
        Store.name.label("store_name"),
        Contact.owner_id,
        Contact.do_not_contact_at,
        _ORDERS.label("orders_count"),
        _BOUGHT.c.last_on,
        LoyaltyStat.state.label("rhythm"),
    )
    .join(Store, Store.id == Contact.store_id)
    .outerjoin(_BOUGHT, _BOUGHT.c.contact_id == Contact.id)
    .outerjoin(LoyaltyStat, LoyaltyStat.contact_id == Contact.id)
    .where(Contact.merged_into_id.is_(None))
    .order_by(Contact.id)
)


def matching(session: Session, conditions: Sequence[Condition], *, today: date) -> list[Row[Any]]:
    """Everybody who meets all conditions."""
    return list(session.execute(_CANDIDATES.where(*(_sql(c, today) for c in conditions))))


def _sql(condition: Condition, today: date) -> ColumnElement[bool]:
    return _SQL[condition.field](condition, today)


def _compare(column: Any, condition: Condition) -> ColumnElement[bool]:
    first, *rest = condition.values
    match condition.op:
        case Op.AT_LEAST:
            found = column >= first
        case Op.AT_MOST:
            found = column <= first
        case Op.BETWEEN:
            found = column.between(first, rest[0])
        case _:
            found = column.in_(condition.values)
    return found  # type: ignore[no-any-return]


def _days(condition: Condition, today: date) -> ColumnElement[bool]:
    """Days since the last order turn round: at least 14 days is on or before a date."""
    dates = [today - timedelta(days=min(int(n), today.toordinal() - 1)) for n in condition.values]
    last_on = _BOUGHT.c.last_on
    match condition.op:
        case Op.AT_LEAST:
            return last_on <= dates[0]
        case Op.AT_MOST:
            return last_on >= dates[0]
        case Op.BETWEEN:
            return last_on.between(dates[1], dates[0])
        case _:
            return last_on == dates[0]


def _tag(condition: Condition, _today: date) -> ColumnElement[bool]:
    """Tags that people gave and tags that rules gave answer to one name."""
    given = select(ContactTag.tag).where(
        ContactTag.contact_id == Contact.id, ContactTag.tag.in_(condition.values)
    )
    names = {tag.value for tag in Tag}
    ruled = [Tag(name) for name in condition.values if name in names]
    if not ruled:
        return given.exists()
    by_rule = select(RuleTag.tag).where(RuleTag.contact_id == Contact.id, RuleTag.tag.in_(ruled))
    return or_(given.exists(), by_rule.exists())


def _category(condition: Condition, _today: date) -> ColumnElement[bool]:
    return (
        select(ShopOrder.id)
        .join(OrderLine, OrderLine.order_id == ShopOrder.id)
        .where(
            ShopOrder.contact_id == Contact.id,
            ShopOrder.net_fen > 0,
            OrderLine.category.in_(condition.values),
        )
        .exists()
    )


def _rhythm(condition: Condition, _today: date) -> ColumnElement[bool]:
    return LoyaltyStat.state.in_([RhythmState(str(value)) for value in condition.values])


def _moved_from(condition: Condition, _today: date) -> ColumnElement[bool]:
    return (
        select(ContactMove.id)
        .where(
            ContactMove.contact_id == Contact.id,
            ContactMove.from_store_id.in_(condition.values),
        )
        .exists()
    )


def _group(condition: Condition, _today: date) -> ColumnElement[bool]:
    return (
        select(GroupMember.id)
        .where(
            GroupMember.contact_id == Contact.id,
            GroupMember.group_id.in_(condition.values),
            GroupMember.left_at.is_(None),
        )
        .exists()
    )


_SQL: dict[Field, Callable[[Condition, date], ColumnElement[bool]]] = {
    Field.STORE: lambda condition, _today: _compare(Contact.store_id, condition),
    Field.TAG: _tag,
    Field.ORDERS: lambda condition, _today: _compare(_ORDERS, condition),
    Field.SPENT: lambda condition, _today: _compare(_SPENT, condition),
    Field.DAYS: _days,
    Field.CATEGORY: _category,
    Field.RHYTHM: _rhythm,
    Field.MOVED_FROM: _moved_from,
    Field.GROUP: _group,
}
