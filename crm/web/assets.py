"""One style sheet and one script, put together at start from the small files of static/.

Shops on slow phones pay for each request, so a page asks for two files that the browser then
keeps; their address carries a digest of the content. It does not minify: compression does more.
"""

import hashlib
from pathlib import Path

from flask import Flask, Response, abort

BUNDLES = {
    "app.css": ("text/css", "css", ("tokens.css", "base.css", "components.css")),
    "app.js": (
        "text/javascript",
        "js",
        (
            "core.js",
            "countdown.js",
            "toast.js",
            "outbox.js",
            "draft.js",
            "copy.js",
            "keys.js",
            "menu.js",
            "live.js",
            "forms.js",
            "limit.js",
            "poll.js",
            "photos.js",
            "ready.js",
        ),
    ),
}
YEAR = 365 * 24 * 3600


def init_app(app: Flask) -> None:
    """Read the bundles once, serve them at /assets/ and give templates `asset(name)`."""
    folder = Path(str(app.static_folder))
    bundles = {
        name: (kind, b"\n".join((folder / sub / file).read_bytes() for file in files))
        for name, (kind, sub, files) in BUNDLES.items()
    }
    digests = {
        name: hashlib.sha256(body).hexdigest()[:12] for name, (_kind, body) in bundles.items()
    }

    def serve(name: str) -> Response:
        if name not in bundles:
            abort(404)
        kind, body = bundles[name]
        response = Response(body, mimetype=kind)
        response.cache_control.public = True
        response.cache_control.max_age = YEAR
        response.cache_control.immutable = True
        return response

    def asset(name: str) -> str:
        return f"/assets/{name}?v={digests[name]}"

    serve.access = "public"  # type: ignore[attr-defined]  # style and script hold nothing private
    app.add_url_rule("/assets/<name>", "assets", serve)
    app.jinja_env.globals["asset"] = asset
