"""A command that kills itself: `python -m tests.processes.dying STEP COMMAND ...`.

STEP counts what it does to files; where it does less, it ends by itself and as ever. The product
knows nothing of it: the interpreter announces its own steps.
"""

import os
import signal
import sys

from crm import cli

STEPS = {"os.link", "os.rename", "os.remove", "sqlite3.connect"}
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


def main(wanted, command):
    done = 0

    def notice(event, arguments):
        nonlocal done
        if event in STEPS or (event == "open" and arguments[2] & WRITING):
            done += 1
            if done == wanted:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(notice)
    sys.exit(cli.run(command))


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
