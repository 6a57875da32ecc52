"""The steps of the ladder, repeats, holds, quiet hours, and from when on doubt spreads."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from crm import clock
from crm.accounts.access import current_actor, require
from crm.accounts.rules import Permission
from crm.complaints import queries, service
from crm.complaints.forms.policy import LadderForm, RungForm, rung_forms
from crm.complaints.rules.limits import BadPolicy
from crm.complaints.views import bp
from crm.i18n import _
from crm.web.session import db_session, unit_of_work


def _page(form: LadderForm, rungs: list[RungForm]) -> str:
    failed = next((one for one in (*rungs, form) if one.errors), None)
    return render_template("complaints/ladder.html", ladder=form, rungs=rungs, failed=failed)


@bp.get("/settings/deadlines/ladder")
@require(Permission.SETTINGS)
def ladder() -> ResponseReturnValue:
    """Show when who is told."""
    _version, policy = queries.current_policy(db_session())
    return _page(LadderForm(data=LadderForm.data_of(policy)), rung_forms(policy=policy))


@bp.post("/settings/deadlines/ladder")
@require(Permission.SETTINGS)
def save_ladder() -> ResponseReturnValue:
    """Make a new version with another ladder."""
    form, rungs = LadderForm(request.form), rung_forms(request.form)
    if [one for one in (form, *rungs) if not one.validate()]:  # every one says what is wrong
        return _page(form, rungs), 422
    try:
        with unit_of_work() as session:
            service.change_policy(
                session,
                lambda before: form.to_policy(before, rungs),
                actor=current_actor(),
                now=clock.now(),
            )
    except BadPolicy as error:
        _explain(form, rungs, error)
        return _page(form, rungs), 422
    flash(_("complaints.saved_for_new"))
    return redirect(url_for(".deadlines"), code=303)


def _explain(form: LadderForm, rungs: list[RungForm], error: BadPolicy) -> None:
    """Show what the rules refused beside its field."""
    by_level = {one.level.value.lower(): one.to for one in rungs}
    field = by_level.get(error.field) or form[error.field if error.field in form else "spread"]
    field.errors = [*field.errors, _(error.key, **error.values)]
