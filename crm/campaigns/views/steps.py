"""The four steps of a list: people, message, tasks, result."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import Conflict
from wtforms import Field, Form

from crm import clock
from crm.accounts.access import current_actor, may, require
from crm.accounts.queries import staff_names
from crm.accounts.rules import Permission
from crm.attention.queries import policy
from crm.campaigns import queries, rules, service
from crm.campaigns.forms import CopyForm, PeopleForm, TasksForm, condition_words, options_of
from crm.campaigns.models import Campaign
from crm.campaigns.queries import Audience, Person, Status
from crm.campaigns.rules import ListChanged, ListFrozen, Reason, State, StoresRefused
from crm.campaigns.views import bp
from crm.claims.rules import segments
from crm.i18n import _, fmt
from crm.web.pages import row_id
from crm.web.session import db_session, unit_of_work

STEPS = ("people", "copy", "tasks", "results")
SHOWN_MOST = 200
"""People on one page of a part."""


@bp.get("/campaigns/<int:campaign_id>")
@require(Permission.SEE)
def show(campaign_id: int) -> ResponseReturnValue:
    """Show one step of a list, the current one unless another is asked for."""
    campaign = queries.visible_campaign(db_session(), campaign_id, current_actor())
    wanted = request.args.get("step")
    return page(campaign, wanted if wanted in STEPS else _current(campaign))


@bp.post("/campaigns/<int:campaign_id>/people")
@require(Permission.BUILD_LIST)
def save_people(campaign_id: int) -> ResponseReturnValue:
    """Change name, conditions and hold-out of a draft."""
    actor, now = current_actor(), clock.now()
    campaign = queries.visible_campaign(db_session(), campaign_id, actor)
    form = people_form(campaign, request.form)
    if not form.validate():
        return page(campaign, "people", form), 422
    try:
        with unit_of_work() as session:
            service.change_people(session, campaign_id, form.to_command(), actor=actor, now=now)
    except StoresRefused:
        form.store.errors = [_("campaigns.error.stores")]
        return page(_again(campaign_id), "people", form), 422
    except ListChanged:
        form = _with_newer_conditions(campaign_id)
        return _changed(campaign_id, "people", form, form.name)
    except ListFrozen as error:
        raise Conflict from error
    flash(_("web.saved"))
    return redirect(url_for(".show", campaign_id=campaign_id, step="people"), code=303)


@bp.post("/campaigns/<int:campaign_id>/copy")
@require(Permission.BUILD_LIST)
def save_copy(campaign_id: int) -> ResponseReturnValue:
    """Keep what the message says; the page shows what is found in it."""
    actor, now = current_actor(), clock.now()
    form = CopyForm(request.form)
    if not form.validate():
        return page(_again(campaign_id), "copy", form), 422
    change = form.to_command()
    if place := request.form.get("take"):
        change = service.with_offered_wording(db_session(), change, place)
    try:
        with unit_of_work() as session:
            service.change_copy(session, campaign_id, change, actor=actor, now=now)
    except ListChanged:
        return _changed(campaign_id, "copy", form, form.text)
    except ListFrozen as error:
        raise Conflict from error
    return redirect(url_for(".show", campaign_id=campaign_id, step="copy"), code=303)


@bp.post("/campaigns/<int:campaign_id>/tasks")
@require(Permission.BUILD_LIST)
def save_tasks(campaign_id: int) -> ResponseReturnValue:
    """Change how many people a writer gets a day."""
    actor, now = current_actor(), clock.now()
    form = TasksForm(request.form)
    if not form.validate():
        return page(_again(campaign_id), "tasks", form), 422
    try:
        with unit_of_work() as session:
            service.change_tasks(session, campaign_id, form.to_command(), actor=actor, now=now)
    except ListChanged:
        return _changed(campaign_id, "tasks", form, form.daily_cap)
    except ListFrozen as error:
        raise Conflict from error
    flash(_("web.saved"))
    return redirect(url_for(".show", campaign_id=campaign_id, step="tasks"), code=303)


def _with_newer_conditions(campaign_id: int) -> PeopleForm:
    form = people_form(_again(campaign_id), request.form)
    form.keep_all()
    return form


def _changed(
    campaign_id: int, step: str, form: PeopleForm | CopyForm | TasksForm, field: Field
) -> ResponseReturnValue:
    """Somebody was faster: show what was typed and what stands now; once more takes this one."""
    campaign = _again(campaign_id)
    form.version.data = campaign.version
    field.errors = [_("campaigns.error.changed")]
    return page(campaign, step, form), 409


def _again(campaign_id: int) -> Campaign:
    return queries.visible_campaign(db_session(), campaign_id, current_actor())


def _current(campaign: Campaign) -> str:
    if campaign.state is State.ISSUED:
        return "results"
    return "tasks" if campaign.copy.strip() else "people"


def _state(campaign: Campaign) -> str:
    """The word for how far it is: a list whose last window has ended has a result."""
    today = fmt.local(clock.now()).date()
    ended = campaign.state is not State.DRAFT and queries.has_ended(
        db_session(), campaign.id, today=today
    )
    return "ended" if ended else campaign.state.value


def page(campaign: Campaign, step: str, failed: Form | None = None) -> str:
    """Render a step; a form that failed keeps what was typed."""
    values: dict[str, Any] = {
        "campaign": campaign,
        "step": step,
        "steps": STEPS,
        "form": failed,
        "today": fmt.local(clock.now()).date(),
        "state": _state(campaign),
        "is_draft": campaign.state is State.DRAFT,
        "may_build": may(Permission.BUILD_LIST),
        "may_approve": may(Permission.APPROVE_LIST),
    }
    template, more = _PAGES[step]
    return render_template(template, **values, **more(campaign, failed))


def people_form(campaign: Campaign, data: Any = None) -> PeopleForm:
    """The form of the first step with everything that can be chosen."""
    found = queries.choices(db_session(), current_actor())
    conditions = rules.parse_filter(campaign.filter)
    return PeopleForm(
        data,
        conditions=conditions,
        words=[condition_words(c, stores=found.stores, groups=found.groups) for c in conditions],
        options=options_of(
            stores=found.stores,
            own_stores=found.own_stores,
            groups=found.groups,
            tags=found.tags,
            categories=found.categories,
        ),
        name=campaign.name,
        keep=[str(i) for i in range(len(conditions))],
        holdout=campaign.holdout_percent,
        purpose=campaign.purpose.value,
        version=campaign.version,
    )


def _people(campaign: Campaign, failed: Form | None) -> dict[str, Any]:
    session = db_session()
    audience = queries.audience(session, campaign, now=clock.now())
    today = fmt.local(clock.now()).date()
    base = queries.base_rate(session, today=today, days=campaign.attribution_days)
    part = request.args.get("of", "")
    people = _part(audience, part)
    start = request.args.get("from", 0, type=row_id)
    return {
        "people_form": failed or people_form(campaign),
        "audience": audience,
        "reasons": _reason_lines(audience),
        "visible": _visible(base, audience.free, campaign.holdout_percent),
        "visible_half": _visible(base, audience.free, 50),
        "part": part if people is not None else "",
        "shown": (people or [])[max(start, 0) : max(start, 0) + SHOWN_MOST],
        "next_from": max(start, 0) + SHOWN_MOST
        if people and max(start, 0) + SHOWN_MOST < len(people)
        else None,
        "writers": staff_names(session, {person.assignee_id for person in audience.people}),
    }


def _part(audience: Audience, part: str) -> list[Person] | None:
    """The people behind a number; None for a part that there is not."""
    if part == "matched":
        return list(audience.people)
    if part == "free":
        return [person for person in audience.people if not person.skip]
    if part in {status.value for status in Status}:
        return audience.of(Status(part))
    if part in {reason.value for reason in Reason}:
        return audience.left_out_for(Reason(part))
    return None


def _reason_lines(audience: Audience) -> list[tuple[Reason, int]]:
    """Every reason with its number; three rare ones only when they count."""
    rare = {Reason.COMPLAINT_COOLOFF, Reason.JUST_BOUGHT, Reason.IN_OTHER_LIST}
    counts = [(reason, audience.reasons.get(reason, 0)) for reason in Reason]
    return [(reason, count) for reason, count in counts if count or reason not in rare]


def _visible(base: float | None, people: int, percent: int) -> str | None:
    """The smallest difference that would show, in points; None where nothing would."""
    share = rules.smallest_visible(base or rules.BASE_RATE, people, percent / 100)
    return None if share is None else f"{share * 100:g}"


def _copy(campaign: Campaign, failed: Form | None) -> dict[str, Any]:
    findings = service.copy_findings(db_session(), campaign)
    return {
        "copy_form": failed
        or CopyForm(text=campaign.copy, industry=campaign.industry.value, version=campaign.version),
        "findings": findings,
        "pieces": list(segments(campaign.copy, findings)),
    }


def _tasks(campaign: Campaign, failed: Form | None) -> dict[str, Any]:
    session = db_session()
    audience = queries.audience(session, campaign, now=clock.now())
    writers = staff_names(session, set(audience.by_assignee))
    day_minutes = policy(session).staff_day_minutes
    return {
        "tasks_form": failed or TasksForm(daily_cap=campaign.daily_cap, version=campaign.version),
        "audience": audience,
        "writers": writers,
        "hours": _hours(audience.reachable * rules.MINUTES_A_PERSON),
        "hours_free": round(day_minutes * 7 * len(writers) / 60),
    }


def _hours(minutes: float) -> str:
    """Whole hours, tenths below ten: a short list does not take 0 hours."""
    return f"{minutes / 60:.0f}" if minutes >= 600 else f"{minutes / 60:.1f}".removesuffix(".0")  # noqa: PLR2004  ten hours


def _results(campaign: Campaign, _failed: Form | None) -> dict[str, Any]:
    today = fmt.local(clock.now()).date()
    found = queries.results(db_session(), campaign.id, today=today)
    minutes = found.treated.people * rules.MINUTES_A_PERSON
    return {
        "results": found,
        "hours": _hours(minutes),
        "may_see_results": may(Permission.SEE_RESULTS),
    }


_PAGES = {
    "people": ("campaigns/people.html", _people),
    "copy": ("campaigns/copy.html", _copy),
    "tasks": ("campaigns/tasks.html", _tasks),
    "results": ("campaigns/results.html", _results),
}
