"""The link of an album: extend it, take it back at once, change it for another."""

from collections.abc import Callable

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from crm import clock
from crm.accounts.access import current_actor, require
from crm.accounts.rules import Permission
from crm.albums import queries, service
from crm.albums.forms import DaysForm
from crm.albums.rules import DAYS, LinkNotWithdrawn, LinkWithdrawn
from crm.albums.views import bp
from crm.albums.views.books import album_page, state_of
from crm.i18n import _
from crm.web.session import db_session, unit_of_work


def _act(
    album_id: int, act: Callable[..., None], words: str, *values: int, undo: str = ""
) -> ResponseReturnValue:
    with unit_of_work() as session:
        actor = current_actor()
        album = queries.album_for_update(session, album_id, actor)
        act(session, album, *values, actor=actor, now=clock.now())
    flash(words, f"undo:{undo}" if undo else "message")
    return redirect(url_for(".show", album_id=album_id), code=303)


@bp.post("/albums/<int:album_id>/link")
@require(Permission.RECORD)
def extend(album_id: int) -> ResponseReturnValue:
    """Let the link open for so many days from now."""
    form = DaysForm(request.form)
    if not form.validate():
        album = queries.visible_album(db_session(), album_id, current_actor())
        return album_page(album, days=form), 422
    days = int(form.days.data or DAYS)
    try:
        return _act(album_id, service.extend_link, _("albums.link_extended", n=days), days)
    except LinkWithdrawn:  # meanwhile, in another tab
        flash(_("albums.link_still_withdrawn"))
    return redirect(url_for(".show", album_id=album_id), code=303)


@bp.post("/albums/<int:album_id>/link/withdraw")
@require(Permission.RECORD)
def withdraw(album_id: int) -> ResponseReturnValue:
    """Take the link back at once."""
    undo = url_for(".restore_link", album_id=album_id)
    return _act(album_id, service.withdraw_link, _("albums.link_withdrawn"), undo=undo)


@bp.post("/albums/<int:album_id>/link/restore")
@require(Permission.RECORD)
def restore_link(album_id: int) -> ResponseReturnValue:
    """Let a link that was taken back open the album again, unless its days are over."""
    with unit_of_work() as session:
        actor = current_actor()
        album = queries.album_for_update(session, album_id, actor)
        service.restore_link(session, album, actor=actor, now=clock.now())
        state = state_of(album)
    flash(_(f"albums.link_restored_{state.value}"))
    return redirect(url_for(".show", album_id=album_id), code=303)


@bp.post("/albums/<int:album_id>/link/renew")
@require(Permission.RECORD)
def renew(album_id: int) -> ResponseReturnValue:
    """Give the album another link than the one taken back."""
    try:
        return _act(album_id, service.renew_link, _("albums.link_renewed"), DAYS)
    except LinkNotWithdrawn:  # a second tap, or meanwhile in another tab
        flash(_("albums.link_not_renewed"))
    return redirect(url_for(".show", album_id=album_id), code=303)
