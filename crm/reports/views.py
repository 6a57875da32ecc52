"""The results page and its file of complaints. It reads; nothing here writes."""

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from crm import clock
from crm.accounts.access import current_actor, require
from crm.accounts.rules import Permission
from crm.complaints.queries.figures import Figure
from crm.contacts.rules import MoveStep
from crm.groups.rules import mask_phones
from crm.i18n import _, fmt
from crm.integrations.formats.safe_csv import csv_bytes
from crm.lifecycle.rules.moves import FunnelBy, FunnelLine
from crm.orders.rules import DAYS_COMPARED
from crm.reports import queries
from crm.reports.forms import MovesForm, ResultsForm
from crm.reports.queries import MovesReport, OrdersReport
from crm.reports.rules import (
    CHART_HEIGHT,
    CHART_WIDTH,
    POSITIONS,
    line_points,
    place_of,
)
from crm.stores.queries import stores_in_scope
from crm.web.pages import CSV, attachment
from crm.web.session import db_session

bp = Blueprint("reports", __name__)
CSV_COLUMNS = (
    *("short_no", "store", "group", "channel", "category", "severity", "state", "occurred_at"),
    *("first_answer_at", "waited_minutes", "resolved_at", "closed_at", "onlookers", "me_too"),
    "late",
)


def _form() -> ResultsForm:
    stores = [(s.id, s.name) for s in stores_in_scope(db_session(), current_actor())]
    return ResultsForm(request.args, stores=stores)


@bp.get("/results")
@require(Permission.SEE_RESULTS)
def index() -> ResponseReturnValue:
    """Show what was reached, in four figures."""
    form, session, actor, now = _form(), db_session(), current_actor(), clock.now()
    store_id, today = form.store_id, fmt.local(now).date()
    orders = queries.weekly_orders(session, actor, store_id, now=now)
    event_at = orders.main.happened_at if orders.main else None
    attention = queries.attention(session, actor, store_id, form.chosen_period, now=now)
    return render_template(
        "reports/results.html",
        form=form,
        orders=orders,
        chart=_chart(orders),
        days=DAYS_COMPARED,
        answers=queries.first_answers(session, actor, store_id, event_at=event_at, now=now),
        attention=attention,
        shares=[(tenth.time_share, tenth.margin_share) for tenth in attention.tenths],
        lists=queries.list_results(session, actor, today=today),
        today=today,
    )


def _chart(orders: OrdersReport) -> dict[str, object]:
    """Shapes of the weekly chart; words come from the template."""
    weeks = orders.weeks
    most = max(max(week.count, week.year_before) for week in weeks)
    first, last = weeks[0].starts_on, weeks[-1].starts_on
    marks = [(event, place_of(event.day, first, last)) for event in orders.events]
    return {
        "width": CHART_WIDTH,
        "height": CHART_HEIGHT,
        "most": most,
        "line": line_points([week.count for week in weeks], most),
        "before": line_points([week.year_before for week in weeks], most),
        "has_before": any(week.year_before for week in weeks),
        "marks": [
            (event, round(place * CHART_WIDTH, 1), round(place * POSITIONS))
            for event, place in marks
            if place is not None
        ],
    }


@bp.get("/results/complaints")
@require(Permission.SEE_RESULTS)
def complaints() -> ResponseReturnValue:
    """Show how deadlines were kept, and what spread."""
    form, session, actor, now = _form(), db_session(), current_actor(), clock.now()
    return render_template(
        "reports/complaints.html",
        form=form,
        report=queries.deadlines(session, actor, form.store_id, form.chosen_period, now=now),
        today=fmt.local(now).date(),
    )


@bp.get("/results/complaints.csv")
@require(Permission.SEE_RESULTS)
def complaints_csv() -> ResponseReturnValue:
    """Give one row a complaint, in figures and without what was said."""
    form = _form()
    lines = queries.complaint_lines(db_session(), current_actor(), form.store_id, now=clock.now())
    header = [_(f"reports.csv.{name}") for name in CSV_COLUMNS]
    body = csv_bytes(header, (_csv_row(line) for line in lines))
    headers = {"Content-Disposition": 'attachment; filename="complaints.csv"'}
    return Response(body, content_type="text/csv; charset=utf-8", headers=headers)


def _csv_row(line: Figure) -> list[object]:
    waited = line.waited_seconds
    times = (line.first_response_at, line.resolved_at, line.closed_at)
    answered, resolved, closed = (f"{fmt.local(at):%Y-%m-%d %H:%M}" if at else "" for at in times)
    return [
        *(line.short_no, line.store_name, line.group_name),
        _(f"reports.channel.{line.channel.value}"),
        _(f"reports.category.{line.category.value}"),
        line.severity,
        _(f"reports.state.{line.state.value}"),
        f"{fmt.local(line.occurred_at):%Y-%m-%d %H:%M}",
        *(answered, "" if waited is None else round(waited / 60, 1), resolved, closed),
        *(line.onlooker_count, line.me_too_count, _("reports.yes") if line.is_late else ""),
    ]


def _moves_form() -> MovesForm:
    stores = [(s.id, s.name) for s in stores_in_scope(db_session(), current_actor())]
    return MovesForm(request.args, stores=stores)


def _moves(form: MovesForm) -> MovesReport:
    return queries.moves(
        db_session(),
        current_actor(),
        form.store_id,
        form.chosen_by,
        days=form.days,
        now=clock.now(),
    )


@bp.get("/results/moves")
@require(Permission.SEE_RESULTS)
def moves() -> ResponseReturnValue:
    """Show what became of those who were moved, step by step."""
    form = _moves_form()
    report = _moves(form)
    return render_template(
        "reports/moves.html",
        form=form,
        report=report,
        steps=list(zip(MoveStep, report.total.taken, report.total.shares, strict=True)),
        lines=[(_line_name(line, form.chosen_by), line) for line in report.lines],
        step_names=[_(f"lifecycle.step_{step.value}") for step in MoveStep],
    )


@bp.get("/results/moves.csv")
@require(Permission.SEE_RESULTS)
def moves_csv() -> ResponseReturnValue:
    """Give the funnel line by line, in people."""
    form = _moves_form()
    steps = (_(f"lifecycle.step_{step.value}") for step in MoveStep)
    header = [_(f"reports.by_{form.chosen_by.value}"), _("reports.moved"), *steps]
    lines = _moves(form).lines
    body = csv_bytes(
        header, ([_line_name(one, form.chosen_by), one.moved, *one.taken] for one in lines)
    )
    return attachment(body, CSV, "moves.csv")


def _line_name(line: FunnelLine, by: FunnelBy) -> str:
    if line.is_rest:
        return _("reports.rest")
    if line.name is None and line.kind is None:
        return _("reports.nobody_known")
    name = mask_phones(line.name or "")
    if line.kind is None or (by is FunnelBy.STORE and name):
        return name
    kind = _(f"contacts.moved_{line.kind.value}")
    return _("reports.kind_and_name", kind=kind, name=name) if name else kind
