"""The promise: which preset, and the shop's own times in it."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from crm import clock
from crm.accounts.access import current_actor, require
from crm.accounts.rules import Permission
from crm.complaints import queries, service
from crm.complaints.forms import DeadlinesForm
from crm.complaints.rules.policy import HOUR, MINUTE, Policy, Target, times_of
from crm.complaints.rules.words import Basis, ClockKind
from crm.complaints.views import bp
from crm.i18n import _, fmt
from crm.web.session import db_session, unit_of_work

KINDS = (
    ClockKind.PUBLIC_ACK,
    ClockKind.FIRST_RESPONSE,
    ClockKind.NEXT_RESPONSE,
    ClockKind.RESOLUTION,
    ClockKind.PUBLIC_CLOSURE,
)


def _span(seconds: int) -> str:
    """Whole hours, else minutes: targets have no other size."""
    if seconds % HOUR == 0:
        return _("complaints.hours", n=seconds // HOUR)
    return fmt.minutes(seconds // MINUTE)


def _words(target: Target | None) -> str:
    """A target as the table shows it."""
    if target is None:
        return _("complaints.no_target")
    if target.basis is Basis.WORKDAYS:
        return _("complaints.target_workdays", n=target.workdays)
    words = _(f"complaints.target_{target.basis.value}", time=_span(target.seconds))
    if target.cap_seconds:
        words += _("complaints.target_cap", time=_span(target.cap_seconds))
    if target.live_seconds:
        words += _("complaints.target_live", time=_span(target.live_seconds))
    return words


def _page(form: DeadlinesForm, policy: Policy) -> str:
    kinds = [(kind, _(f"complaints.clock_{kind.value}")) for kind in KINDS]
    return render_template(
        "complaints/settings.html",
        form=form,
        policy=policy,
        kinds=kinds,
        kinds_heads=[(words, False) for _kind, words in kinds],
        target_words=_words,
    )


@bp.get("/settings/deadlines")
@require(Permission.SETTINGS)
def deadlines() -> ResponseReturnValue:
    """Show the preset in force and its times."""
    _version, policy = queries.current_policy(db_session())
    data = DeadlinesForm.data_of(policy.preset, times_of(policy, 1), times_of(policy, 2))
    return _page(DeadlinesForm(data=data), policy)


@bp.post("/settings/deadlines")
@require(Permission.SETTINGS)
def save_deadlines() -> ResponseReturnValue:
    """Make a new version; complaints that run keep theirs."""
    form = DeadlinesForm(request.form)
    _version, policy = queries.current_policy(db_session())
    if not form.validate():
        return _page(form, policy), 422
    before = DeadlinesForm.data_of(policy.preset, times_of(policy, 1), times_of(policy, 2))
    preset, times = form.chosen(before)
    with unit_of_work() as session:
        service.choose_policy(session, preset, times, actor=current_actor(), now=clock.now())
    flash(_("accounts.saved"))
    return redirect(url_for(".deadlines"), code=303)
