"""How long complaints are kept after their end."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from crm import clock
from crm.accounts.access import current_actor, require
from crm.accounts.rules import Permission
from crm.complaints import service
from crm.complaints.forms import KeepingForm
from crm.complaints.queries import keeping as queries
from crm.complaints.rules.keeping import DAYS_DEFAULT
from crm.complaints.views import bp
from crm.i18n import _
from crm.web.session import db_session, unit_of_work


def _page(form: KeepingForm | None = None) -> str:
    session, now = db_session(), clock.now()
    chosen = queries.keeping(session)
    days = chosen.days if chosen else DAYS_DEFAULT
    return render_template(
        "complaints/keeping.html",
        form=form or KeepingForm(data={"days": days}),
        past=queries.count_past(session, days, now),
        counts_now=queries.days_kept(session, now),
        days=days,
    )


@bp.get("/settings/keeping")
@require(Permission.ADMINISTER)
def keeping() -> ResponseReturnValue:
    """Show for how long, and how many are past it."""
    return _page()


@bp.post("/settings/keeping")
@require(Permission.ADMINISTER)
def set_keeping() -> ResponseReturnValue:
    """Choose it; what a shorter time removes stays for a day, so that it can be chosen back."""
    form = KeepingForm(request.form)
    if not form.validate():
        return _page(form), 422
    with unit_of_work() as session:
        service.set_days(session, form.days.data or 0, actor=current_actor(), now=clock.now())
    flash(_("web.saved"))
    return redirect(url_for(".keeping"), code=303)
