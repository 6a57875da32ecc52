"""run.py: what each command becomes, and what it says when something is missing."""

import hashlib
import importlib.util
import re
from importlib.metadata import distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import run

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("name", "rest", "becomes"),
    [
        ("start", ["--port", "9000"], ["crm.cli", "serve", "--port", "9000"]),
        ("demo", ["--shop", "tonics"], ["crm.cli", "demo", "--shop", "tonics"]),
        ("doctor", [], ["crm.cli", "doctor"]),
        ("bench", ["g1"], ["tests.benchmarks", "g1"]),
        ("soak", ["-k", "kills"], ["pytest", "-n0", "tests/soak", "-k", "kills"]),
        ("test", ["-n0", "tests/rules"], ["pytest", "-n0", "tests/rules"]),
        ("test", [], ["pytest", "-n", "auto", "--dist", "loadfile"]),
    ],
)
def test_command_becomes_its_module(name, rest, becomes):
    assert run.program(name, rest) == becomes


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """A launcher whose checkout is an empty folder."""
    monkeypatch.setattr(run, "ROOT", tmp_path)
    monkeypatch.setattr(run, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(run, "PYTHON", tmp_path / ".venv" / "bin" / "python")
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements" / "runtime.txt").write_text("nothing==0\n")
    return tmp_path


def test_missing_venv_names_the_package_to_install(elsewhere, monkeypatch, capsys):
    known = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "ensurepip" else known(name)
    )
    assert run.main([]) == 1
    _out, words = capsys.readouterr()
    assert re.fullmatch(r".*sudo apt install python3\.\d+-venv\n", words)


def test_stamped_lock_is_not_installed_again(elsewhere):
    (elsewhere / ".venv").mkdir()
    lock = (elsewhere / "requirements" / "runtime.txt").read_bytes()
    (elsewhere / ".venv" / "runtime.installed").write_text(hashlib.sha256(lock).hexdigest())
    assert run.install("runtime") == ""


def test_failed_installation_says_what_to_do_and_leaves_no_stamp(elsewhere, monkeypatch):
    (elsewhere / ".venv").mkdir()
    monkeypatch.setattr(run.shutil, "which", lambda _name: None)
    monkeypatch.setattr(run.subprocess, "call", lambda _command: 1)
    assert "network" in run.install("runtime")
    assert not (elsewhere / ".venv" / "runtime.installed").exists()


def test_old_python_is_refused_in_one_line(monkeypatch, capsys):
    monkeypatch.setattr(run.sys, "version_info", (3, 10, 4, "final", 0))
    assert run.main([]) == 1
    assert "3.11" in capsys.readouterr().err


@pytest.mark.parametrize("lock", ["runtime", "test"])
def test_lock_pins_every_file_and_names_no_host(lock):
    text = (ROOT / "requirements" / f"{lock}.txt").read_text("utf-8")
    assert "://" not in text
    entries = re.split(r"\n(?=\S)", text.strip())
    assert entries
    assert [entry for entry in entries if "==" not in entry or "--hash=sha256:" not in entry] == []


def test_test_lock_holds_the_runtime_lock():
    pins = {}
    for name in ("runtime", "test"):
        text = (ROOT / "requirements" / f"{name}.txt").read_text("utf-8")
        pins[name] = set(re.findall(r"^(\S+==\S+)", text, re.MULTILINE))
    assert pins["runtime"] <= pins["test"]


def test_lock_names_each_extra_that_a_library_asks_for():
    """Without it, pip takes the newest release for the extra and refuses it as not pinned."""
    text = (ROOT / "requirements" / "test.txt").read_text("utf-8")
    pinned = {line.partition("==")[0] for line in re.findall(r"^\S+==\S+", text, re.MULTILINE)}
    needs = [Requirement(line) for library in distributions() for line in library.requires or ()]
    asked = {
        f"{need.name}[{','.join(sorted(need.extras))}]"
        for need in needs
        if need.extras and (need.marker is None or need.marker.evaluate({"extra": ""}))
    }
    assert asked
    assert asked <= pinned
