"""The import contract holds, and each of its parts breaks on a planted violation."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINTER = Path(sys.executable).with_name("lint-imports")

# Contract, file to plant in, what is appended to it (a file that does not exist is made).
PLANTS = [
    ("Domains import only", "crm/contacts/queries.py", "import crm.complaints.models"),
    ("Domains import only", "crm/alerts/rules.py", "import crm.claims.rules"),
    ("Domains import only", "crm/orders/service.py", "def f():\n    import crm.campaigns.rules"),
    ("Domains import only", "crm/helpers.py", "X = 1"),
    ("views > forms", "crm/orders/utils.py", "X = 1"),
    ("views > forms", "crm/orders/models.py", "import crm.orders.queries"),
    ("accounts alone", "crm/accounts/queries.py", "import crm.accounts.access"),
    ("integrations alone", "crm/integrations/models.py", "import crm.integrations.gateways"),
    ("workbench and reports", "crm/workbench/models.py", "X = 1"),
    ("api: views", "crm/api/service.py", "X = 1"),
    ("demo: seed", "crm/demo/helpers.py", "X = 1"),
    ("web: five files", "crm/web/utils.py", "X = 1"),
    ("Rules and formats", "crm/orders/rules.py", "import crm.clock"),
    ("Rules and formats", "crm/orders/rules.py", "import sqlalchemy"),
    ("Below the web", "crm/orders/service.py", "import flask"),
    ("Models and queries", "crm/orders/queries.py", "import crm.contacts.service"),
    ("Forms reach", "crm/orders/forms.py", "import crm.orders.models"),
    ("Views import no", "crm/orders/views.py", "import sqlalchemy"),
    ("Only jobs, the wiring", "crm/orders/service.py", "import crm.integrations.gateways"),
    ("Only the worker", "crm/app.py", "import apscheduler"),
]


def test_contract_is_kept():
    done = _lint(ROOT)
    assert done.returncode == 0, done.stdout


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    folder = tmp_path_factory.mktemp("planted")
    shutil.copy(ROOT / "pyproject.toml", folder)
    only_source = shutil.ignore_patterns("__pycache__", "*.po", "data")
    shutil.copytree(ROOT / "crm", folder / "crm", ignore=only_source)
    return folder


@pytest.mark.parametrize(("contract", "path", "plant"), PLANTS, ids=lambda value: value[:30])
def test_planted_violation_breaks_its_contract(contract, path, plant, copy):
    target = _target(copy / path)
    before = target.read_text("utf-8") if target.exists() else None
    target.write_text(f"{before or ''}\n{plant}\n", "utf-8")
    try:
        done = _lint(copy)
    finally:
        target.unlink() if before is None else target.write_text(before, "utf-8")
    broken = [line for line in done.stdout.splitlines() if " BROKEN" in line]
    assert done.returncode == 1
    assert any(line.startswith(contract) for line in broken), done.stdout


def _target(path: Path) -> Path:
    """A file that has grown into a package is planted in its __init__."""
    package = path.with_suffix("")
    return package / "__init__.py" if package.is_dir() else path


def _lint(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [LINTER, "--no-cache"], cwd=folder, capture_output=True, text=True, check=False
    )
