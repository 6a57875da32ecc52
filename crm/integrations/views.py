"""Channels: try, remove, take the removal back. The page that shows them is the workbench's."""

from datetime import timedelta

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue

from crm import clock, crypto
from crm.accounts.access import current_actor, require
from crm.accounts.rules import Permission
from crm.i18n import _, fmt
from crm.integrations import queries, service
from crm.integrations.gateways import Gateways
from crm.integrations.models import Channel
from crm.integrations.rules import Delivery, Message, Verdict, clock_off
from crm.web.session import extension, unit_of_work

bp = Blueprint("integrations", __name__)

PAGE = "/settings/alerts"

_ADVICE = {
    "timeout": "timeout",
    "unreachable": "unreachable",
    "not_json": "not_json",
    "no_code": "not_json",
    "wrong_key": "key",
    "45009": "rate",
    "130101": "rate",
    "11232": "rate",
    "310000": "sign",
    "19021": "sign",
    "19024": "sign",
}


def _gateways() -> Gateways:
    return extension("gateways")  # type: ignore[no-any-return]


def name_of(channel: Channel) -> str:
    """Return what people call a channel: its kind and number."""
    return _("integrations.named", kind=_(f"integrations.kind_{channel.kind}"), n=channel.id)


@bp.post("/settings/alerts/channels/<int:channel_id>/test")
@require(Permission.SETTINGS)
def try_channel(channel_id: int) -> ResponseReturnValue:
    """Send a test message now."""
    return tried(channel_id)


@bp.post("/settings/alerts/channels/<int:channel_id>/remove")
@require(Permission.SETTINGS)
def remove_channel(channel_id: int) -> ResponseReturnValue:
    """Stop using a channel."""
    with unit_of_work() as session:
        channel = service.remove_channel(
            session, channel_id, actor=current_actor(), now=clock.now()
        )
    undo = url_for(".restore_channel", channel_id=channel_id)
    flash(_("integrations.removed", channel=name_of(channel)), f"undo:{undo}")
    return redirect(PAGE, code=303)


@bp.post("/settings/alerts/channels/<int:channel_id>/restore")
@require(Permission.SETTINGS)
def restore_channel(channel_id: int) -> ResponseReturnValue:
    """Take the removal of a channel back."""
    with unit_of_work() as session:
        service.restore_channel(session, channel_id, actor=current_actor(), now=clock.now())
    flash(_("web.undone"))
    return redirect(PAGE, code=303)


def tried(channel_id: int) -> ResponseReturnValue:
    """Send a test and say what its outcome means."""
    outcome = send_test(channel_id)
    with unit_of_work() as session:
        channel = queries.channel_for_update(session, channel_id)
    flash(_told(channel, outcome))
    if words := _clock_words(channel, outcome):
        flash(words)
    return redirect(PAGE, code=303)


def send_test(channel_id: int) -> Delivery:
    """Send a test with no transaction open and keep its outcome. Raises NoResultFound."""
    with unit_of_work() as session:
        channel = queries.channel_for_update(session, channel_id)
    outcome = _send(channel)
    with unit_of_work() as session:
        service.note_test(session, channel_id, outcome, now=clock.now())
    return outcome


def _send(channel: Channel) -> Delivery:
    try:
        route = service.open_route(channel)
    except crypto.WrongKey:
        return Delivery(Verdict.REFUSED, "wrong_key")
    text = _("integrations.test_text")
    message = Message(text, text, {"test": True, "text": text}, f"test-{channel.id}")
    return _gateways().send(route, message, at=clock.now())


def _told(channel: Channel, outcome: Delivery) -> str:
    if outcome.delivered:
        return _("integrations.test_ok", channel=name_of(channel))
    advice = _ADVICE.get(outcome.code, "other")
    if outcome.verdict is Verdict.DISABLED:
        advice = "gone"
    elif outcome.code.startswith("address_"):
        advice = "address"
    words = _(f"integrations.advice_{advice}", code=outcome.code, detail=outcome.detail)
    return _("integrations.test_failed", channel=name_of(channel), advice=words)


def _clock_words(channel: Channel, outcome: Delivery) -> str:
    """Say so when our clock is off: the vendor checks the time of a signature."""
    off = clock_off(channel.kind, outcome, at=clock.now())
    if off is None:
        return ""
    key = "integrations.clock_ahead" if off > timedelta(0) else "integrations.clock_behind"
    return _(key, gap=fmt.duration(abs(off)))
