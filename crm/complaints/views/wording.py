"""Texts for replies, by situation: read, searched, changed, given back their shipped words."""

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from crm import clock
from crm.accounts.access import current_actor, require
from crm.accounts.rules import Permission
from crm.claims.queries import checker
from crm.claims.rules import Industry
from crm.complaints import service
from crm.complaints.forms import TextForm
from crm.complaints.queries.wording import reply_texts
from crm.complaints.rules.templates import ReplyText, matches, text_key
from crm.complaints.rules.words import BadEvent
from crm.complaints.views import bp
from crm.contacts.rules import one_line
from crm.i18n import _
from crm.web.session import db_session, unit_of_work

QUERY_MAX = 80
NEW = "new"


def _page(form: TextForm | None = None) -> str:
    """Show all texts that match, and the one that is edited with what its wording breaks."""
    session, q = db_session(), one_line(request.args.get("q"))[:QUERY_MAX]
    texts, check = reply_texts(session), checker(session)
    edited = form or _edited(request.args.get("edit", ""), {text.key: text for text in texts})
    said = (edited.text.data or "") if edited else ""
    return render_template(
        "complaints/texts.html",
        texts=[text for text in texts if matches(text, q)],
        form=edited,
        known={text.key: text for text in texts},
        findings=check(said, Industry.GENERAL) if said else [],
        q=q,
    )


def _edited(key: str, known: dict[str, ReplyText]) -> TextForm | None:
    if not key:
        return None
    if key == NEW:
        return TextForm()
    if key not in known:
        abort(404)
    return TextForm(data=TextForm.data_of(known[key]))


@bp.get("/settings/templates")
@require(Permission.ROSTER_TEMPLATES)
def templates() -> ResponseReturnValue:
    """Show the texts."""
    return _page()


@bp.post("/settings/templates")
@require(Permission.ROSTER_TEMPLATES)
def save_template() -> ResponseReturnValue:
    """Keep a text. Wording that breaks a rule is said, and kept all the same."""
    form, actor = TextForm(request.form), current_actor()
    if not form.validate():
        return _page(form), 422
    try:
        with unit_of_work() as session:
            row = service.save_text(session, form.to_command(), actor=actor, now=clock.now())
            key = text_key(row.slug, row.id)
    except BadEvent as error:
        form.explain(error)
        return _page(form), 422
    flash(_("web.saved"))
    found = len(checker(db_session())(form.text.data or "", Industry.GENERAL))
    if found:
        flash(_("complaints.wording_problems", n=found))
        return redirect(url_for(".templates", edit=key), code=303)
    return redirect(url_for(".templates"), code=303)


@bp.post("/settings/templates/<int:template_id>/remove")
@require(Permission.ROSTER_TEMPLATES)
def remove_template(template_id: int) -> ResponseReturnValue:
    """Take the shop's words away: a shipped text gets its own back."""
    with unit_of_work() as session:
        row = service.remove_text(session, template_id, actor=current_actor(), now=clock.now())
        words = _("complaints.text_reset" if row.slug else "complaints.text_removed")
    flash(words, f"undo:{url_for('.restore_template', template_id=template_id)}")
    return redirect(url_for(".templates"), code=303)


@bp.post("/settings/templates/<int:template_id>/restore")
@require(Permission.ROSTER_TEMPLATES)
def restore_template(template_id: int) -> ResponseReturnValue:
    """Take that back."""
    with unit_of_work() as session:
        service.restore_text(session, template_id, actor=current_actor(), now=clock.now())
    flash(_("web.undone"))
    return redirect(url_for(".templates"), code=303)
