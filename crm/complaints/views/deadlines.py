"""The promise: which preset, and the shop's own times in it; more stands on pages of its own."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from crm import clock
from crm.accounts.access import current_actor, require
from crm.accounts.rules import Permission
from crm.complaints import queries, service
from crm.complaints.forms import DeadlinesForm
from crm.complaints.queries.sources import version_in_force
from crm.complaints.rules.limits import BadPolicy
from crm.complaints.rules.policy import HOUR, MINUTE, Policy, Rung, Target, times_of
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


def target_words(target: Target | None) -> str:
    """Return a target as the table shows it."""
    if target is None:
        return _("complaints.no_target")
    if target.basis is Basis.WORKDAYS:
        return _("complaints.target_workdays", n=target.workdays)
    counted = "desk" if target.by_desk else target.basis.value
    words = _(f"complaints.target_{counted}", time=_span(target.seconds))
    if target.cap_seconds:
        words += _("complaints.target_cap", time=_span(target.cap_seconds))
    if target.live_seconds:
        words += _("complaints.target_live", time=_span(target.live_seconds))
    return words


def route_words(policy: Policy) -> list[str]:
    """Return the ladder as one line: when, and to whom."""
    steps = [f"{_when(rung)} → {_people(rung)}" for rung in policy.ladder.rungs]
    if not policy.ladder.repeats:
        return steps
    every, times = policy.ladder.repeat_every // MINUTE, policy.ladder.repeats
    return [*steps, _("complaints.route_repeats", n=every, times=times)]


def _when(rung: Rung) -> str:
    if rung.percent is not None:
        return f"{rung.percent}%"
    return _("complaints.route_after", n=rung.after // MINUTE) if rung.after else "100%"


def _people(rung: Rung) -> str:
    return _("complaints.and").join(_(f"complaints.party_{party.value}") for party in rung.to)


def _page(form: DeadlinesForm, policy: Policy) -> str:
    kinds = [(kind, _(f"complaints.clock_{kind.value}")) for kind in KINDS]
    return render_template(
        "complaints/settings.html",
        form=form,
        policy=policy,
        version=version_in_force(db_session()),
        kinds=kinds,
        kinds_heads=[(words, False) for _kind, words in kinds],
        target_words=target_words,
        route=route_words(policy),
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
    try:
        with unit_of_work() as session:
            service.choose_policy(session, preset, times, actor=current_actor(), now=clock.now())
    except BadPolicy as error:
        form.preset.errors = [_(error.key, **error.values)]
        return _page(form, policy), 422
    flash(_("accounts.saved"))
    return redirect(url_for(".deadlines"), code=303)
