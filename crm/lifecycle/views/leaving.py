"""A colleague's book is handed over, her access ends, or begins again."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from crm import clock
from crm.accounts.access import current_actor, require
from crm.accounts.queries import staff_names
from crm.accounts.rules import LastOwner, OwnSelf, Permission
from crm.i18n import _
from crm.lifecycle.forms.leaving import HandOverForm, LeaveForm
from crm.lifecycle.queries.hands import Hands, in_hand
from crm.lifecycle.queries.leaving import PAGE_ROWS, book_hand_over, people, sums
from crm.lifecycle.rules.leaving import NobodyThere, Rights
from crm.lifecycle.service import leaving as service
from crm.lifecycle.service.returning import take_back
from crm.lifecycle.views import bp
from crm.stores.forms import RoleForm
from crm.stores.queries import stores_in_scope
from crm.web.pages import decode_cursor, encode_cursor
from crm.web.session import db_session, unit_of_work

TEAM = "/settings/team"


def _form(kind: type[HandOverForm], hands: Hands) -> HandOverForm:
    stores = {one: people.name for one, people in hands.stores.items()}
    return kind.for_stores(stores)(
        request.form if request.method == "POST" else None,
        people=hands.people,
        homes={one: people.all for one, people in hands.stores.items()},
    )


def _page(form: HandOverForm, hands: Hands) -> str:
    return render_template("lifecycle/hand_over.html", form=form, hands=hands)


@bp.get("/settings/team/<int:staff_id>/hand-over")
@require(Permission.ADMINISTER)
def ask_hand_over(staff_id: int) -> ResponseReturnValue:
    """Show what a colleague has in hand and who could take it over."""
    hands = in_hand(db_session(), staff_id)
    return _page(_form(HandOverForm, hands), hands)


@bp.post("/settings/team/<int:staff_id>/hand-over")
@require(Permission.ADMINISTER)
def hand_over(staff_id: int) -> ResponseReturnValue:
    """Hand it over; with nothing in hand, as after a second tap, show the last result."""
    hands = in_hand(db_session(), staff_id)
    form = _form(HandOverForm, hands)
    if hands.is_empty and hands.earlier:
        return _shown(hands.earlier[0].id)
    wish = form.to_wish() if form.validate() else None
    if wish is None:
        return _page(form, hands), 422
    try:
        with unit_of_work() as session:
            act = service.hand_over(session, staff_id, wish, actor=current_actor(), now=clock.now())
    except NobodyThere:
        form.to.errors = [_("lifecycle.nobody_there")]
        return _page(form, in_hand(db_session(), staff_id)), 422
    flash(_("lifecycle.handed_over"), f"undo:{TEAM}/hand-overs/{act.id}/undo")
    return _shown(act.id)


def _shown(hand_over_id: int) -> ResponseReturnValue:
    return redirect(url_for(".result", hand_over_id=hand_over_id), code=303)


@bp.get("/settings/team/<int:staff_id>/leave")
@require(Permission.ADMINISTER)
def ask_leave(staff_id: int) -> ResponseReturnValue:
    """Ask what becomes of a colleague's book when her access ends."""
    hands = in_hand(db_session(), staff_id)
    return _page(_form(LeaveForm, hands), hands)


@bp.post("/settings/team/<int:staff_id>/leave")
@require(Permission.ADMINISTER)
def leave(staff_id: int) -> ResponseReturnValue:
    """End a colleague's access at once."""
    hands = in_hand(db_session(), staff_id)
    form = _form(LeaveForm, hands)
    if not form.validate():
        return _page(form, hands), 422
    try:
        with unit_of_work() as session:
            act = service.end_access(
                session, staff_id, form.to_wish(), actor=current_actor(), now=clock.now()
            )
    except (LastOwner, OwnSelf, NobodyThere) as error:
        form.form_errors.append(_(f"lifecycle.{_REFUSED[type(error)]}"))
        return _page(form, in_hand(db_session(), staff_id)), 422
    flash(_("lifecycle.left", name=hands.staff.name), f"undo:{TEAM}/{staff_id}/enable")
    return _shown(act.id)


_REFUSED = {LastOwner: "last_owner", OwnSelf: "own_self", NobodyThere: "nobody_there"}


@bp.post("/settings/team/<int:staff_id>/enable")
@require(Permission.ADMINISTER)
def enable(staff_id: int) -> ResponseReturnValue:
    """Let a colleague in again."""
    with unit_of_work() as session:
        service.let_in_again(session, staff_id, actor=current_actor(), now=clock.now())
    flash(_("lifecycle.enabled"))
    return redirect(TEAM, code=303)


@bp.post("/settings/team/<int:staff_id>/role")
@require(Permission.ADMINISTER)
def change_role(staff_id: int) -> ResponseReturnValue:
    """Give a colleague a role and her stores; complaints she no longer sees pass on."""
    stores = [(store.id, store.name) for store in stores_in_scope(db_session(), None)]
    form, act = RoleForm(request.form, stores=stores), None
    if not form.validate():
        flash(" ".join(str(e) for errors in form.errors.values() for e in errors))
        return redirect(TEAM, code=303)
    wish = Rights(form.role.data, frozenset(form.stores.data or ()))
    try:
        with unit_of_work() as session:
            act = service.change_rights(
                session, staff_id, wish, actor=current_actor(), now=clock.now()
            )
    except LastOwner:
        flash(_("stores.last_owner"))
        return redirect(TEAM, code=303)
    flash(_("accounts.saved"))
    return redirect(TEAM, code=303) if act is None else _shown(act.id)


@bp.get("/settings/team/hand-overs/<int:hand_over_id>")
@require(Permission.ADMINISTER)
def result(hand_over_id: int) -> ResponseReturnValue:
    """Show what came of a hand-over, in numbers and for each person."""
    session = db_session()
    act = book_hand_over(session, hand_over_id)
    cursor = request.args.get("cursor")
    rows = people(session, act.id, after=decode_cursor(cursor, int)[0] if cursor else 0)
    shown = rows[:PAGE_ROWS]
    named = (act.from_id, act.handed_by, act.undone_by)
    further = encode_cursor(shown[-1].id) if len(rows) > PAGE_ROWS else None
    return render_template(
        "lifecycle/handed_over.html",
        act=act,
        names=staff_names(session, {one for one in named if one is not None}),
        sums=sums(session, act.id),
        people=shown,
        older=further and url_for(".result", hand_over_id=act.id, cursor=further),
    )


@bp.post("/settings/team/hand-overs/<int:hand_over_id>/undo")
@require(Permission.ADMINISTER)
def undo(hand_over_id: int) -> ResponseReturnValue:
    """Give back what nobody has changed since; the page says why of the rest."""
    try:
        with unit_of_work() as session:
            take_back(session, hand_over_id, actor=current_actor(), now=clock.now())
    except NobodyThere:
        flash(_("lifecycle.enable_first"))
    else:
        flash(_("web.undone"))
    return _shown(hand_over_id)
