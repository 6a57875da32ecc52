"""Take a list out as rows. Held-out people are on no row, through whatever door."""

from datetime import date, datetime

from sqlalchemy.orm import Session

from crm.accounts.queries import staff_names
from crm.accounts.rules import Actor
from crm.audit.service import record
from crm.campaigns import queries
from crm.campaigns.models import CampaignExport
from crm.campaigns.queries import BATCH, Person, Status
from crm.campaigns.rules import Door, ExportRow, NotApproved, State, render
from crm.campaigns.service.wording import recheck
from crm.contacts.queries import masked_identities
from crm.contacts.rules import IdentityKind
from crm.i18n import _, fmt


def export(
    session: Session, campaign_id: int, *, actor: Actor, now: datetime, door: Door
) -> list[ExportRow]:
    """Returns who is to be contacted now and writes who took the list out.

    Raises NotApproved, CopyChanged, CopyRefused.
    """
    campaign = queries.campaign_for_update(session, campaign_id, actor)
    if campaign.state is State.DRAFT:
        raise NotApproved
    people = queries.audience(session, campaign, now=now).of(Status.REACHABLE)
    recheck(session, campaign, (person.name for person in people))
    phones = _phones(session, [person.contact_id for person in people])
    writers = staff_names(session, {person.assignee_id for person in people})
    today = fmt.local(now).date()
    rows = [
        ExportRow(
            contact_id=person.contact_id,
            name=person.name,
            phone_masked=phones.get(person.contact_id, ""),
            store=person.store_name,
            owner=writers[person.assignee_id],
            reason=why(person, today),
            copy=render(campaign.copy, person.name),
        )
        for person in people
    ]
    _log(session, campaign.id, len(rows), actor=actor, now=now, door=door)
    return rows


def _log(
    session: Session, campaign_id: int, row_count: int, *, actor: Actor, now: datetime, door: Door
) -> None:
    session.add(
        CampaignExport(
            campaign_id=campaign_id,
            exported_by=actor.id,
            exported_at=now,
            door=door,
            row_count=row_count,
        )
    )
    subject = f"campaign:{campaign_id}"
    after = {"rows": row_count, "door": door.value}
    record(session, "campaign.exported", subject=subject, actor=actor, now=now, after=after)


def why(person: Person, today: date) -> str:
    """Why she is on the list, from the numbers that put her there."""
    if person.last_order_on is None:
        return _("campaigns.why.never_bought")
    days = (today - person.last_order_on).days
    return _("campaigns.why.bought", n=person.orders_count, days=days)


def _phones(session: Session, contact_ids: list[int]) -> dict[int, str]:
    phones: dict[int, str] = {}
    for start in range(0, len(contact_ids), BATCH):
        masked = masked_identities(session, contact_ids[start : start + BATCH])
        for contact_id, identities in masked.items():
            numbers = [m for kind, m in identities if kind is IdentityKind.PHONE]
            phones[contact_id] = numbers[0] if numbers else ""
    return phones
