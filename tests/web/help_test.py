"""The user's guide: every page renders in both languages, for everybody."""

from pathlib import Path

import pytest

from crm.accounts.rules import Role
from crm.config import ROOT
from crm.workbench.views.help import PAGES
from tests.client import PageClient
from tests.factories.stores import make_staff


def test_both_languages_have_the_same_pages() -> None:
    folder = Path(ROOT) / "templates" / "help"
    for language in ("zh", "en"):
        assert {path.stem for path in (folder / language).glob("*.html")} == set(PAGES)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("slug", ["", *PAGES])
def test_page_renders_without_signing_in(page: PageClient, slug: str, language: str) -> None:
    page.get(f"/help/{slug}".rstrip("/"), lang=language)


def test_page_renders_inside_the_frame_for_staff(page: PageClient, session) -> None:  # type: ignore[no-untyped-def]
    page.sign_in(make_staff(session, Role.ASSISTANT))
    page.get("/help/deadlines")
    assert 'aria-label="主导航"' in page.response.text


def test_unknown_page_is_not_found(page: PageClient) -> None:
    page.get("/help/nothing", 404)
    page.get("/help/..%2Fpage", 404)
