"""The libraries that browsers load are the published ones, and nothing is copied from them."""

import base64
import hashlib
from importlib.metadata import distribution
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# The integrity value that the htmx project published with 2.0.3.
HTMX = "0895/pl2MU10Hqc6jd4RvrthNlDiE9U1tWmX7WRESftEDRosgxNsQG/Ze9YMRzHq"


def test_htmx_is_the_published_file():
    files = distribution("django-js-lib-htmx").files or []
    (found,) = [file for file in files if file.name == "htmx.min.js"]
    digest = hashlib.sha384(Path(found.locate()).read_bytes()).digest()
    assert base64.b64encode(digest).decode() == HTMX
