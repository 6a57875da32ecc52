"""First use, and adding stores later."""

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from crm import clock
from crm.accounts import queries as accounts
from crm.accounts.access import current_actor, public, require
from crm.accounts.rules import SESSION_LIFE, Permission
from crm.i18n import _
from crm.stores import queries, service
from crm.stores.forms import SetupForm, StoreForm
from crm.stores.rules import AlreadySetUp, CodeTaken
from crm.stores.views import bp
from crm.web.security import keep_session
from crm.web.session import db_session, unit_of_work


@bp.get("/setup")
@public
def setup() -> ResponseReturnValue:
    """Show first use; it does not exist once somebody can sign in."""
    if accounts.has_staff(db_session()):
        abort(404)
    return render_template("stores/setup.html", form=SetupForm())


@bp.post("/setup")
@public
def create_shop() -> ResponseReturnValue:
    """Create shop, first store and owner, and sign the owner in."""
    form = SetupForm(request.form)
    if not form.validate():
        if accounts.has_staff(db_session()):
            abort(404)
        return render_template("stores/setup.html", form=form), 422
    try:
        with unit_of_work() as session:
            if accounts.has_staff(session):
                abort(404)
            token = service.first_use(session, form.to_command(), now=clock.now())
    except AlreadySetUp:
        abort(404)
    response = redirect("/contacts", code=303)  # its empty state offers the first import
    keep_session(response, token, int(SESSION_LIFE.total_seconds()))
    return response


@bp.get("/settings/stores")
@require(Permission.SETTINGS)
def stores() -> ResponseReturnValue:
    """Show the stores and the form for a new one."""
    return render_template(
        "stores/stores.html",
        form=StoreForm(),
        stores=queries.stores_in_scope(db_session(), current_actor()),
    )


@bp.post("/settings/stores")
@require(Permission.SETTINGS)
def add_store() -> ResponseReturnValue:
    """Add a store."""
    form = StoreForm(request.form)
    valid = form.validate()
    if valid:
        try:
            with unit_of_work() as session:
                service.add_store(
                    session, form.to_command(), actor=current_actor(), now=clock.now()
                )
        except CodeTaken:
            valid, form.code.errors = False, [_("stores.code_taken")]
    if not valid:
        listed = queries.stores_in_scope(db_session(), current_actor())
        return render_template("stores/stores.html", form=form, stores=listed), 422
    flash(_("accounts.saved"))
    return redirect(url_for(".stores"), code=303)
