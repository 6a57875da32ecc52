"""A command that kills itself: `python -m tests.processes.dying STEP COMMAND ...`.

STEP counts what it does to files and what it commits; where it does less, it ends by itself and as
ever. The product knows nothing of it: interpreter and engine announce their own steps.
"""

import os
import signal
import sys

from sqlalchemy import Engine
from sqlalchemy.event import listen

from crm import cli

STEPS = {"os.link", "os.rename", "os.remove", "sqlite3.connect"}
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


def main(wanted, command):
    done = 0

    def step(*_of_what):
        nonlocal done
        done += 1
        if done == wanted:
            os.kill(os.getpid(), signal.SIGKILL)

    def notice(event, arguments):
        if event in STEPS or (event == "open" and arguments[2] & WRITING):
            step()

    sys.addaudithook(notice)
    listen(Engine, "commit", step)
    sys.exit(cli.run(command))


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
