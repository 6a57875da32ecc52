"""Complaints: log, list, record what happened, explain; and scores of texts."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from crm import clock
from crm.accounts.access import current_actor
from crm.api.schemas.cases import (
    ComplaintDetail,
    ComplaintIn,
    ComplaintList,
    ComplaintOut,
    ComplaintQuery,
    EventIn,
    ExplainOut,
    ScoresIn,
    ScoresOut,
    StateProblem,
)
from crm.api.views.base import located, page_of, reads, resource, writes
from crm.api.views.document import PROBLEM
from crm.complaints import service
from crm.complaints.models import Complaint
from crm.complaints.queries import case as cases
from crm.complaints.queries import listing
from crm.complaints.queries.sources import sources
from crm.complaints.rules import machine
from crm.complaints.rules.clocks import Clock
from crm.complaints.rules.commands import LogComplaint, NewEvent, StaleForm, TooLate
from crm.complaints.rules.explain import Explanation
from crm.complaints.rules.explain import explain as why
from crm.complaints.rules.marking import joined
from crm.complaints.rules.projection import Projection
from crm.complaints.rules.words import BadEvent, EventType, IllegalTransition
from crm.complaints.service.scoring import shop_scorer
from crm.i18n import _
from crm.web.errors import problem
from crm.web.pages import decode_cursor, encode_cursor
from crm.web.session import db_session, unit_of_work

bp = resource("complaints", "Complaints")
COPIED = [
    "id",
    "short_no",
    "channel",
    "category",
    "text",
    "occurred_at",
    "logged_at",
    "store_id",
    "group_id",
    "contact_id",
    "reporter_alias",
    "order_ref",
    "product_ref",
    "audience_size",
    "state",
    "severity",
    "visibility",
    "assignee_id",
    "incident_id",
    "cycle",
    "chase_count",
    "cause",
    "previous_id",
    "merged_into_id",
    "first_response_at",
    "resolved_at",
    "closed_at",
]


def _shown(complaint: Complaint, case: Projection) -> dict[str, Any]:
    now = clock.now()
    clocks = [_clock(clock_, now) for clock_ in case.clocks]
    return {**{name: getattr(complaint, name) for name in COPIED}, "clocks": clocks}


def _clock(one: Clock, now: Any) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "cycle": one.cycle,
        "basis": one.basis,
        "state": one.state,
        "started_at": one.started_at,
        "due_at": one.due_at,
        "task": one.note,
        "met_at": one.met_at,
        "breached_at": one.breached_at(now),
        "provisional": one.provisional,
    }


def _bad(error: BadEvent) -> Any:
    message = _(error.key, **error.values)
    return problem(422, errors=[{"field": error.field, "message": message}])


@bp.get("/complaints")
@reads()
@bp.arguments(ComplaintQuery, location="query")
@bp.response(200, ComplaintList)
def index(query: dict[str, Any]) -> Any:
    """List complaints, newest first."""
    session, limit, cursor = db_session(), query.pop("limit"), query.pop("cursor")
    before = decode_cursor(cursor, int)[0] if cursor else None
    found = listing.Wanted(**query)
    rows = listing.complaint_page(
        session, current_actor(), found, before=before, most=limit + 1, now=clock.now()
    )
    page = page_of(rows, limit, lambda c: encode_cursor(c.id))
    replayed = listing.cases_of(session, page["items"])
    return {**page, "items": [_shown(c, replayed[c.id]) for c in page["items"]]}


@bp.post("/complaints")
@writes()
@bp.arguments(ComplaintIn)
@bp.response(201, ComplaintOut)
@bp.alt_response(404, "NOT_FOUND")
def create(command: LogComplaint) -> Any:
    """Log a complaint; its clocks start when the customer said it."""
    try:
        with unit_of_work() as session:
            complaint = service.log_complaint(
                session, command, actor=current_actor(), now=clock.now()
            )
            case = cases.case_of(session, complaint)
    except BadEvent as error:
        return _bad(error)
    return _shown(complaint, case), 201, located(f"/complaints/{complaint.id}")


@bp.get("/complaints/<int:complaint_id>")
@reads()
@bp.response(200, ComplaintDetail)
def show(complaint_id: int) -> Any:
    """Return one complaint with its log."""
    return _detail(complaint_id)


def _detail(complaint_id: int) -> dict[str, Any]:
    session = db_session()
    complaint = cases.visible_complaint(session, complaint_id, current_actor())
    shown = _shown(complaint, cases.case_of(session, complaint))
    return {**shown, "events": cases.events_of(session, complaint.id)}


@bp.post("/complaints/<int:complaint_id>/events")
@writes()
@bp.arguments(EventIn)
@bp.response(200, ComplaintDetail)
@bp.alt_response(409, schema=StateProblem, content_type=PROBLEM)
def record(command: NewEvent, complaint_id: int) -> Any:
    """Record what happened; 409 with `allowed` where the state forbids it."""
    actor = current_actor()
    try:
        with unit_of_work() as session:
            complaint = cases.visible_complaint(session, complaint_id, actor)
            row = service.record_event(session, complaint, command, actor=actor, now=clock.now())
            shown_id = row.complaint_id
    except BadEvent as error:
        return _bad(error)
    except IllegalTransition as error:
        return _forbidden_now(error.allowed)
    except (StaleForm, TooLate):
        return _forbidden_now(_taken_now(complaint_id))
    return _detail(shown_id)


def _taken_now(complaint_id: int) -> tuple[EventType, ...]:
    complaint = cases.visible_complaint(db_session(), complaint_id, current_actor())
    return machine.allowed(complaint.state)


def _forbidden_now(allowed: tuple[EventType, ...]) -> Any:
    return problem(409, _("api.not_now"), allowed=[kind.value for kind in allowed])


@bp.get("/complaints/<int:complaint_id>/explain")
@reads()
@bp.response(200, ExplainOut)
def explain(complaint_id: int) -> Any:
    """Return for each clock which spans were counted and which were skipped."""
    session = db_session()
    complaint = cases.visible_complaint(session, complaint_id, current_actor())
    now, case = clock.now(), cases.case_of(session, complaint)
    clocks = [_explained(why(one), now) for one in case.clocks]
    return {"clocks": clocks, **asdict(sources(session, complaint, case))}


def _explained(found: Explanation, now: datetime) -> dict[str, Any]:
    return {
        **_clock(found.clock, now),
        "target_seconds": found.target_seconds,
        "rule": found.rule,
        "counted_seconds": found.counted_seconds,
        "left_seconds": found.left_seconds,
        "spans": found.stretches,
        "moves": found.moves,
    }


@bp.post("/complaint-scores")
@reads()
@bp.arguments(ScoresIn)
@bp.response(200, ScoresOut)
def scores(body: dict[str, Any]) -> Any:
    """Score texts; nothing is stored."""
    scorer = shop_scorer(db_session())
    found = [scorer.score(text) for text in body["texts"]]
    return {
        "threshold_ask": scorer.ask,
        "threshold_open": scorer.opening,
        "items": [{"score": one.value or 0.0, "reason": joined(one.reasons)} for one in found],
    }
