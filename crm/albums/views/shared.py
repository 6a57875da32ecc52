"""What a customer sees who opens a link: the photos of one album, nothing of the shop's people.

No search engine keeps it, and no other site learns its address.
"""

from flask import Response, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as WsgiResponse

from crm.accounts.access import public
from crm.albums import queries
from crm.albums.models import Album
from crm.albums.rules import LinkState
from crm.albums.views import bp
from crm.albums.views.books import state_of
from crm.albums.views.photos import picture
from crm.web.session import db_session

UNKNOWN, OVER = 404, 410
HEADERS = {
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow, noarchive, noimageindex",
}


class LinkClosed(Exception):
    """The link opens nothing: nobody has it, or it is over."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


def _album(token: str) -> Album:
    album = queries.album_of_token(db_session(), token)
    if album is None:
        raise LinkClosed(UNKNOWN)
    if state_of(album) is not LinkState.OPEN:
        raise LinkClosed(OVER)
    return album


def _private(answer: str | WsgiResponse | tuple[str, int]) -> Response:
    response = make_response(answer)
    response.headers.update(HEADERS)
    return response


@bp.errorhandler(LinkClosed)
def closed(error: LinkClosed) -> ResponseReturnValue:
    """Say that the link opens nothing any more, and whom to ask; not which of the reasons it is."""
    return _private((render_template("albums/closed.html"), error.status))


@bp.get("/share/<token>")
@public
def shared(token: str) -> ResponseReturnValue:
    """Show the photos of the album."""
    album = _album(token)
    photos = queries.photos_of(db_session(), album.id)
    return _private(render_template("albums/shared.html", album=album, photos=photos))


@bp.get("/share/<token>/photo/<int:number>")
@public
def shared_photo(token: str, number: int) -> ResponseReturnValue:
    """Show one photo large, with the way to its neighbours."""
    album = _album(token)
    photos = queries.photos_of(db_session(), album.id)
    at = next((i for i, photo in enumerate(photos) if photo.number == number), None)
    if at is None:  # taken out since the customer looked
        return _private(redirect(url_for(".shared", token=token), code=302))
    near = {"before": photos[at - 1] if at else None, "after": next(iter(photos[at + 1 :]), None)}
    return _private(render_template("albums/photo.html", album=album, photo=photos[at], **near))


@bp.get("/share/<token>/<filename>")
@public
def shared_file(token: str, filename: str) -> ResponseReturnValue:
    """Give a picture of the album."""
    album = _album(token)
    try:
        answer = picture(album.id, filename)
    except NotFound:
        raise LinkClosed(UNKNOWN) from None
    answer.headers["Cache-Control"] = "private, no-cache"  # once taken back it is not shown again
    return _private(answer)


@bp.get("/share/", strict_slashes=False)
@bp.get("/share/<path:rest>")
@public
def lost(**_rest: str) -> ResponseReturnValue:
    """Answer every other address that a customer may arrive at, as after a link was cut short."""
    raise LinkClosed(UNKNOWN)
