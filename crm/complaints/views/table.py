"""The targets of one level, clock by clock."""

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from crm import clock
from crm.accounts.access import current_actor, require
from crm.accounts.rules import Permission
from crm.complaints import queries, service
from crm.complaints.forms.policy import TargetForm, with_targets
from crm.complaints.rules.limits import ALWAYS, IN_HOURS, BadPolicy
from crm.complaints.rules.words import ClockKind
from crm.complaints.views import bp
from crm.complaints.views.deadlines import KINDS
from crm.i18n import _
from crm.web.session import db_session, unit_of_work

Forms = dict[ClockKind, TargetForm]
_PUBLIC = frozenset({ClockKind.PUBLIC_ACK, ClockKind.PUBLIC_CLOSURE})


def _kinds(severity: int) -> list[ClockKind]:
    """Return the clocks that a level may have: private ones have no public ones."""
    if severity not in ALWAYS:
        abort(404)
    return [kind for kind in KINDS if severity in IN_HOURS or kind not in _PUBLIC]


def _page(severity: int, forms: Forms) -> str:
    return render_template(
        "complaints/table.html",
        severity=severity,
        forms=forms,
        failed=next((form for form in forms.values() if form.errors), None),
        always=ALWAYS[severity],
        has_workdays=severity not in IN_HOURS,
    )


@bp.get("/settings/deadlines/table/<int:severity>")
@require(Permission.SETTINGS)
def targets(severity: int) -> ResponseReturnValue:
    """Show what is owed at one level."""
    _version, policy = queries.current_policy(db_session())
    row = {kind: policy.target(severity, kind) for kind in _kinds(severity)}
    return _page(
        severity,
        {
            kind: TargetForm(prefix=f"{kind.value}-", data=TargetForm.data_of(target))
            for kind, target in row.items()
        },
    )


@bp.post("/settings/deadlines/table/<int:severity>")
@require(Permission.SETTINGS)
def save_targets(severity: int) -> ResponseReturnValue:
    """Make a new version with other targets for one level."""
    forms = {kind: TargetForm(request.form, prefix=f"{kind.value}-") for kind in _kinds(severity)}
    if [one for one in forms.values() if not one.validate()]:  # every one says what is wrong
        return _page(severity, forms), 422
    wanted = {kind: form.to_target() for kind, form in forms.items()}
    try:
        with unit_of_work() as session:
            service.change_policy(
                session,
                lambda before: with_targets(before, severity, wanted),
                actor=current_actor(),
                now=clock.now(),
            )
    except BadPolicy as error:
        _explain(forms, severity, error)
        return _page(severity, forms), 422
    flash(_("complaints.saved_for_new"))
    return redirect(url_for(".deadlines"), code=303)


def _explain(forms: Forms, severity: int, error: BadPolicy) -> None:
    """Show what the rules refused beside its clock; of another level at the head of the page."""
    words = _(error.key, **error.values)
    if error.severity == severity:
        forms[ClockKind(error.field)].amount.errors = [words]
        return
    if error.severity is not None:
        level = _(f"complaints.severity_{error.severity}")
        clock_ = _(f"complaints.clock_{error.field}")
        words = _("complaints.error.other_level", level=level, clock=clock_, words=words)
    next(iter(forms.values())).form_errors = [words]
