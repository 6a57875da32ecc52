"""What the conditions of a list can be chosen from."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, exists, or_, select
from sqlalchemy.orm import Session

from crm.accounts.queries import in_scope
from crm.accounts.rules import Actor
from crm.contacts.models import Contact, ContactMove, ContactTag
from crm.groups.models import ChatGroup
from crm.orders.models import OrderLine, ShopOrder
from crm.stores.models import Store

WORDS_MOST = 200

_TAGS = (
    select(ContactTag.tag)
    .join(Contact, Contact.id == ContactTag.contact_id)
    .where(Contact.merged_into_id.is_(None))
    .distinct()
    .order_by(ContactTag.tag)
    .limit(WORDS_MOST)
)
_CATEGORIES = (
    select(OrderLine.category)
    .where(OrderLine.category != "")
    .distinct()
    .order_by(OrderLine.category)
    .limit(WORDS_MOST)
)
_STORES = select(Store.id, Store.name).order_by(Store.id)
_CAME_FROM = (
    exists()
    .where(ContactMove.from_store_id == Store.id, ContactMove.contact_id == Contact.id)
    .correlate(Store)
)


@dataclass(frozen=True)
class Choices:
    """Ids with their names, and words in use. The actor's contacts came from any store."""

    stores: dict[int, str]
    own_stores: dict[int, str]
    groups: dict[int, str]
    tags: Sequence[str]
    categories: Sequence[str]


def choices(session: Session, actor: Actor) -> Choices:
    """Return what the actor can choose from: words and stores of her own customers and orders."""
    stores = {row.id: row.name for row in session.execute(_stores(actor))}
    groups = select(ChatGroup.id, ChatGroup.name).where(in_scope(ChatGroup.store_id, actor))
    return Choices(
        stores=stores,
        own_stores={key: name for key, name in stores.items() if actor.sees(key)},
        groups={row.id: row.name for row in session.execute(groups.order_by(ChatGroup.id))},
        tags=list(session.scalars(_TAGS.where(in_scope(Contact.store_id, actor)))),
        categories=list(session.scalars(_categories(actor))),
    )


def _stores(actor: Actor) -> Select[int, str]:
    if actor.store_ids is None:
        return _STORES
    moved_here = _CAME_FROM.where(in_scope(Contact.store_id, actor))
    return _STORES.where(or_(in_scope(Store.id, actor), moved_here))


def _categories(actor: Actor) -> Select[str]:
    if actor.store_ids is None:
        return _CATEGORIES
    bought = _CATEGORIES.join(ShopOrder, ShopOrder.id == OrderLine.order_id)
    return bought.join(Contact, Contact.id == ShopOrder.contact_id).where(
        in_scope(Contact.store_id, actor)
    )
