"""The team: add a colleague, send a sign-in link."""

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from crm import clock
from crm.accounts import queries, service
from crm.accounts.access import current_actor, require
from crm.accounts.rules import LINK_LIFE, LoginTaken, Permission
from crm.accounts.service import NewStaff
from crm.i18n import _
from crm.stores.forms import StaffForm
from crm.stores.queries import stores_in_scope
from crm.stores.views import bp
from crm.web.session import db_session, unit_of_work


def _page(form: StaffForm, link: str = "", linked: str = "") -> str:
    session = db_session()
    return render_template(
        "stores/team.html",
        form=form,
        team=queries.team(session),
        stores_by_staff=queries.stores_by_staff(session),
        link=link,
        linked=linked,
        me=current_actor().id,
        link_hours=int(LINK_LIFE.total_seconds() // 3600),
    )


def _stores() -> list[tuple[int, str]]:
    return [(store.id, store.name) for store in stores_in_scope(db_session(), None)]


@bp.get("/settings/team")
@require(Permission.ADMINISTER)
def team() -> ResponseReturnValue:
    """Show everybody and the form for a new colleague."""
    return _page(StaffForm(stores=_stores()))


@bp.post("/settings/team")
@require(Permission.ADMINISTER)
def add_staff() -> ResponseReturnValue:
    """Add a colleague and show her sign-in link once."""
    form = StaffForm(request.form, stores=_stores())
    if not form.validate():
        return _page(form), 422
    try:
        with unit_of_work() as session:
            staff = service.add_staff(
                session, _command(form), actor=current_actor(), now=clock.now()
            )
            token = service.make_link(session, staff, actor=current_actor(), now=clock.now())
    except LoginTaken:
        form.login.errors = [_("accounts.login_taken")]
        return _page(form), 422
    return _linked(token, str(form.name.data))


def _command(form: StaffForm) -> NewStaff:
    return NewStaff(
        login=str(form.login.data),
        name=str(form.name.data),
        role=form.role.data,
        store_ids=frozenset(form.stores.data or ()),
    )


def _linked(token: str, name: str) -> str:
    link = url_for("accounts.link", token=token, _external=True)
    return _page(StaffForm(stores=_stores()), link, name)


@bp.post("/settings/team/<int:staff_id>/link")
@require(Permission.ADMINISTER)
def make_link(staff_id: int) -> ResponseReturnValue:
    """Make a new sign-in link for a colleague and show it once."""
    with unit_of_work() as session:
        staff = queries.staff_for_update(session, staff_id)
        token = service.make_link(session, staff, actor=current_actor(), now=clock.now())
        name = staff.name
    return _linked(token, name)
