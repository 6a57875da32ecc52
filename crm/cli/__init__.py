"""The console script `shuke`: exactly the commands of the guide, hung under one root.

It decides nothing. Domain commands live in `crm/<domain>/cli.py` and get the session factory as
click's object; only this package starts the web and the worker.
"""

import sys
from collections.abc import Sequence

import click
from sqlalchemy.exc import DBAPIError

import crm
from crm import crypto, log
from crm.accounts.cli import token
from crm.cli.data import backup, restore
from crm.cli.demo import demo
from crm.cli.doctor import doctor
from crm.cli.key import key
from crm.cli.reindex import reindex
from crm.cli.serve import migrate, serve, web, worker
from crm.complaints.cli import import_chat
from crm.config import HalfRestored, Settings, SettingsError
from crm.contacts.cli import import_contacts
from crm.db import make_engine, make_factory
from crm.i18n import fmt
from crm.loyalty.cli import recompute
from crm.orders.cli import import_orders
from crm.stores.cli import user

USAGE = 2
INTERRUPTED = 130
PROGRAM = "shuke"


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(crm.__version__, prog_name=PROGRAM)
@click.pass_context
def root(context: click.Context) -> None:
    """熟客 Shuke: keep the customers of a small shop."""
    settings = Settings.from_env()
    if context.invoked_subcommand != restore.name:
        settings.refuse_half()
    log.configure(settings.log_level)
    crypto.configure(settings.secret_key, settings.keys_now)
    fmt.configure(settings.timezone)
    engine = make_engine(settings.database_url)
    context.call_on_close(engine.dispose)
    context.obj = make_factory(engine)


imports = click.Group("import", help="Bring in what other programs know.")
imports.add_command(import_contacts)
imports.add_command(import_orders)
imports.add_command(import_chat)

for command in (
    serve,
    demo,
    web,
    worker,
    migrate,
    backup,
    restore,
    key,
    doctor,
    user,
    token,
    imports,
    recompute,
    reindex,
):
    root.add_command(command)


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code; every failure is one line on stderr."""
    try:
        code = root.main(list(arguments), PROGRAM, standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        path = error.ctx.command_path if error.ctx else PROGRAM
        return _say(f"Say what to do. The commands are listed by: {path} --help", USAGE)
    except click.ClickException as error:
        return _say(_one_line(error), error.exit_code)
    except (SettingsError, HalfRestored) as error:
        return _say(str(error), USAGE if isinstance(error, SettingsError) else 1)
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except DBAPIError as error:
        return _say(_about_database(error), 1)
    return code if isinstance(code, int) else 0


def _one_line(error: click.ClickException) -> str:
    text = " ".join(error.format_message().split())
    context = getattr(error, "ctx", None)
    if not isinstance(error, click.UsageError) or context is None:
        return text
    return f"{text} See: {context.command_path} --help"


def _about_database(error: DBAPIError) -> str:
    text = str(error.orig).splitlines()[0] if str(error.orig) else type(error.orig).__name__
    return f"The database answered: {text} If its tables are missing or old, run: shuke migrate"


def _say(line: str, code: int) -> int:
    click.echo(line, err=True)
    return code


def main() -> None:
    sys.exit(run(sys.argv[1:]))
