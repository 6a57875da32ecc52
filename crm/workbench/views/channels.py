"""The settings page of the alert route. Addresses go in and are never shown again."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from crm import clock
from crm.accounts.access import current_actor, require
from crm.accounts.rules import Permission
from crm.complaints.queries import current_policy
from crm.complaints.views.deadlines import route_words
from crm.i18n import _
from crm.integrations import queries, service
from crm.integrations.forms import ChannelForm, PingForm, ReachForm, RobotForm
from crm.integrations.models import Channel
from crm.integrations.rules import KEPT_AFTER_REMOVAL as KEPT
from crm.integrations.views import name_of, tried
from crm.stores.queries import store_names
from crm.web.session import db_session, extension, unit_of_work

bp = Blueprint("channels", __name__)


def _allowed() -> tuple[str, ...]:
    return extension("gateways").allowed_hosts  # type: ignore[no-any-return]


def _page(failed: RobotForm | ChannelForm | ReachForm | PingForm | None = None) -> str:
    session, now = db_session(), clock.now()
    stores, channels = store_names(session), queries.channels(session)
    robot = next((c for c in channels if c.is_shop_robot), None)
    return render_template(
        "workbench/channels.html",
        robot=robot,
        robot_form=failed
        if isinstance(failed, RobotForm)
        else RobotForm(allowed=_allowed(), saved=robot is not None),
        channel_form=failed
        if isinstance(failed, ChannelForm)
        else ChannelForm(allowed=_allowed(), stores=stores),
        ping_form=failed if isinstance(failed, PingForm) else PingForm(allowed=_allowed()),
        ping=queries.outside_ping(session),
        failed=failed,
        channels=[(c, name_of(c), _reach(c, stores)) for c in channels],
        removed=[(c, name_of(c)) for c in queries.removed_channels(session, now - KEPT)],
        stores=stores,
        route=route_words(current_policy(session)[1]),
        now=now,
    )


def _reach(channel: Channel, stores: dict[int, str]) -> ReachForm:
    """Return the form of what a channel hears of, as it stands."""
    now = {"store": str(channel.store_id or ""), "levels": [x.value for x in channel.levels]}
    return ReachForm(data=now, prefix=f"c{channel.id}-", stores=stores)


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
    form = RobotForm(request.form, allowed=_allowed(), saved=saved is not None)
    if not form.validate():
        return _page(form), 422
    robot_id = saved.id if saved else 0
    if form.wecom_url.data:
        with unit_of_work() as session:
            robot = service.set_shop_robot(
                session, form.wecom_url.data, actor=current_actor(), now=clock.now()
            )
            robot_id = robot.id
    if request.form.get("action") == "test":
        return tried(robot_id)
    return _saved()


@bp.post("/settings/alerts/channels")
@require(Permission.SETTINGS)
def add_channel() -> ResponseReturnValue:
    """Add a channel of any kind."""
    form = ChannelForm(request.form, allowed=_allowed(), stores=store_names(db_session()))
    if not form.validate():
        return _page(form), 422
    with unit_of_work() as session:
        channel = service.add_channel(
            session, form.to_command(), actor=current_actor(), now=clock.now()
        )
    flash(_("integrations.added", channel=name_of(channel)))
    return redirect(url_for(".alerts"), code=303)


@bp.post("/settings/alerts/channels/<int:channel_id>")
@require(Permission.SETTINGS)
def change_channel(channel_id: int) -> ResponseReturnValue:
    """Change which stores and levels a channel hears of."""
    stores = store_names(db_session())
    form = ReachForm(request.form, prefix=f"c{channel_id}-", stores=stores)
    if not form.validate():
        return _page(form), 422
    with unit_of_work() as session:
        service.change_reach(
            session, channel_id, form.to_reach(), actor=current_actor(), now=clock.now()
        )
    return _saved()


@bp.post("/settings/alerts/ping")
@require(Permission.SETTINGS)
def save_ping() -> ResponseReturnValue:
    """Set the address outside that hears that the worker ticks, or take it away."""
    form = PingForm(request.form, allowed=_allowed())
    if not form.validate():
        return _page(form), 422
    ends = request.form.get("action") == "remove"
    if ends or form.ping_url.data:
        url = "" if ends else form.ping_url.data or ""
        with unit_of_work() as session:
            service.set_outside_ping(session, url, actor=current_actor(), now=clock.now())
    return _saved()


def _saved() -> ResponseReturnValue:
    flash(_("accounts.saved"))
    return redirect(url_for(".alerts"), code=303)
