"""The two files that every page asks for."""

from pathlib import Path

from flask import Flask

from crm.config import ROOT
from crm.web.assets import BUNDLES
from tests.client import PageClient


def test_bundles_hold_every_small_file_of_their_folder() -> None:
    for _kind, folder, files in BUNDLES.values():
        assert sorted(files) == sorted(path.name for path in (ROOT / "static" / folder).iterdir())


def test_bundle_is_served_whole_and_kept_for_a_year(page: PageClient, app: Flask) -> None:
    asset = app.jinja_env.globals["asset"]
    with app.test_request_context():
        address = asset("app.css")
    answer = page.client.get(address)
    assert answer.status_code == 200
    assert answer.mimetype == "text/css"
    assert "immutable" in answer.headers["Cache-Control"]
    assert (Path(ROOT) / "static/css/tokens.css").read_text("utf-8") in answer.text
    assert page.client.get("/assets/other.css").status_code == 404
