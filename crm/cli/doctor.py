"""`shuke doctor`: what needs a person before the product can be relied on.

Every check answers with one line and never writes to the database.
"""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from datetime import timedelta

import click
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from crm import clock
from crm.accounts.queries import has_staff
from crm.alerts.queries import dead_alerts, last_tick
from crm.cli import schema
from crm.cli.key import is_rotating, was_exported
from crm.config import Settings
from crm.db import make_engine, make_factory
from crm.integrations.queries import channels, usable_channels
from crm.integrations.rules import ChannelState
from crm.stores.queries import demo_offset
from crm.workbench.queries.frame import LATE_AFTER

FREE_DISK = 500 * 1024 * 1024
CLOCK_SLACK = timedelta(seconds=5)


@dataclass(frozen=True)
class Finding:
    """The answer of one check; `advice` is empty when all is well."""

    name: str
    advice: str = ""


@click.command()
@click.option(
    "--settings", "list_settings", is_flag=True, help="List the settings and their values."
)
@click.pass_context
def doctor(context: click.Context, *, list_settings: bool) -> None:
    """Check what Shuke needs; exit 1 when something needs a person."""
    settings = Settings.from_env()
    if list_settings:
        _print_settings(settings)
        return
    findings = list(examine(settings))
    for finding in findings:
        click.echo(
            f"{'look' if finding.advice else 'ok':<5} {finding.name}  {finding.advice}".rstrip()
        )
    if any(finding.advice for finding in findings):
        context.exit(1)


def _print_settings(settings: Settings) -> None:
    for setting in fields(settings):
        shown = "(hidden)" if not setting.repr else getattr(settings, setting.name)
        shown = ",".join(shown) if isinstance(shown, tuple) else shown
        click.echo(f"{setting.metadata['env']}={shown}\n    {setting.metadata['help']}")


def examine(settings: Settings) -> Iterator[Finding]:
    """Run the checks; those that need the tables only when they are there."""
    yield _disk(settings)
    yield _key(settings)
    engine = make_engine(settings.database_url)
    try:
        yield from _database(engine)
    except SQLAlchemyError as error:
        reason = str(error).splitlines()[0]
        yield Finding("database", f"cannot be reached: {reason}. Check SHUKE_DATABASE_URL.")
    finally:
        engine.dispose()


def _database(engine: Engine) -> Iterator[Finding]:
    current = schema.is_current(engine)
    yield Finding("database")
    yield Finding("migrations", "" if current else "the tables are old. Run: shuke migrate")
    if not current:
        return
    factory = make_factory(engine)
    with factory() as session:
        yield _clock(session)
        clock.set_offset(demo_offset(factory))
        for check in CHECKS:
            yield check(session)


def _disk(settings: Settings) -> Finding:
    folder = settings.data_dir
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    advice = f"only {free // 2**20} MB free in {folder}. Make room." if free < FREE_DISK else ""
    return Finding("disk", advice)


def _key(settings: Settings) -> Finding:
    if is_rotating(settings):
        return Finding("key", "its rotation was broken off. Run: shuke key rotate")
    missing = "it was never written out for a safe place. Run: shuke key export FILE"
    return Finding("key", "" if was_exported(settings) else missing)


def _clock(session: Session) -> Finding:
    """Compare with the database's own clock: two machines must agree on deadlines."""
    if session.get_bind().dialect.name == "sqlite":
        return Finding("clock")
    theirs = session.scalar(text("SELECT clock_timestamp()"))
    apart = abs(theirs - clock.now()) if theirs else timedelta(0)
    advice = f"{apart.seconds} s away from the database's. Set this machine's time."
    return Finding("clock", advice if apart > CLOCK_SLACK else "")


def _people(session: Session) -> Finding:
    missing = "nobody can sign in yet. Open /setup, or run: shuke user add"
    return Finding("people", "" if has_staff(session) else missing)


def _worker(session: Session) -> Finding:
    ticked = last_tick(session)
    late = ticked is None or clock.now() - ticked > LATE_AFTER
    return Finding("worker", "it does not tick. Run: shuke serve" if late else "")


def _channels(session: Session) -> Finding:
    if not usable_channels(session, None):
        missing = "alerts reach only the inbox. Enter a robot or an address at /settings/alerts"
        return Finding("channels", missing)
    bad = [one for one in channels(session) if one.state is not ChannelState.OK]
    refused = ", ".join(f"{one.kind} {one.id} ({one.last_code})" for one in bad)
    return Finding("channels", f"refused: {refused}. Try them at /settings/alerts" if bad else "")


def _dead(session: Session) -> Finding:
    _rows, count = dead_alerts(session, most=1)
    return Finding("alerts", f"{count} given up. Send them again at /status" if count else "")


CHECKS: tuple[Callable[[Session], Finding], ...] = (_people, _worker, _channels, _dead)
