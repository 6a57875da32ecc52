"""Signing in and out, and the one-time link."""

from flask import flash, redirect, render_template, request, url_for
from flask import session as page_session
from flask.typing import ResponseReturnValue

from crm import clock
from crm.accounts import queries, service
from crm.accounts.access import current_actor, public, require, signed_in
from crm.accounts.forms import LoginForm, PasswordForm
from crm.accounts.rules import SESSION_LIFE, LinkSpent, Permission, Throttled, WrongPassword
from crm.accounts.views import bp
from crm.i18n import _, fmt
from crm.web.security import drop_session, keep_session
from crm.web.session import db_session, unit_of_work

# Pages of higher packages, by their stable paths.
HOME = "/today"
FIRST_USE = "/setup"


def _here(target: str | None) -> str:
    """Return where to go after signing in: only a path of this site.

    Browsers drop tabs and line ends before they read an address: "/<tab>/host" is another site.
    """
    is_path = target and target.startswith("/") and not target.startswith(("//", "/\\"))
    return target if target and is_path and target.isprintable() else HOME


def _enter(token: str, target: str) -> ResponseReturnValue:
    response = redirect(target, code=303)
    keep_session(response, token, int(SESSION_LIFE.total_seconds()))
    return response


@bp.get("/")
@public
def root() -> ResponseReturnValue:
    """Go to Today, to sign-in, or to first use."""
    if signed_in() is not None:
        return redirect(HOME, code=303)
    if queries.has_staff(db_session()):
        return redirect(url_for(".login"), code=303)
    return redirect(FIRST_USE, code=303)


@bp.get("/login")
@public
def login() -> ResponseReturnValue:
    """Show the sign-in form."""
    return render_template(
        "accounts/login.html", form=LoginForm(), target=request.args.get("next", "")
    )


@bp.post("/login")
@public
def enter() -> ResponseReturnValue:
    """Sign in."""
    form = LoginForm(request.form)
    target = request.form.get("next", "")
    if not form.validate():
        return render_template("accounts/login.html", form=form, target=target), 422
    name, password = str(form.login.data), str(form.password.data)
    try:
        staff = service.check_password(db_session(), name, password, now=clock.now())
    except Throttled as error:
        form.form_errors = [_("accounts.throttled", time=fmt.clock_time(error.until))]
        return render_template("accounts/login.html", form=form, target=target), 429
    except WrongPassword:
        with unit_of_work() as session:
            service.record_failure(session, name, now=clock.now())
        form.form_errors = [_("accounts.wrong_password")]
        return render_template("accounts/login.html", form=form, target=target), 422
    with unit_of_work() as session:
        token = service.start_session(session, staff, now=clock.now())
    return _enter(token, _here(target))


@bp.post("/logout")
@require(Permission.SEE)
def leave() -> ResponseReturnValue:
    """Sign out on this device."""
    actor = current_actor()
    with unit_of_work() as session:
        service.sign_out(session, actor=actor, now=clock.now())
    page_session.clear()
    response = redirect(url_for(".login"), code=303)
    drop_session(response)
    return response


@bp.get("/link/<token>")
@public
def link(token: str) -> ResponseReturnValue:
    """Show the form to choose a password."""
    return render_template("accounts/link.html", form=PasswordForm(), token=token)


@bp.post("/link/<token>")
@public
def choose_password(token: str) -> ResponseReturnValue:
    """Set the password and sign in."""
    form = PasswordForm(request.form)
    if not form.validate():
        return render_template("accounts/link.html", form=form, token=token), 422
    try:
        with unit_of_work() as session:
            key = service.use_link(session, token, str(form.password.data), now=clock.now())
    except LinkSpent:
        form.form_errors = [_("accounts.link_spent")]
        return render_template("accounts/link.html", form=form, token=token), 409
    flash(_("accounts.password_set"))
    return _enter(key, HOME)
