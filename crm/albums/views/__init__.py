"""Pages of albums: for the shop's people, and what a customer sees who opens a link."""

from flask import Blueprint

bp = Blueprint("albums", __name__)

from crm.albums.views import books, links, photos, shared  # noqa: E402, F401  they register on bp
