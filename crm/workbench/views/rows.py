"""The rows of the two hottest pages, written by plain functions: half the time of a template.

Only here is markup written in Python. Every value passes through `escape`, once.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from html import escape as html_escape
from typing import Any, NamedTuple

from markupsafe import Markup

from crm.attention.rules import FollowUpReason, State
from crm.groups.rules import mask_phones
from crm.i18n import _, fmt
from crm.workbench.queries.people import ContactRow, Standing

_TONES = {State.NEAR: "near", State.OVER: "over"}


def contact_rows(rows: Sequence[ContactRow], today: date) -> Markup:
    """Return the list items of the contact list; what they share is written once a page."""
    words = _ListWords(
        loyal=_badge(_("loyalty.loyal"), "green"),
        quiet=_badge(_("workbench.do_not_contact"), "amber"),
        never=_("workbench.never_bought"),
    )
    days = {row.bought_on: fmt.day(row.bought_on, today=today) for row in rows if row.bought_on}
    sides = {row.standing: "" for row in rows}
    for standing in sides:
        sides[standing] = _side(standing)
    items = [_contact_row(row, words, days, sides) for row in rows]
    return Markup("".join(items))  # noqa: S704  every part is escaped


class _ListWords(NamedTuple):
    """Escaped, but for `never`; what a row fills in later is a number."""

    loyal: str
    quiet: str
    never: str


def _contact_row(
    row: ContactRow, words: _ListWords, days: dict[date, str], sides: dict[Standing, str]
) -> str:
    contact_id, name, nickname, store, quiet, loyal, bought_on, product, standing = row
    last = f"{days[bought_on]} {product or ''}" if bought_on else words.never
    facts = f"{nickname} · {store} · {last}" if nickname else f"{store} · {last}"
    badges = words.loyal.format(n=loyal) if loyal else ""
    if quiet:
        badges += words.quiet
    return (
        '<li class="row" data-row><div class="row-main">'
        f'<a class="row-title" href="/contacts/{contact_id}">{html_escape(name)}</a>{badges}'
        f'<div class="second">{html_escape(facts)}</div></div>{sides[standing]}'
    )


def _side(standing: Standing) -> str:
    used, cap, state = standing
    tone = "second" if state is State.OK else _TONES[state]
    minutes = html_escape(_("workbench.used_of", used=used, cap=cap))
    return f'<div class="row-side"><span class="num {tone}">{minutes}</span></div></li>'


def _badge(text: str, tone: str) -> str:
    return f' <span class="badge badge-{tone}">{html_escape(text)}</span>'


def follow_up_rows(rows: Iterable[Any], today: date, *, key: str, csrf: str) -> Markup:
    """Return the list items of whom to contact today, each with its one-tap form."""
    words = _DayWords(
        token=html_escape(csrf),
        about=html_escape(_("workbench.about")),
        contacted=html_escape(_("workbench.contacted")),
    )
    items = [_follow_up_row(row, html_escape(why(row, today)), key, words) for row in rows]
    return Markup("".join(items))  # noqa: S704  every part is escaped


class _DayWords(NamedTuple):
    """Escaped; what a row fills in later is a number."""

    token: str
    about: str
    contacted: str


def _follow_up_row(row: Any, reason: str, key: str, words: _DayWords) -> str:
    name, minutes, contact_id = html_escape(row.name), row.planned_minutes, row.contact_id
    return (
        '<li class="row" data-row><div class="row-main">'
        f'<a class="row-title" href="/contacts/{contact_id}">{name}</a>'
        f'<span class="second">{words.about.format(n=minutes)}</span>'
        f'<div class="second">{reason}</div></div>'
        '<div class="row-side"><form method="post" action="/log" data-outbox="row">'
        f'<input type="hidden" name="csrf_token" value="{words.token}">'
        f'<input type="hidden" name="idempotency_key" value="{key}-{row.id}">'
        f'<input type="hidden" name="who" value="{contact_id}">'
        f'<input type="hidden" name="follow_up" value="{row.id}">'
        f'<input type="hidden" name="kind" value="{row.kind.value}">'
        f'<input type="hidden" name="minutes" value="{minutes}">'
        '<button type="submit" class="btn btn-pill" data-key="e">'
        f'{words.contacted} <span class="vh">{name}</span></button>'
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
    return mask_phones(str(words.get("text") or _("attention.why_next_step")))
