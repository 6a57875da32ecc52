"""Why each deadline of a complaint is when it is, span by span."""

from flask import render_template
from flask.typing import ResponseReturnValue

from crm import clock
from crm.accounts.access import current_actor, require
from crm.accounts.rules import Permission
from crm.complaints import queries
from crm.complaints.queries.sources import sources
from crm.complaints.rules.explain import explain
from crm.complaints.views import bp
from crm.web.session import db_session


@bp.get("/complaints/<int:complaint_id>/deadlines")
@require(Permission.SEE)
def explain_deadlines(complaint_id: int) -> ResponseReturnValue:
    """Show span by span why each deadline is when it is."""
    session, now = db_session(), clock.now()
    complaint = queries.visible_complaint(session, complaint_id, current_actor())
    case = queries.case_of(session, complaint)
    return render_template(
        "complaints/deadlines.html",
        complaint=complaint,
        explained=[(explain(one), one.breached_at(now)) for one in case.clocks],
        policy=case.policy,
        sources=sources(session, complaint, case),
    )
