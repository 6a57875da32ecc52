"""Repurchase lists: draw up, who is on it, approve, take out, results."""

from typing import Any

from flask import Response

from crm import clock
from crm.accounts.access import current_actor
from crm.accounts.rules import Permission
from crm.api.schemas.fields import ListQuery
from crm.api.schemas.lists import AudienceOut, CampaignIn, CampaignOut, CopyProblem, ResultsOut
from crm.api.schemas.trade import FindingOut
from crm.api.views.base import located, page_of, reads, resource, writes
from crm.api.views.document import PROBLEM
from crm.campaigns import queries, service
from crm.campaigns.rules import (
    CopyChanged,
    CopyRefused,
    Door,
    ListFrozen,
    NewCampaign,
    NotApproved,
    StoresRefused,
    csv_text,
)
from crm.i18n import _, fmt
from crm.web.errors import problem
from crm.web.pages import decode_cursor, encode_cursor
from crm.web.session import db_session, unit_of_work

bp = resource("campaigns", "Repurchase lists")


@bp.post("/campaigns")
@writes(Permission.BUILD_LIST)
@bp.arguments(CampaignIn)
@bp.response(201, CampaignOut)
def create(command: NewCampaign) -> Any:
    """Draw up a list."""
    try:
        with unit_of_work() as session:
            made = service.create(session, command, actor=current_actor(), now=clock.now())
    except StoresRefused:
        return problem(422, errors=[{"field": "filter", "message": _("api.not_found")}])
    return made, 201, located(f"/campaigns/{made.id}")


@bp.get("/campaigns/<int:campaign_id>")
@reads(Permission.BUILD_LIST)
@bp.response(200, CampaignOut)
def show(campaign_id: int) -> Any:
    """Return one list."""
    return queries.visible_campaign(db_session(), campaign_id, current_actor())


@bp.get("/campaigns/<int:campaign_id>/audience")
@reads(Permission.BUILD_LIST)
@bp.arguments(ListQuery, location="query")
@bp.response(200, AudienceOut)
def audience(query: dict[str, Any], campaign_id: int) -> Any:
    """Return who matches and what becomes of each; the parts sum to the whole."""
    session = db_session()
    campaign = queries.visible_campaign(session, campaign_id, current_actor())
    found = queries.audience(session, campaign, now=clock.now())
    after = decode_cursor(query["cursor"], int)[0] if query["cursor"] else 0
    people = sorted(found.people, key=lambda p: p.contact_id)
    rows = [p for p in people if p.contact_id > after][: query["limit"] + 1]
    page = page_of(rows, query["limit"], lambda p: encode_cursor(p.contact_id))
    reasons = [{"reason": r, "count": n} for r, n in found.reasons.items()]
    counts = {name: getattr(found, name) for name in ("matched", "reachable", "held_out")}
    return {**counts, **page, "suppressed": reasons, "items": [*map(_person, page["items"])]}


def _person(person: queries.Person) -> dict[str, Any]:
    reasons = [person.skip.reason] if person.skip else []
    return {"contact_id": person.contact_id, "status": person.status, "reasons": reasons}


@bp.post("/campaigns/<int:campaign_id>/approve")
@writes(Permission.APPROVE_LIST)
@bp.response(200, CampaignOut)
@bp.alt_response(409, schema=CopyProblem, content_type=PROBLEM)
def approve(campaign_id: int) -> Any:
    """Freeze who is on the list; 409 with the findings while the copy may not go out."""
    try:
        with unit_of_work() as session:
            return service.approve(session, campaign_id, actor=current_actor(), now=clock.now())
    except CopyRefused as error:
        return _copy_problem(error)
    except ListFrozen:
        return problem(409, _("api.list_frozen"))


def _copy_problem(error: CopyRefused) -> Any:
    findings = FindingOut(many=True).dump(error.findings)
    return problem(409, _("api.copy_refused"), findings=findings)


@bp.get("/campaigns/<int:campaign_id>/export.csv")
@reads(Permission.APPROVE_LIST)
@bp.response(200, {"type": "string"}, content_type="text/csv")
@bp.alt_response(409, schema=CopyProblem, content_type=PROBLEM)
def export(campaign_id: int) -> Any:
    """Take the list out as csv; the same audit row is written as on the page."""
    try:
        with unit_of_work() as session:
            rows = service.export(
                session, campaign_id, actor=current_actor(), now=clock.now(), door=Door.API
            )
    except NotApproved:
        return problem(409, _("api.not_approved"))
    except CopyChanged:
        return problem(409, _("api.copy_changed"))
    except CopyRefused as error:
        return _copy_problem(error)
    response = Response(csv_text(rows), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="list-{campaign_id}.csv"'
    return response


@bp.get("/campaigns/<int:campaign_id>/results")
@reads(Permission.BUILD_LIST)
@bp.response(200, ResultsOut)
def results(campaign_id: int) -> Any:
    """Return both arms; the difference only when the last member's window has ended."""
    session = db_session()
    campaign = queries.visible_campaign(session, campaign_id, current_actor())
    found = queries.results(session, campaign.id, today=fmt.local(clock.now()).date())
    difference = found.difference
    points = {
        name: round(getattr(difference, name) * 100, 2) if difference else None
        for name in ("uplift", "low", "high")
    }
    return {
        "treated": found.treated,
        "holdout": found.holdout,
        "uplift_points": points["uplift"],
        "low": points["low"],
        "high": points["high"],
        "verdict": found.verdict,
    }
