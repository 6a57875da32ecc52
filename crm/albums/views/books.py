"""The albums of a store, and one of them."""

import secrets

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from crm import clock
from crm.accounts.access import current_actor, require
from crm.accounts.rules import Permission
from crm.albums import queries, service
from crm.albums.forms import DaysForm, NameForm, NewAlbumForm, PhotosForm
from crm.albums.models import Album
from crm.albums.rules import LinkState, TooLate, is_public, link_state, public_root
from crm.albums.views import bp
from crm.i18n import _, fmt
from crm.integrations.formats.photos import BYTES_MAX
from crm.stores.queries import stores_in_scope, visible_store
from crm.web.pages import cursor_moment, decode_cursor, encode_cursor
from crm.web.session import db_session, extension, unit_of_work

PAGE_ROWS = 30
SCRIPT_WORDS = (
    "going", "waiting", "added", "known", "refused", "too_large", "cut", "failed", "gone",
    "signed_out",
)  # fmt: skip


def state_of(album: Album) -> LinkState:
    """Return what the album's link does now."""
    return link_state(
        expires_at=album.expires_at,
        withdrawn_at=album.withdrawn_at,
        removed_at=album.removed_at,
        now=clock.now(),
    )


def link_of(album: Album) -> str:
    """Return the link that customers get."""
    root = public_root(extension("settings").base_url, request.url_root.rstrip("/"))
    return root + url_for("albums.shared", token=album.token)


def album_page(
    album: Album, *, days: DaysForm | None = None, upload: PhotosForm | None = None
) -> str:
    """Return the page of an album, with what was wrong in one of its forms."""
    session, link = db_session(), link_of(album)
    return render_template(
        "albums/album.html",
        album=album,
        store=visible_store(session, album.store_id, current_actor()),
        photos=queries.photos_of(session, album.id),
        state=state_of(album).value,
        link=link,
        is_public=is_public(link),
        days=days or DaysForm(),
        upload=upload or PhotosForm(),
        form=days or upload,
        bytes_max=BYTES_MAX,
        together_max=request.max_content_length,
        script_words={word: _(f"albums.script.{word}") for word in SCRIPT_WORDS},
    )


@bp.get("/albums")
@require(Permission.SEE)
def index() -> ResponseReturnValue:
    """Show the albums of the actor's stores, newest first."""
    cursor, before = request.args.get("cursor"), None
    if cursor:
        made_at, album_id = decode_cursor(cursor, str, int)
        before = (cursor_moment(made_at), album_id)
    rows = queries.album_rows(db_session(), current_actor(), before=before, most=PAGE_ROWS + 1)
    more = None
    if len(rows) > PAGE_ROWS:
        last = rows[PAGE_ROWS - 1].album
        more = url_for(".index", cursor=encode_cursor(last.made_at.isoformat(), last.id))
    lines = [(row, state_of(row.album).value) for row in rows[:PAGE_ROWS]]
    return render_template("albums/index.html", lines=lines, next_url=more, now=clock.now())


def _new_form() -> NewAlbumForm:
    stores = [(s.id, s.name) for s in stores_in_scope(db_session(), current_actor())]
    day = fmt.day(fmt.local(clock.now()).date())
    return NewAlbumForm(
        request.form,
        stores=stores,
        name=_("albums.name_of_day", day=day),
        client_key=secrets.token_hex(8),
    )


@bp.get("/albums/new")
@require(Permission.RECORD)
def new() -> ResponseReturnValue:
    """Show the form of a new album."""
    return render_template("albums/new.html", form=_new_form())


@bp.post("/albums")
@require(Permission.RECORD)
def create() -> ResponseReturnValue:
    """Make an album and go on to its photos; the same form twice makes one."""
    form = _new_form()
    if not form.validate():
        return render_template("albums/new.html", form=form), 422
    with unit_of_work() as session:
        album = service.make_album(
            session, form.to_command(), actor=current_actor(), now=clock.now()
        )
    return redirect(url_for(".show", album_id=album.id), code=303)


@bp.get("/albums/<int:album_id>")
@require(Permission.SEE)
def show(album_id: int) -> ResponseReturnValue:
    """Show an album: its link, its photos."""
    return album_page(queries.visible_album(db_session(), album_id, current_actor()))


@bp.get("/albums/<int:album_id>/name")
@require(Permission.RECORD)
def edit(album_id: int) -> ResponseReturnValue:
    """Show the form of the album's name."""
    album = queries.visible_album(db_session(), album_id, current_actor())
    return render_template("albums/name.html", form=NameForm(obj=album), album=album)


@bp.post("/albums/<int:album_id>/name")
@require(Permission.RECORD)
def rename(album_id: int) -> ResponseReturnValue:
    """Give the album another name."""
    form, actor = NameForm(request.form), current_actor()
    if not form.validate():
        album = queries.visible_album(db_session(), album_id, actor)
        return render_template("albums/name.html", form=form, album=album), 422
    with unit_of_work() as session:
        album = queries.album_for_update(session, album_id, actor)
        service.rename_album(session, album, str(form.name.data), actor=actor, now=clock.now())
    return redirect(url_for(".show", album_id=album_id), code=303)


@bp.post("/albums/<int:album_id>/remove")
@require(Permission.RECORD)
def remove(album_id: int) -> ResponseReturnValue:
    """Take the album away; the status line brings it back."""
    actor = current_actor()
    with unit_of_work() as session:
        album = queries.any_album_for_update(session, album_id, actor)
        service.remove_album(session, album, actor=actor, now=clock.now())
        name = album.name
    flash(_("albums.removed", name=name), f"undo:{url_for('.restore', album_id=album_id)}")
    return redirect(url_for(".index"), code=303)


@bp.post("/albums/<int:album_id>/restore")
@require(Permission.RECORD)
def restore(album_id: int) -> ResponseReturnValue:
    """Bring the album back."""
    actor = current_actor()
    try:
        with unit_of_work() as session:
            album = queries.any_album_for_update(session, album_id, actor)
            service.restore_album(session, album, actor=actor, now=clock.now())
    except TooLate:
        flash(_("albums.too_late"))
        return redirect(url_for(".index"), code=303)
    flash(_("web.undone"))
    return redirect(url_for(".show", album_id=album_id), code=303)
