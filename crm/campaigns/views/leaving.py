"""Issue a list to the store managers, and export it: each after a page that asks."""

from flask import Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from crm import clock
from crm.accounts.access import current_actor, require
from crm.accounts.queries import staff_names
from crm.accounts.rules import Permission
from crm.campaigns import queries, rules, service
from crm.campaigns.forms import CopyForm
from crm.campaigns.models import Campaign
from crm.campaigns.rules import CopyChanged, CopyRefused, Door, State
from crm.campaigns.views import bp
from crm.campaigns.views.steps import page
from crm.claims.rules import Finding
from crm.i18n import _, fmt
from crm.web.session import db_session, unit_of_work


@bp.get("/campaigns/<int:campaign_id>/issue")
@require(Permission.APPROVE_LIST)
def confirm_issue(campaign_id: int) -> ResponseReturnValue:
    """Ask before the list is frozen and its tasks go out."""
    return _confirm(campaign_id, "campaigns/confirm_issue.html")


@bp.post("/campaigns/<int:campaign_id>/issue")
@require(Permission.APPROVE_LIST)
def issue(campaign_id: int) -> ResponseReturnValue:
    """Freeze the list and give out its tasks."""
    try:
        with unit_of_work() as session:
            service.issue(session, campaign_id, actor=current_actor(), now=clock.now())
    except CopyRefused as refused:
        return _refused(campaign_id, refused.findings), 422
    flash(_("campaigns.issued"))
    return redirect(url_for(".show", campaign_id=campaign_id, step="tasks"), code=303)


@bp.get("/campaigns/<int:campaign_id>/export")
@require(Permission.APPROVE_LIST)
def confirm_export(campaign_id: int) -> ResponseReturnValue:
    """Ask before the list leaves."""
    return _confirm(campaign_id, "campaigns/confirm_export.html")


@bp.post("/campaigns/<int:campaign_id>/export")
@require(Permission.APPROVE_LIST)
def export(campaign_id: int) -> ResponseReturnValue:
    """Give the list as a file; a draft is frozen first."""
    actor, now = current_actor(), clock.now()
    try:
        with unit_of_work() as session:
            service.freeze(session, campaign_id, actor=actor, now=now)
            rows = service.export(session, campaign_id, actor=actor, now=now, door=Door.PAGE)
    except CopyRefused as refused:
        return _refused(campaign_id, refused.findings), 422
    except CopyChanged:
        return _refused(campaign_id, (), _("campaigns.error.copy_changed")), 409
    filename = f"campaign-{campaign_id}-{fmt.local(now):%Y%m%d}.csv"
    return csv_response(rules.csv_text(rows), filename)


def csv_response(text: str, filename: str) -> Response:
    headers = {
        "Content-Disposition": f'attachment; filename="{filename}"',
        "Cache-Control": "no-store",
    }
    return Response(text, headers=headers, content_type="text/csv; charset=utf-8")


def _confirm(campaign_id: int, template: str) -> ResponseReturnValue:
    session = db_session()
    campaign = queries.visible_campaign(session, campaign_id, current_actor())
    if campaign.state is State.DRAFT:
        wrong = rules.in_the_way(service.copy_findings(session, campaign))
        if wrong or not campaign.copy.strip():
            return _refused(campaign_id, wrong), 422
    audience = queries.audience(session, campaign, now=clock.now())
    return render_template(
        template,
        campaign=campaign,
        audience=audience,
        is_draft=campaign.state is State.DRAFT,
        writers=staff_names(session, set(audience.by_assignee)),
    )


def _refused(campaign_id: int, findings: tuple[Finding, ...], message: str = "") -> str:
    """The second step with what is wrong beside the message."""
    campaign: Campaign = queries.visible_campaign(db_session(), campaign_id, current_actor())
    form = CopyForm(text=campaign.copy, industry=campaign.industry.value, version=campaign.version)
    form.text.errors = [message] if message else _errors(findings)
    return page(campaign, "copy", form)


def _errors(findings: tuple[Finding, ...]) -> list[str]:
    """One sentence a finding: what cannot be used, why, what to write instead."""
    if not findings:
        return [_("campaigns.error.copy_missing")]
    return [
        _("campaigns.error.copy_needs", advice=finding.advice)
        if finding.missing
        else _(
            f"campaigns.error.copy_{finding.level.value if finding.level else 'hint'}",
            word=finding.text,
            advice=finding.advice,
        )
        for finding in findings
    ]
