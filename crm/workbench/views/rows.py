"""The rows of the two hottest pages, written by plain functions: half the time of a template.

Only here is markup written in Python. Every value passes through `escape`, once.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from markupsafe import Markup, escape

from crm.attention.rules import Allowance, FollowUpReason, State
from crm.i18n import _, fmt
from crm.workbench.queries.people import ContactRow

_TONES = {State.OK: "second", State.NEAR: "near", State.OVER: "over"}


def contact_rows(rows: Iterable[ContactRow], today: date) -> Markup:
    """Return the list items of the contact list."""
    return Markup("").join(_contact_row(row, today) for row in rows)


def _contact_row(row: ContactRow, today: date) -> Markup:
    badges = "".join(
        (
            _badge(_("loyalty.loyal", n=row.loyal_orders), "green") if row.loyal_orders else "",
            _badge(_("workbench.do_not_contact"), "") if row.do_not_contact else "",
        )
    )
    return Markup(  # noqa: S704  every part below is escaped
        '<li class="row row-open" data-row><div class="row-main">'
        f'<a class="row-title" href="/contacts/{row.id}">{escape(row.name)}</a>{badges}'
        f'<div class="second">{escape(_facts(row, today))}</div></div>'
        f'<div class="row-side">{_minutes(row.allowance)}</div></li>'
    )


def _badge(text: str, tone: str) -> str:
    cls = f"badge badge-{tone}" if tone else "badge"
    return f'<span class="{cls}">{escape(text)}</span>'


def _facts(row: ContactRow, today: date) -> str:
    bought = row.last_order
    last = (
        _(
            "workbench.last_order",
            day=fmt.day(bought.bought_on, today=today),
            product=bought.product,
        )
        if bought
        else _("workbench.never_bought")
    )
    return " · ".join(filter(None, (row.nickname, row.store_name, last)))


def _minutes(allowance: Allowance) -> str:
    text = _("workbench.used_of", used=allowance.used_minutes, cap=allowance.cap_minutes)
    return f'<span class="num {_TONES[allowance.state]}">{escape(text)}</span>'


def follow_up_rows(rows: Iterable[Any], today: date, *, key: str, csrf: str) -> Markup:
    """Return the list items of whom to contact today, each with its one-tap form."""
    return Markup("").join(_follow_up_row(row, today, f"{key}-{row.id}", csrf) for row in rows)


def _follow_up_row(row: Any, today: date, key: str, csrf: str) -> Markup:
    name = escape(row.name)
    fields = {
        "csrf_token": csrf,
        "idempotency_key": key,
        "who": row.contact_id,
        "follow_up": row.id,
        "kind": row.kind.value,
        "minutes": row.planned_minutes,
    }
    hidden = "".join(
        f'<input type="hidden" name="{field}" value="{escape(value)}">'
        for field, value in fields.items()
    )
    return Markup(  # noqa: S704  every part below is escaped
        '<li class="row" data-row><div class="row-main">'
        f'<a class="row-title" href="/contacts/{row.contact_id}">{name}</a>'
        f'<span class="second">{escape(_("workbench.about", n=row.planned_minutes))}</span>'
        f'<div class="second">{escape(why(row, today))}</div></div>'
        '<div class="row-side"><form method="post" action="/log" data-outbox="row">'
        f'{hidden}<button type="submit" class="btn btn-pill" data-key="e">'
        f'{escape(_("workbench.contacted"))} <span class="vh">{name}</span></button>'
        "</form></div></li>"
    )


def why(row: Any, today: date) -> str:
    """Return the sentence that says why somebody is to be contacted."""
    words = dict(row.words)
    if row.reason is FollowUpReason.REPURCHASE:
        words["days"] = (today - date.fromisoformat(words["last_on"])).days
        return _(
            "attention.why_repurchase" if words["product"] else "attention.why_repurchase_plain",
            **words,
        )
    if row.reason is FollowUpReason.GREETING:
        added_on = date.fromisoformat(words["added_on"])
        if added_on == today - timedelta(days=1):
            return _("attention.why_greeting_yesterday")
        return _("attention.why_greeting", day=fmt.day(added_on, today=today))
    if row.reason is FollowUpReason.CAMPAIGN:
        return _("attention.why_campaign", **words)
    return str(words.get("text") or _("attention.why_next_step"))
