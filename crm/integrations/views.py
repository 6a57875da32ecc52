"""The settings page of the alert route. Addresses go in and are never shown again."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from crm import clock, crypto
from crm.accounts.access import current_actor, require
from crm.accounts.rules import Permission
from crm.i18n import _
from crm.integrations import queries, service
from crm.integrations.forms import ChannelForm, RobotForm
from crm.integrations.gateways import Gateways
from crm.integrations.models import Channel
from crm.integrations.rules import Delivery, Message, Verdict
from crm.web.session import db_session, extension, unit_of_work

bp = Blueprint("integrations", __name__)

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


def _page(robot_form: RobotForm | None = None, channel_form: ChannelForm | None = None) -> str:
    channels = queries.channels(db_session())
    robot = next((c for c in channels if c.is_shop_robot), None)
    allowed = _gateways().allowed_hosts
    return render_template(
        "integrations/alerts.html",
        robot=robot,
        robot_form=robot_form or RobotForm(allowed=allowed, saved=robot is not None),
        channel_form=channel_form or ChannelForm(allowed=allowed),
        failed=robot_form or channel_form,
        others=[(channel, name_of(channel)) for channel in channels if channel is not robot],
        now=clock.now(),
    )


def name_of(channel: Channel) -> str:
    """Return what people call a channel: its kind and number."""
    return _("integrations.named", kind=_(f"integrations.kind_{channel.kind}"), n=channel.id)


@bp.get("/settings/alerts")
@require(Permission.SETTINGS)
def alerts() -> ResponseReturnValue:
    """Show the channels; no address, no secret."""
    return _page()


@bp.post("/settings/alerts")
@require(Permission.SETTINGS)
def save_robot() -> ResponseReturnValue:
    """Save the WeCom robot's address, if one was typed, and try it if asked to."""
    saved = queries.shop_robot(db_session())
    form = RobotForm(request.form, allowed=_gateways().allowed_hosts, saved=saved is not None)
    if not form.validate():
        return _page(robot_form=form), 422
    robot_id = saved.id if saved else 0
    if form.wecom_url.data:
        with unit_of_work() as session:
            robot = service.set_shop_robot(
                session, form.wecom_url.data, actor=current_actor(), now=clock.now()
            )
            robot_id = robot.id
    if request.form.get("action") == "test":
        return _tried(robot_id)
    flash(_("accounts.saved"))
    return redirect(url_for(".alerts"), code=303)


@bp.post("/settings/alerts/channels")
@require(Permission.SETTINGS)
def add_channel() -> ResponseReturnValue:
    """Add a channel of any kind."""
    form = ChannelForm(request.form, allowed=_gateways().allowed_hosts)
    if not form.validate():
        return _page(channel_form=form), 422
    with unit_of_work() as session:
        channel = service.add_channel(
            session, form.to_command(), actor=current_actor(), now=clock.now()
        )
    flash(_("integrations.added", channel=name_of(channel)))
    return redirect(url_for(".alerts"), code=303)


@bp.post("/settings/alerts/channels/<int:channel_id>/test")
@require(Permission.SETTINGS)
def try_channel(channel_id: int) -> ResponseReturnValue:
    """Send a test message now."""
    return _tried(channel_id)


@bp.post("/settings/alerts/channels/<int:channel_id>/remove")
@require(Permission.SETTINGS)
def remove_channel(channel_id: int) -> ResponseReturnValue:
    """Stop using a channel."""
    with unit_of_work() as session:
        channel = service.remove_channel(
            session, channel_id, actor=current_actor(), now=clock.now()
        )
    flash(_("integrations.removed", channel=name_of(channel)))
    return redirect(url_for(".alerts"), code=303)


def _tried(channel_id: int) -> ResponseReturnValue:
    """Send a test and say what its outcome means."""
    outcome = send_test(channel_id)
    with unit_of_work() as session:
        channel = queries.channel_for_update(session, channel_id)
    flash(_told(channel, outcome))
    return redirect(url_for(".alerts"), code=303)


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
