"""How the product looks to the signed-in person."""

from flask import flash, redirect, render_template, request, url_for
from flask import session as page_session
from flask.typing import ResponseReturnValue

from crm.accounts import service
from crm.accounts.access import current_actor, require
from crm.accounts.forms import DisplayForm
from crm.accounts.rules import Permission
from crm.accounts.views import bp
from crm.i18n import _, get_locale, set_locale
from crm.web.session import unit_of_work


@bp.get("/settings/display")
@require(Permission.SEE)
def display() -> ResponseReturnValue:
    """Show text size, language and shortcuts."""
    form = DisplayForm(obj=current_actor(), locale=get_locale())
    form.locale.data = get_locale()
    return render_template("accounts/display.html", form=form)


@bp.post("/settings/display")
@require(Permission.SEE)
def save_display() -> ResponseReturnValue:
    """Keep text size, language and shortcuts."""
    form = DisplayForm(request.form)
    if not form.validate():
        return render_template("accounts/display.html", form=form), 422
    actor = current_actor()
    with unit_of_work() as session:
        service.set_display(
            session,
            text_size=form.text_size.data,
            locale=form.locale.data,
            single_keys=form.single_keys.data,
            actor=actor,
        )
    page_session["lang"] = form.locale.data
    set_locale(form.locale.data)
    flash(_("accounts.saved"))
    return redirect(url_for(".display"), code=303)
