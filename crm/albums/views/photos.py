"""Photos go in, one or many at once, and come out; each is taken or refused by itself."""

from dataclasses import dataclass

from flask import Response, flash, jsonify, redirect, request, send_from_directory, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import NotFound

from crm import clock
from crm.accounts.access import current_actor, require
from crm.accounts.forms import stripped
from crm.accounts.rules import Permission
from crm.albums import queries, service
from crm.albums.forms import PhotosForm
from crm.albums.rules import PHOTOS_MAX, AlbumFull, TooLate, photo_of
from crm.albums.service import Added
from crm.albums.views import bp
from crm.albums.views.books import album_page
from crm.i18n import _
from crm.integrations.formats import photos as format_
from crm.integrations.formats.photos import BYTES_MAX, Photo, UnreadablePhoto
from crm.web.assets import YEAR
from crm.web.session import db_session, extension, unit_of_work

SHOWN = 60
MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file: a number in the album, or why not."""

    number: int | None = None
    known: bool = False
    refused: str = ""


@bp.post("/albums/<int:album_id>/photos")
@require(Permission.RECORD)
def add(album_id: int) -> ResponseReturnValue:
    """Take photos; a bad one does not keep the others out."""
    queries.visible_album(db_session(), album_id, current_actor())
    files = [file for file in request.files.getlist("photos") if file.filename]
    outcomes = [_take(album_id, file) for file in files]
    if not outcomes:
        outcomes = [Outcome(refused=_("albums.photos_missing"))]
    if request.accept_mimetypes.best == "application/json":
        return _told(outcomes)
    return _shown(album_id, outcomes)


def _take(album_id: int, file: FileStorage) -> Outcome:
    name = (stripped(file.filename) or "")[-SHOWN:]
    try:
        photo = format_.read(file.stream.read(BYTES_MAX + 1))
        added = _put_in(album_id, photo)
    except UnreadablePhoto as error:
        limits = {"mb": BYTES_MAX // 2**20, "million": error.pixels_max // MILLION}
        return Outcome(refused=_(f"albums.problem.{error.problem.value}", name=name, **limits))
    except AlbumFull:
        return Outcome(refused=_("albums.full", name=name, n=PHOTOS_MAX))
    return Outcome(number=added.photo.number, known=added.known)


def _put_in(album_id: int, photo: Photo) -> Added:
    folder, now = extension("settings").albums_dir, clock.now()
    with service.written_files(photo, folder=folder, now=now) as files, unit_of_work() as session:
        actor = current_actor()
        album = queries.album_for_update(session, album_id, actor)
        added = service.add_photo(session, album, photo, files, actor=actor, now=now)
    if added.known:
        service.delete_files(files, folder=folder)
    return added


def _told(outcomes: list[Outcome]) -> ResponseReturnValue:
    """The script sends one file at a time and shows what is wrong beside the others."""
    refused = [one.refused for one in outcomes if one.refused]
    taken = [one for one in outcomes if not one.refused]
    body = {
        "photos": [{"number": one.number, "known": one.known} for one in taken],
        "errors": {"photos": " ".join(refused)} if refused else {},
    }
    return jsonify(body), 200 if taken else 422


def _shown(album_id: int, outcomes: list[Outcome]) -> ResponseReturnValue:
    known = sum(one.known for one in outcomes)
    added = sum(one.number is not None for one in outcomes) - known
    if added or known:
        key = "albums.photos_both" if added and known else "albums.photos_added"
        flash(_(key if added else "albums.photos_known", n=added or known, known=known))
    form = PhotosForm()
    form.photos.errors = [one.refused for one in outcomes if one.refused]
    if form.photos.errors:
        album = queries.visible_album(db_session(), album_id, current_actor())
        return album_page(album, upload=form), 422
    return redirect(url_for(".show", album_id=album_id), code=303)


@bp.post("/albums/<int:album_id>/photos/<int:number>/remove")
@require(Permission.RECORD)
def remove_photo(album_id: int, number: int) -> ResponseReturnValue:
    """Take a photo out; the status line puts it back."""
    actor = current_actor()
    with unit_of_work() as session:
        album = queries.album_for_update(session, album_id, actor)
        photo = queries.photo_for_update(session, album.id, number)
        service.remove_photo(session, album, photo, actor=actor, now=clock.now())
    undo = url_for(".restore_photo", album_id=album_id, number=number)
    flash(_("albums.photo_removed", n=number), f"undo:{undo}")
    return redirect(url_for(".show", album_id=album_id, _anchor="photos"), code=303)


@bp.post("/albums/<int:album_id>/photos/<int:number>/restore")
@require(Permission.RECORD)
def restore_photo(album_id: int, number: int) -> ResponseReturnValue:
    """Put a removed photo back."""
    actor = current_actor()
    try:
        with unit_of_work() as session:
            album = queries.album_for_update(session, album_id, actor)
            photo = queries.photo_for_update(session, album.id, number)
            service.restore_photo(session, album, photo, actor=actor, now=clock.now())
    except TooLate:
        flash(_("albums.too_late"))
    except AlbumFull:
        flash(_("albums.full", name=_("albums.photo_n", n=number), n=PHOTOS_MAX))
    else:
        flash(_("web.undone"))
    return redirect(url_for(".show", album_id=album_id, _anchor="photos"), code=303)


@bp.get("/albums/<int:album_id>/files/<filename>")
@require(Permission.SEE)
def file(album_id: int, filename: str) -> ResponseReturnValue:
    """Give a picture to the shop's people."""
    queries.visible_album(db_session(), album_id, current_actor())
    return picture(album_id, filename)


def picture(album_id: int, filename: str) -> Response:
    """Return a file of a photo that the album shows. Raises NotFound.

    Its name is never given again, so a phone may keep it; only nobody in between.
    """
    if not queries.is_shown(db_session(), album_id, photo_of(filename)):
        raise NotFound
    folder = extension("settings").albums_dir
    response = send_from_directory(folder, filename, mimetype="image/jpeg")
    response.headers["Cache-Control"] = f"private, max-age={YEAR}, immutable"
    return response
