"""`shuke import contacts`: takes a customer file from the shell, as the page and the worker do."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import click
from sqlalchemy.orm import Session, sessionmaker

from crm import clock
from crm.contacts.service import files as service
from crm.contacts.service.files import PartReady
from crm.contacts.service.planning import Origin
from crm.contacts.service.taking import patiently, write
from crm.db import DATABASE_AWAY, transaction
from crm.i18n import _
from crm.integrations.cli import (
    EXISTING,
    WRITABLE,
    exit_code,
    renames_of,
    unreadable,
    with_progress,
)
from crm.integrations.formats import contact_files
from crm.integrations.formats.contact_files import Field, Line, LineError
from crm.integrations.formats.tables import Table, UnreadableFile, fold
from crm.stores.queries import store_by_code

EXAMPLE = '{"column of the file": "phone"}'


@dataclass
class Tally:
    """What has become of the lines so far."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    errors: list[LineError] = field(default_factory=list)

    @property
    def taken(self) -> int:
        return self.created + self.updated + self.unchanged

    def add(self, part: PartReady) -> None:
        """Count the lines of a part."""
        self.created += part.created
        self.updated += part.updated
        self.unchanged += part.unchanged
        self.errors += part.errors


@click.command("contacts")
@click.argument("file", type=EXISTING)
@click.option("--store", "code", metavar="CODE", help="The store of people whose line names none.")
@click.option("--mapping", type=EXISTING, help='JSON: {"column of the file": "phone", ...}.')
@click.option("--dry-run", is_flag=True, help="Say what would happen, change nothing.")
@click.option("--errors", type=WRITABLE, help="Refused lines.")
@click.pass_context
def import_contacts(
    context: click.Context,
    file: Path,
    code: str | None,
    mapping: Path | None,
    errors: Path | None,
    *,
    dry_run: bool,
) -> None:
    """Take the customer file of a till, Youzan, WeChat Shop or WeCom (xlsx or csv).

    Exits 0 when all rows were taken, 3 when some were refused, 1 when none was taken. Told again
    after a kill it goes on: who is there already is not added twice.
    """
    factory: sessionmaker[Session] = context.obj
    columns = _columns(mapping)
    store_id, tally = _store_id(factory, code), Tally()
    try:
        with file.open("rb") as stream:
            table = contact_files.open_table(stream)
            origin = _origin(table, columns, store_id)
            for lines in with_progress(_batches(table), None, "lines"):
                for part in _take(factory, lines, table.header, origin, dry_run=dry_run):
                    tally.add(part)
    except UnreadableFile as error:
        raise unreadable(error) from None
    if errors is not None:
        errors.write_bytes(service.error_file(map(service.as_json, tally.errors)))
    click.echo(
        f"created {tally.created}, updated {tally.updated}, unchanged {tally.unchanged}, "
        f"refused {len(tally.errors)}"
    )
    context.exit(exit_code(taken=tally.taken, refused=len(tally.errors)))


def _columns(mapping: Path | None) -> dict[str, Field]:
    found = {}
    for column, name in renames_of(mapping, EXAMPLE).items():
        meant = contact_files.field_named(name)
        if meant is None:
            fields = ", ".join(Field)
            raise click.BadParameter(f"{name} is none of: {fields}", param_hint="--mapping")
        found[fold(column)] = meant
    return found


def _store_id(factory: sessionmaker[Session], code: str | None) -> int | None:
    if code is None:
        return None
    with factory() as session:
        store = store_by_code(session, code)
    if store is None:
        raise click.BadParameter(f"no store has the code {code}", param_hint="--store")
    return store.id


def _origin(table: Table, columns: dict[str, Field], store_id: int | None) -> Origin:
    """The columns as told, else as known; a meaning that was told is nobody else's."""
    known = contact_files.known_columns(table.header)
    told = set(columns.values())
    return Origin(
        store_id=store_id,
        moved_kind=service.moved_from(contact_files.layout_of(table.header)),
        consent_basis=None,
        columns={name: f for name, f in known.items() if f not in told} | columns,
        actor=None,
    )


def _batches(table: Table) -> Iterator[list[Line]]:
    while batch := list(itertools.islice(table.rows, service.BATCH)):
        yield batch


def _take(
    factory: sessionmaker[Session],
    lines: list[Line],
    header: tuple[str, ...],
    origin: Origin,
    *,
    dry_run: bool,
) -> list[PartReady]:
    def take(some: list[Line]) -> PartReady:
        with factory() as session:
            part = service.prepare_lines(session, some, header, origin, now=clock.now())
        if not dry_run:
            with transaction(factory) as session:
                write(session, part.ready)
        return part

    try:
        return [patiently(partial(take, lines))]
    except DATABASE_AWAY as error:
        raise click.ClickException(_("contacts.cli_database_away")) from error
    except Exception:  # noqa: BLE001  one of the lines; which, is found out one by one
        return _take_singly(take, lines)


def _take_singly(take: Callable[[list[Line]], PartReady], lines: list[Line]) -> list[PartReady]:
    try:
        return service.singly(take, lines)
    except Exception as error:
        words = _("contacts.cli_stopped", first=lines[0][0], last=lines[-1][0])
        raise click.ClickException(words) from error
