"""Periods of platforms and authorities: seen, changed, added."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from crm import clock
from crm.accounts.access import current_actor, require
from crm.accounts.rules import Permission
from crm.complaints.forms.periods import PeriodForm
from crm.complaints.queries.presets import DuePreset, all_presets, preset
from crm.complaints.rules.presets import Confidence, PresetBasis
from crm.complaints.rules.words import Channel
from crm.complaints.service.presets import Period, save_preset
from crm.complaints.views import bp
from crm.i18n import _
from crm.web.session import db_session, unit_of_work


@bp.get("/settings/deadlines/periods")
@require(Permission.SETTINGS)
def periods() -> ResponseReturnValue:
    """Show all, and the form for another one."""
    form = PeriodForm(data={"is_on": True, "confidence": Confidence.DEFAULT.value})
    return _list(form)


def _list(form: PeriodForm) -> str:
    return render_template("complaints/periods.html", form=form, presets=all_presets(db_session()))


@bp.get("/settings/deadlines/periods/<int:preset_id>")
@require(Permission.SETTINGS)
def period(preset_id: int) -> ResponseReturnValue:
    """Show one for editing."""
    found = preset(db_session(), preset_id)
    data = {
        "name": found.name,
        "channel": found.channel.value,
        "amount": found.amount,
        "basis": found.basis.value,
        "source": found.source,
        "confidence": found.confidence.value,
        "checked_on": found.checked_on,
        "is_on": found.is_on,
    }
    return _one(PeriodForm(data=data), found)


def _one(form: PeriodForm, found: DuePreset) -> str:
    return render_template("complaints/period.html", form=form, preset=found)


@bp.post("/settings/deadlines/periods")
@require(Permission.SETTINGS)
def add_period() -> ResponseReturnValue:
    """Add a period of the shop's own."""
    form = PeriodForm(request.form)
    if not form.check(needs_name=True):
        return _list(form), 422
    return _save(form, None)


@bp.post("/settings/deadlines/periods/<int:preset_id>")
@require(Permission.SETTINGS)
def save_period(preset_id: int) -> ResponseReturnValue:
    """Change a period; a shipped one whose words were not touched keeps both languages."""
    found, form = preset(db_session(), preset_id), PeriodForm(request.form)
    if not form.check(needs_name=not found.is_shipped):
        return _one(form, found), 422
    return _save(form, found)


def _save(form: PeriodForm, found: DuePreset | None) -> ResponseReturnValue:
    name, source = str(form.name.data or ""), str(form.source.data or "")
    if found is not None:  # words that were only shown, in one language, are not the shop's own
        name = found.own_name if name == found.name else name
        source = found.own_source if source == found.source else source
    period_ = Period(
        channel=Channel(form.channel.data),
        basis=PresetBasis(form.basis.data),
        amount=form.amount.data,
        confidence=Confidence(form.confidence.data),
        name=name,
        source=source,
        checked_on=form.checked_on.data,
        is_on=bool(form.is_on.data),
    )
    with unit_of_work() as session:
        by, now = current_actor(), clock.now()
        save_preset(session, found.id if found else None, period_, actor=by, now=now)
    flash(_("accounts.saved"))
    return redirect(url_for(".periods"), code=303)
