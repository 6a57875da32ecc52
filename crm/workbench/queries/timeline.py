"""The timeline of the contact page in words: every domain mixed, newest first."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from crm.accounts.rules import Actor, Permission, can
from crm.attention.rules import is_theirs, may_change, whole_minutes
from crm.complaints.rules.words import UNDECIDED
from crm.contacts.rules import BACK_WITHIN, MoveKind
from crm.groups.rules import mask_phones
from crm.i18n import _, fmt
from crm.lifecycle.queries import timeline as happenings
from crm.lifecycle.queries.timeline import Ledger
from crm.lifecycle.rules.merging import is_fresh
from crm.lifecycle.rules.timeline import Happening, Kind, Position
from crm.workbench.rules import KINDS, TIMELINE_ENTRIES, Entry, TimelineFilter


@dataclass(frozen=True, slots=True)
class Timeline:
    """One page of it; `after` is where the next one begins."""

    entries: list[Entry]
    after: Position | None


def timeline(
    session: Session,
    few: Ledger,
    actor: Actor,
    *,
    only: TimelineFilter,
    after: Position | None,
    now: datetime,
) -> Timeline:
    """Return a page of what happened with a contact, as this person may see and undo it."""
    found = happenings.timeline(
        session, few, actor, kinds=KINDS[only], after=after, most=TIMELINE_ENTRIES + 1
    )
    shown = found[:TIMELINE_ENTRIES]
    entries = [_WORDS[one.kind](one, few.contact_id, actor, now) for one in shown]
    return Timeline(entries, shown[-1].position if len(found) > len(shown) else None)


def came_from(row: Any) -> str:
    """Return where somebody came from, in words."""
    if row.kind is MoveKind.STORE and row.store_name:
        return _("contacts.moved_from_store", name=row.store_name)
    if row.kind is MoveKind.GROUP and row.group_name:
        return _("contacts.moved_from_group", name=row.group_name)
    return _(f"contacts.moved_{row.kind.value}")


def _touch(one: Happening, _contact_id: int, actor: Actor, now: datetime) -> Entry:
    row = one.row
    mine = may_change(row.received_at, now) and is_theirs(actor, row.staff_id)
    kind = _(f"attention.kind_{row.kind.value}")
    return Entry(
        at=one.at,
        title=_("workbench.touch_entry", kind=kind, n=whole_minutes(row.seconds)),
        text=mask_phones(row.note),
        note=row.staff_name,
        undo=f"/touches/{one.id}/undo" if mine else "",
        change=f"/touches/{one.id}/minutes" if mine else "",
    )


def _order(one: Happening, _contact_id: int, _actor: Actor, _now: datetime) -> Entry:
    order = one.row
    refunded = (
        _("workbench.refunded", money=fmt.money(order.refunded_fen)) if order.refunded_fen else ""
    )
    return Entry(
        at=one.at,
        title=_("workbench.order_entry", money=fmt.money(order.paid_fen)),
        text=fmt.listed(line.product for line in order.lines),
        note=refunded or _(f"orders.status_{order.status.value}"),
        tone="green",
    )


def _complaint(one: Happening, _contact_id: int, _actor: Actor, _now: datetime) -> Entry:
    is_open = one.row.state in UNDECIDED
    return Entry(
        at=one.at,
        title=_("workbench.complaint_entry", no=one.row.short_no),
        text=one.row.quote,
        note=_("workbench.complaint_open" if is_open else "workbench.complaint_closed"),
        tone="red" if is_open else "",
        href=f"/complaints/{one.id}",
    )


def _move(one: Happening, _contact_id: int, _actor: Actor, _now: datetime) -> Entry:
    text, who = mask_phones(one.row.detail), one.row.staff_name or ""
    return Entry(at=one.at, title=came_from(one.row), text=text, note=who, tone="blue")


def _step(one: Happening, contact_id: int, actor: Actor, now: datetime) -> Entry:
    row = one.row
    mine = may_change(row.taken_at, now) and is_theirs(actor, row.recorded_by)
    return Entry(
        at=one.at,
        title=_(f"lifecycle.step_{row.step.value}"),
        note=row.staff_name,
        tone="blue",
        undo=f"/contacts/{contact_id}/steps/{one.id}/undo" if mine else "",
    )


def _consent(one: Happening, _contact_id: int, _actor: Actor, _now: datetime) -> Entry:
    ground = _(f"contacts.consent_{one.row.basis.value}")
    return Entry(
        at=one.at,
        title=_("workbench.consent_entry", ground=ground),
        text=mask_phones(one.row.note),
        note=one.row.staff_name or "",
    )


def _consent_end(one: Happening, contact_id: int, _actor: Actor, now: datetime) -> Entry:
    ground = _(f"contacts.consent_{one.row.basis.value}")
    is_new = now - one.at <= BACK_WITHIN
    return Entry(
        at=one.at,
        title=_("workbench.consent_end_entry", ground=ground),
        tone="amber",
        undo=f"/contacts/{contact_id}/consents/{one.id}/restore" if is_new else "",
    )


def _merge(one: Happening, _contact_id: int, actor: Actor, now: datetime) -> Entry:
    mine = is_fresh(one.at, now) and can(actor.role, Permission.MERGE_CONTACTS)
    return Entry(
        at=one.at,
        title=_("lifecycle.merge_entry", name=one.row.other_name),
        note=one.row.staff_name,
        undo=f"/merges/{one.id}/undo" if mine else "",
    )


def _note(one: Happening, _contact_id: int, _actor: Actor, _now: datetime) -> Entry:
    text = mask_phones(one.row.text)
    return Entry(at=one.at, title=_("workbench.note_entry"), text=text, note=one.row.author_name)


def _tag(one: Happening, contact_id: int, actor: Actor, now: datetime) -> Entry:
    is_new = now - one.at <= BACK_WITHIN and one.row.tagged_by == actor.id
    mine = is_new and can(actor.role, Permission.TAG)
    return Entry(
        at=one.at,
        title=_("workbench.tag_entry", tag=one.row.tag),
        note=one.row.staff_name or "",
        undo=f"/contacts/{contact_id}/tags/undo" if mine else "",
        undo_fields={"tag": one.row.tag},
    )


_WORDS: dict[Kind, Callable[[Happening, int, Actor, datetime], Entry]] = {
    Kind.TOUCH: _touch,
    Kind.ORDER: _order,
    Kind.COMPLAINT: _complaint,
    Kind.MOVE: _move,
    Kind.STEP: _step,
    Kind.CONSENT: _consent,
    Kind.CONSENT_END: _consent_end,
    Kind.MERGE: _merge,
    Kind.NOTE: _note,
    Kind.TAG: _tag,
}
