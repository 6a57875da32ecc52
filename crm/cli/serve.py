"""Commands that keep running: serve (web and worker), web, worker; and migrate before them."""

import click

from crm.cli import schema
from crm.config import Settings

host_option = click.option(
    "--host", default="127.0.0.1", show_default=True, help="Address to listen on; 0.0.0.0 for all."
)
port_option = click.option(
    "--port",
    default=8000,
    show_default=True,
    type=click.IntRange(1, 65535),
    help="Port to listen on.",
)


@click.command()
@host_option
@port_option
def serve(host: str, port: int) -> None:
    """Start web and worker together; set up the data folder on first start."""
    from crm.cli.server import serve_web

    settings = Settings.from_env()
    schema.upgrade(settings.database_url)
    serve_web(settings, host, port, with_worker=True)


@click.command()
@host_option
@port_option
def web(host: str, port: int) -> None:
    """Start the web half alone, for several machines on one PostgreSQL."""
    from crm.cli.server import serve_web

    serve_web(Settings.from_env(), host, port, with_worker=False)


@click.command()
@click.option(
    "--parent", type=int, hidden=True, help="End when this process is no longer the parent."
)
@click.option("--job", "name", hidden=True, help="Run one job once, then end.")
def worker(parent: int | None, name: str | None) -> None:
    """Start the worker half alone: alerts, deadlines, nightly work."""
    from crm import worker as process

    settings = Settings.from_env()
    if name is None:
        process.run(settings, parent=parent)
        return
    if name not in process.JOBS:
        raise click.BadParameter(f"no job is called {name}", param_hint="--job")
    process.run_once(settings, name, parent=parent)


@click.command()
def migrate() -> None:
    """Upgrade the tables of the database, one process at a time."""
    schema.upgrade(Settings.from_env().database_url)
    click.echo("The database is up to date.", err=True)
