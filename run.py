#!/usr/bin/env python3
"""Start 熟客 Shuke from a checkout: make .venv, install the pinned libraries, become the program.

    python3 run.py                 the product, like `shuke serve`
    python3 run.py demo            the demo, with an invented shop
    python3 run.py test  [...]     the tests, with pytest's own arguments
    python3 run.py bench [...]     the benchmarks
    python3 run.py soak  [...]     the long kill and load runs, with pytest's own arguments
    python3 run.py COMMAND [...]   any other command of `shuke`

Standard library only. The program replaces this process where the system can do that: a child would
be left behind as an orphan when this one is killed.
"""

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")


def main(arguments: list[str]) -> int:
    if sys.version_info < (3, 11):  # noqa: UP036  old interpreters still read this file
        return complain(f"Shuke needs Python 3.11 or newer; this is {VERSION}.")
    named = bool(arguments) and not arguments[0].startswith("-")
    name, rest = (arguments[0], arguments[1:]) if named else ("start", arguments)
    lock = "test" if name in ("test", "bench", "soak") else "runtime"
    if (problem := make_venv()) or (problem := install(lock)):
        return complain(problem)
    return become(program(name, rest))


def program(name: str, rest: list[str]) -> list[str]:
    """Return the module and arguments that a command stands for."""
    if name == "test":
        spread = ["-n", "auto", "--dist", "loadfile"]
        told = any(argument.startswith("-n") for argument in rest)
        return ["pytest", *([] if told else spread), *rest]
    if name == "soak":  # one after the other: each wants the machine for itself
        return ["pytest", "-n0", "tests/soak", *rest]
    if name == "bench":
        return ["tests.benchmarks", *rest]
    return ["crm.cli", "serve" if name == "start" else name, *rest]


def make_venv() -> str:
    """Make .venv unless it works already. Returns what to do when that is not possible."""
    if PYTHON.exists() and subprocess.call([str(PYTHON), "-c", ""]) == 0:
        return ""
    if importlib.util.find_spec("ensurepip") is None:
        return f"Python's venv is missing. Install it: sudo apt install python{VERSION}-venv"
    print("Making .venv (once) ...", file=sys.stderr)
    venv.create(VENV, with_pip=True, clear=VENV.exists())
    return ""


def install(lock: str) -> str:
    """Install what the lock names unless the stamp says it is there. Returns what went wrong."""
    file = ROOT / "requirements" / f"{lock}.txt"
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    stamp = VENV / f"{lock}.installed"
    if stamp.exists() and stamp.read_text("ascii") == digest:
        return ""
    print(f"Installing requirements/{lock}.txt (about a minute) ...", file=sys.stderr)
    wanted = ["--quiet", "--require-hashes", "--requirement", str(file)]
    pip = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", *wanted]
    uv = shutil.which("uv")
    done = uv and subprocess.call([uv, "pip", "install", "--python", str(PYTHON), *wanted]) == 0
    if not done and subprocess.call(pip) != 0:
        return "The libraries could not be installed. Check the network, then run this again."
    link_checkout()
    stamp.write_text(digest, "ascii")
    return ""


def link_checkout() -> None:
    """Let .venv find this checkout from any folder, and give it the `shuke` command."""
    asked = "import sysconfig; print(sysconfig.get_path('purelib'))"
    packages = subprocess.check_output([str(PYTHON), "-c", asked], text=True).strip()
    Path(packages, "shuke.pth").write_text(f"{ROOT}\n", "utf-8")
    if os.name == "nt":
        (BIN / "shuke.cmd").write_text(f'@"{PYTHON}" -m crm.cli %*\n', "utf-8")
        return
    script = BIN / "shuke"
    script.write_text(f'#!/bin/sh\nexec "{PYTHON}" -m crm.cli "$@"\n', "utf-8")
    script.chmod(0o755)


def become(module: list[str]) -> int:
    """Replace this process by the module; on Windows that loses the terminal, so wait for it."""
    command = [str(PYTHON), "-m", *module]
    if module[0] != "crm.cli":
        os.chdir(ROOT)
    if os.name != "nt":
        os.execv(command[0], command)
    return subprocess.call(command)


def complain(line: str) -> int:
    print(line, file=sys.stderr)
    return 1


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
