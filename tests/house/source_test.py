"""The source of the product keeps the rules of the house; planted faults are found."""

import subprocess
from pathlib import Path

import pytest

from tests.house import source_rules
from tests.house.source_rules import RULES

ROOT = Path(__file__).resolve().parents[2]
PLANTS = {
    "commits": ("crm/orders/service.py", "def f(session):\n    session.commit()\n"),
    "selects": ("crm/orders/views.py", "from sqlalchemy import func, select\n"),
    "environment": ("crm/orders/service.py", "import os\nHOME = os.environ['HOME']\n"),
    "markup": ("crm/orders/views.py", "from markupsafe import Markup\nB = Markup('<b>')\n"),
    "unfinished": ("crm/orders/rules.py", "X = 1  # TO" + "DO later\n"),
    "mocks": ("tests/services/orders_test.py", "from unittest.mock import patch\n"),
    "docstrings": ("crm/orders/rules.py", "X = 1\n"),
    "sizes": ("crm/orders/rules.py", '"""Rules."""\n' + "X = 1\n" * 400),
    "function_sizes": (
        "crm/orders/views.py",
        "@bp.get('/orders')\ndef orders():\n" + "    f()\n" * 20,
    ),
    "notes": ("crm/worker.py", '"""The worker."""\n'),
}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_source_keeps_rule(rule):
    found = list(rule(ROOT))
    assert not found, "\n".join(found)


@pytest.fixture
def house(tmp_path):
    """A house in miniature that keeps every rule."""
    for name, titles in source_rules.NOTES.items():
        text = "\n\n".join(f"{title}\nDecision (accepted): yes." for title in titles)
        _write(tmp_path / name, f'"""Purpose.\n\n{text}\n"""\n')
    _write(tmp_path / "crm/orders/queries.py", '"""Q."""\nfrom sqlalchemy import select\n')
    _write(tmp_path / "templates/layout.html", "<h1></h1>\n")
    return tmp_path


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_planted_fault_is_found(rule, house):
    assert list(rule(house)) == []
    path, text = PLANTS[rule.__name__]
    _write(house / path, text)
    assert len(list(rule(house))) == 1


def test_long_template_is_found(house):
    _write(house / "templates/layout.html", "<p></p>\n" * 201)
    assert list(source_rules.sizes(house)) == ["templates/layout.html has 201 lines, limit 200"]


def test_top_level_holds_only_what_the_guide_lists():
    listed = subprocess.run(
        ["git", "ls-tree", "--name-only", "HEAD"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("not a git checkout: what lies here is not what was committed")
    assert list(source_rules.top_level(listed.stdout.split())) == []


def test_stray_top_level_file_is_found():
    names = [*source_rules.TOP_LEVEL, "notes.txt"]
    assert list(source_rules.top_level(names)) == ["unexpected: notes.txt"]


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
