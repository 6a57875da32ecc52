"""What is shown of two contacts side by side, and of a merge that may be undone."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.accounts.queries import staff_names
from crm.attention.models import Touch
from crm.campaigns.models import CampaignMember
from crm.complaints.models import Complaint
from crm.contacts.models import Contact
from crm.contacts.queries import masked_identities, tags_of
from crm.contacts.rules import Field
from crm.groups.models import GroupMember
from crm.groups.rules import mask_phones
from crm.i18n import _
from crm.lifecycle.models import ContactMerge
from crm.lifecycle.rules.merging import Side
from crm.orders.models import ShopOrder
from crm.stores.queries import store_names

COUNTED: dict[str, Any] = {
    "orders": ShopOrder.contact_id,
    "touches": Touch.contact_id,
    "complaints": Complaint.contact_id,
    "groups": GroupMember.contact_id,
    "lists": CampaignMember.contact_id,
}


def sides(session: Session, contacts: Sequence[Contact]) -> list[Side]:
    """Return each of these contacts as the page shows her."""
    ids = [contact.id for contact in contacts]
    tags, masked = tags_of(session, ids), masked_identities(session, ids)
    stores = store_names(session)
    owners = staff_names(session, {one.owner_id for one in contacts if one.owner_id})
    counts = {name: _counts(session, column, ids) for name, column in COUNTED.items()}
    found = []
    for one in contacts:
        values = {field: getattr(one, field.value) for field in Field}
        words = {field: str(value or _("lifecycle.empty")) for field, value in values.items()}
        words[Field.REMARK] = mask_phones(words[Field.REMARK])
        words[Field.STORE] = stores[one.store_id]
        words[Field.OWNER] = owners[one.owner_id] if one.owner_id else _("lifecycle.nobody")
        found.append(
            Side(
                id=one.id,
                name=one.name,
                values=values,
                words=words,
                store_name=stores[one.store_id],
                identities=tuple(text for _kind, text in masked.get(one.id, ())),
                tags=tags.get(one.id, ()),
                counts={name: counted.get(one.id, 0) for name, counted in counts.items()},
                active_at=one.active_at,
                do_not_contact=one.do_not_contact_at is not None,
            )
        )
    return found


def _counts(session: Session, column: Any, ids: Sequence[int]) -> dict[int, int]:
    rows = session.execute(
        select(column.label("contact_id"), func.count().label("n"))
        .where(column.in_(ids))
        .group_by(column)
    )
    return {row.contact_id: row.n for row in rows}


def goes_back(merge: ContactMerge) -> dict[str, int]:
    """Return how many rows of each kind undoing a merge gives back."""
    moved = {
        column: len(ids)
        for part in (merge.carried or {}).values()
        for column, ids in part.items()
        if "." in column
    }
    counts = {name: moved.get(str(column), 0) for name, column in COUNTED.items()}
    return {name: count for name, count in counts.items() if count}
