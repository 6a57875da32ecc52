"""Settings and jobs: nothing is dead, nothing undocumented."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from crm.accounts.rules import Role
from crm.config import Settings
from crm.worker import JOBS
from tests.factories.stores import make_staff
from tests.house.word_rules import catalogue

ROOT = Path(__file__).resolve().parents[2]
SOURCE = {
    path: path.read_text("utf-8")
    for path in (ROOT / "crm").rglob("*.py")
    if path != ROOT / "crm" / "config.py"
}
TESTS = "\n".join(path.read_text("utf-8") for path in (ROOT / "tests" / "jobs").glob("*.py"))


@pytest.mark.parametrize("setting", fields(Settings), ids=lambda setting: setting.name)
def test_setting_is_documented_and_read_somewhere(setting):
    assert setting.metadata["env"].startswith("SHUKE_")
    assert setting.metadata["help"]
    readers = [path for path, text in SOURCE.items() if re.search(rf"\.{setting.name}\b", text)]
    assert readers


def test_there_are_jobs():
    assert JOBS


@pytest.mark.parametrize("name", JOBS)
def test_job_has_a_test(name):
    """The function that a job of the worker calls is called by a test of tests/jobs."""
    called = [word for word in JOBS[name].run.__code__.co_names if word in _job_functions()]
    assert called
    assert all(re.search(rf"\b{word}\(", TESTS) for word in called), called


@pytest.mark.parametrize("locale", ["zh", "en"])
def test_settings_and_jobs_stand_on_the_operations_page(locale):
    known = catalogue(ROOT / "crm" / "translations" / locale)
    keys = [f"help.setting_{setting.metadata['env']}" for setting in fields(Settings)]
    keys += [f"help.job_{name}" for name in JOBS]
    assert [key for key in keys if not known.get(key)] == []


@pytest.mark.parametrize("locale", ["zh", "en"])
def test_operations_page_shows_every_setting_and_job(locale, page, session):
    page.sign_in(make_staff(session, Role.OWNER))
    text = page.get("/help/operations", lang=locale).text
    names = [*(setting.metadata["env"] for setting in fields(Settings)), *JOBS]
    assert [name for name in names if name not in text] == []


def _job_functions():
    found = set()
    for path, text in SOURCE.items():
        if path.stem == "jobs" or path.parent.name == "jobs":
            found |= set(re.findall(r"^def (\w+)\(", text, re.MULTILINE))
    return found
