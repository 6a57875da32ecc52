"""`shuke demo`: one of the three invented shops, over a throw-away database of its own."""

import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

import click

from crm import clock, crypto
from crm.cli import schema
from crm.cli.serve import port_option
from crm.config import Settings
from crm.db import make_engine, make_factory, transaction
from crm.demo.cast.clock import SHIPPED, ZONE, opening
from crm.demo.stories import SHOPS, story
from crm.i18n import fmt

if TYPE_CHECKING:
    from crm.demo.seed import Telling


class Moment(click.ParamType[datetime]):
    """`now`, or a time with its offset."""

    name = "now|ISO"

    def convert(
        self, value: object, param: click.Parameter | None, context: click.Context | None
    ) -> datetime:
        """Return the moment, aware."""
        if value == "now":
            return clock.now()
        try:
            moment = datetime.fromisoformat(str(value))
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is None:
            self.fail(f"{value} is no time; write now or {SHIPPED}", param, context)
        return moment


@click.command()
@click.option("--shop", type=click.Choice(SHOPS), default=SHOPS[0], show_default=True)
@port_option
@click.option("--as-of", type=Moment(), default=SHIPPED, show_default=True, help="Demo time.")
@click.option("--seed", type=int, help="Another draw of the same shop.")
@click.option("--size", type=click.Choice(("full", "small")), default="full", show_default=True)
@click.option("--password", help="For all logins; without it each gets one of its own.")
def demo(
    shop: str, port: int, as_of: datetime, seed: int | None, size: str, password: str | None
) -> None:
    """Serve an invented shop over a throw-away database; prints address and logins."""
    from crm.cli.server import serve_web
    from crm.demo.seed import DEFAULT_SEEDS, Telling

    telling = Telling(
        shop,
        opening(as_of.astimezone(ZONE)),
        DEFAULT_SEEDS[shop] if seed is None else seed,
        small=size == "small",
    )
    passwords = {login: password or secrets.token_urlsafe(9) for login in story(shop)["logins"]}
    with _throw_away_folder(shop) as folder:
        settings = Settings.from_env({"SHUKE_DATA_DIR": folder})
        crypto.configure(settings.secret_key, settings.keys_now)
        fmt.configure(settings.timezone)
        _fill(settings, telling, passwords)
        _print_logins(shop, passwords)
        click.echo(f"http://127.0.0.1:{port}/")
        serve_web(settings, "127.0.0.1", port, with_worker=True)


@contextmanager
def _throw_away_folder(shop: str) -> Iterator[str]:
    """Make a folder that goes when the demo ends."""
    folder, maker = tempfile.mkdtemp(prefix=f"shuke-demo-{shop}-"), os.getpid()
    try:
        yield folder
    finally:
        if os.getpid() == maker:  # web processes are forks and leave through here as well
            shutil.rmtree(folder, ignore_errors=True)


def _fill(settings: Settings, telling: "Telling", passwords: dict[str, str]) -> None:
    from crm.demo.seed import open_doors, tell
    from crm.demo.seed.albums import show_goods

    schema.upgrade(settings.database_url)
    engine = make_engine(settings.database_url)
    factory = make_factory(engine)
    with transaction(factory) as session:
        stage = tell(
            session, telling, passwords, say=lambda step: click.echo(f"… {step}", err=True)
        )
        show_goods(stage, settings.albums_dir)
    open_doors(factory, telling.as_of, real_now=clock.now())
    engine.dispose()


def _print_logins(shop: str, passwords: dict[str, str]) -> None:
    roles = {line["login"]: line["role"] for line in story(shop)["staff"]}
    for login, password in passwords.items():
        click.echo(f"{shop}\t{roles[login]}\t{login}\t{password}")
