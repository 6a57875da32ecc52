"""Settings and jobs: nothing is dead, nothing undocumented."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from crm.config import Settings
from crm.worker import JOBS

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


def _job_functions():
    found = set()
    for path, text in SOURCE.items():
        if path.stem == "jobs" or path.parent.name == "jobs":
            found |= set(re.findall(r"^def (\w+)\(", text, re.MULTILINE))
    return found
