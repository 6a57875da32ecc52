"""The page of forbidden words: try a sentence, add words, remove them."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from crm import clock
from crm.accounts.access import current_actor, require
from crm.accounts.rules import Permission
from crm.claims import queries, service
from crm.claims.forms import TryForm, WordForm
from crm.claims.rules import Industry, Report, WordKnown
from crm.i18n import _
from crm.web.session import db_session, unit_of_work

bp = Blueprint("claims", __name__)


def _page(
    *, trial: TryForm | None = None, word: WordForm | None = None, report: Report | None = None
) -> str:
    """Show the page; of the two forms the one that was sent keeps what was typed."""
    session = db_session()
    return render_template(
        "claims/words.html",
        trial=trial or TryForm(),
        word=word or WordForm(),
        form=trial or word,
        report=report,
        own_words=queries.shop_words(session),
        pack=queries.starter_pack(),
    )


@bp.get("/settings/words")
@require(Permission.SETTINGS)
def words() -> ResponseReturnValue:
    """Show the shop's words and the box to try a sentence."""
    return _page()


@bp.post("/settings/words/try")
@require(Permission.SETTINGS)
def try_sentence() -> ResponseReturnValue:
    """Check a sentence; nothing is kept."""
    form = TryForm(request.form)
    if not form.validate():
        return _page(trial=form), 422
    industry = Industry(form.industry.data)
    return _page(trial=form, report=queries.examine(db_session(), form.text.data or "", industry))


@bp.post("/settings/words")
@require(Permission.SETTINGS)
def add() -> ResponseReturnValue:
    """Add a word."""
    form = WordForm(request.form)
    if not form.validate():
        return _page(word=form), 422
    try:
        with unit_of_work() as session:
            service.add_word(session, form.to_command(), actor=current_actor(), now=clock.now())
    except WordKnown:
        form.word.errors = [_("claims.word_known")]
        return _page(word=form), 422
    flash(_("claims.word_added", word=form.word.data))
    return redirect(url_for(".words"), code=303)


@bp.post("/settings/words/<int:word_id>/remove")
@require(Permission.SETTINGS)
def remove(word_id: int) -> ResponseReturnValue:
    """Remove a word; the status line takes it back."""
    with unit_of_work() as session:
        word = service.remove_word(session, word_id, actor=current_actor(), now=clock.now())
        text = word.word
    flash(_("claims.word_removed", word=text), f"undo:{url_for('.restore', word_id=word_id)}")
    return redirect(url_for(".words"), code=303)


@bp.post("/settings/words/<int:word_id>/restore")
@require(Permission.SETTINGS)
def restore(word_id: int) -> ResponseReturnValue:
    """Take a removal back."""
    try:
        with unit_of_work() as session:
            service.restore_word(session, word_id, actor=current_actor(), now=clock.now())
    except WordKnown:
        flash(_("claims.word_known"))
    else:
        flash(_("web.undone"))
    return redirect(url_for(".words"), code=303)
