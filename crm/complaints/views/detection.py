"""How complaints are told from talk: what is in use, the shop's words, how often to ask."""

from collections.abc import Callable

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from crm import clock
from crm.accounts.access import current_actor, require
from crm.accounts.rules import Permission
from crm.complaints.forms import AsksForm, ComplaintWordForm, TrySentenceForm
from crm.complaints.models import ComplaintWord
from crm.complaints.queries import scoring as queries
from crm.complaints.rules.learning import CLASS_MIN, WordKnown, WordUnfit
from crm.complaints.rules.marking import band, segments
from crm.complaints.service import learning
from crm.complaints.service.scoring import shipped_words, shop_scorer
from crm.complaints.views import bp
from crm.i18n import _
from crm.web.session import db_session, unit_of_work


def _page(
    *,
    asks: AsksForm | None = None,
    word: ComplaintWordForm | None = None,
    trial: TrySentenceForm | None = None,
) -> str:
    """Show the page; of the three forms the one that was sent keeps what was typed."""
    session, known = db_session(), queries.taught(db_session())
    return render_template(
        "complaints/detection.html",
        form=asks or word or trial,
        asks=asks or AsksForm(data={"asks_per_day": queries.asks_per_day(session)}),
        word=word or ComplaintWordForm(),
        trial=trial or TrySentenceForm(),
        result=_result(trial) if trial and not trial.errors else None,
        used=queries.used_model(session),
        last=queries.last_learning(session),
        tapped=queries.count_tapped(session),
        known=known,
        shipped=[one for one in shipped_words() if one not in known.left_out],
        each=CLASS_MIN,
        now=clock.now(),
    )


def _result(trial: TrySentenceForm) -> dict[str, object]:
    text, scorer = str(trial.text.data), shop_scorer(db_session())
    found = scorer.score(text)
    return {
        "band": band(found.value, ask=scorer.ask, opening=scorer.opening),
        "reasons": found.reasons,
        "pieces": segments(text, found.reasons),
    }


@bp.get("/settings/rules")
@require(Permission.SETTINGS)
def detection() -> ResponseReturnValue:
    """Show what is in use and what it rests on."""
    return _page()


@bp.post("/settings/rules")
@require(Permission.SETTINGS)
def save_asks() -> ResponseReturnValue:
    """Set how often a store is asked."""
    form = AsksForm(request.form)
    if not form.validate():
        return _page(asks=form), 422
    asks, actor = form.asks_per_day.data or 0, current_actor()
    with unit_of_work() as session:
        learning.choose_asks(session, asks, actor=actor, now=clock.now())
    flash(_("accounts.saved"))
    return redirect(url_for(".detection"), code=303)


@bp.post("/settings/rules/try")
@require(Permission.SETTINGS)
def try_detection() -> ResponseReturnValue:
    """Score a sentence; nothing is kept."""
    form = TrySentenceForm(request.form)
    if not form.validate():
        return _page(trial=form), 422
    return _page(trial=form)


@bp.post("/settings/rules/words/add")
@require(Permission.SETTINGS)
def add_complaint_word() -> ResponseReturnValue:
    """Add a word; it counts from the next line on."""
    return _change(learning.add_word, "added", ".put_out", known="complaints.detection.word_known")


@bp.post("/settings/rules/words/remove")
@require(Permission.SETTINGS)
def remove_complaint_word() -> ResponseReturnValue:
    """Leave a word out from the next line on."""
    unknown = "complaints.detection.word_unknown"
    return _change(learning.remove_word, "removed", ".put_back", known=unknown)


def _change(
    act: Callable[..., ComplaintWord], done: str, undo: str, *, known: str
) -> ResponseReturnValue:
    form = ComplaintWordForm(request.form)
    if not form.validate():
        return _page(word=form), 422
    try:
        with unit_of_work() as session:
            row = act(session, form.word.data, actor=current_actor(), now=clock.now())
            session.flush()
            word, back = row.word, url_for(undo, word_id=row.id)
    except (WordUnfit, WordKnown) as error:
        unfit = isinstance(error, WordUnfit)
        form.word.errors = [_("complaints.detection.word_unfit") if unfit else _(known)]
        return _page(word=form), 422
    flash(_(f"complaints.detection.word_{done}", word=word), f"undo:{back}")
    return redirect(url_for(".detection"), code=303)


@bp.post("/settings/rules/words/<int:word_id>/out")
@require(Permission.SETTINGS)
def put_out(word_id: int) -> ResponseReturnValue:
    """Take back that a word was added."""
    return _put(word_id, is_in=False)


@bp.post("/settings/rules/words/<int:word_id>/back")
@require(Permission.SETTINGS)
def put_back(word_id: int) -> ResponseReturnValue:
    """Take back that a word was left out."""
    return _put(word_id, is_in=True)


def _put(word_id: int, *, is_in: bool) -> ResponseReturnValue:
    actor, now = current_actor(), clock.now()
    with unit_of_work() as session:
        learning.put_word(session, word_id, is_in=is_in, actor=actor, now=now)
    flash(_("web.undone"))
    return redirect(url_for(".detection"), code=303)
