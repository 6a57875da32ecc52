"""A customer file: looked at, its columns explained, told to go, taken part by part, let go.

A file is cut into parts when it comes. Each part commits with the mark that it is taken, so a kill
loses at most the part under way, and taking that one again changes nothing. However long the file,
only one part is ever in memory.
"""

import hashlib
import itertools
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any, BinaryIO

from sqlalchemy import update
from sqlalchemy.orm import Session

from crm.accounts.rules import Actor
from crm.audit.service import record
from crm.contacts.models import ColumnChoice, ContactFile, ContactFilePart
from crm.contacts.queries import files as queries
from crm.contacts.rules import FileReading, MoveKind, mask_phone
from crm.contacts.service.planning import Origin, make_plan
from crm.contacts.service.taking import Ready, make_ready, patiently, write
from crm.db import DATABASE_AWAY
from crm.groups.rules import mask_phones
from crm.i18n import _
from crm.integrations import queries as uploads
from crm.integrations.formats import contact_files
from crm.integrations.formats.contact_files import (
    ContactRow,
    Field,
    Layout,
    Line,
    LineError,
    Problem,
)
from crm.integrations.formats.safe_csv import csv_bytes
from crm.integrations.formats.tables.cells import text
from crm.integrations.rules.files import (
    FAILED_LIFE,
    FILENAME_MAX,
    PREVIEW_LIFE,
    FileState,
    check_transition,
)
from crm.integrations.service import pack, try_again, unpack

SEALED = "contact file"
BATCH = 2_000
"""Lines taken in one transaction, so that nobody else's write waits noticeably."""
REFUSED_MAX = 20
"""Lines of one part that the book cannot keep; with more it is not the lines that are wrong."""
LOOKED = 500
"""So many lines the preview looks at."""
SAMPLE = 5
SHOWN = 2
_MOVED = {
    Layout.YOUZAN: MoveKind.SHOP,
    Layout.WECHAT_SHOP: MoveKind.SHOP,
    Layout.WECOM: MoveKind.OTHER,
}


@dataclass(frozen=True, slots=True)
class Parcel:
    """A file as it came, cut into sealed parts."""

    filename: str
    header: tuple[str, ...]
    lines: int
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Look:
    """What would become of the first lines of a file, and some cells of each column."""

    lines: int
    created: int
    updated: int
    unchanged: int
    errors: list[LineError]
    people: list[ContactRow]
    cells: dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class PartReady:
    """Some lines as they are to be written."""

    ready: Ready
    lines: int
    created: int
    updated: int
    unchanged: int
    errors: list[LineError]
    number: int = 0


def cut(stream: BinaryIO, filename: str) -> Parcel:
    """Read a file to its end and seal it in parts. Raises UnreadableFile."""
    table = contact_files.open_table(stream)
    parts, lines = [], 0
    while batch := list(itertools.islice(table.rows, BATCH)):
        stored = [[line_no, [contact_files.storable(c) for c in row]] for line_no, row in batch]
        data = json.dumps(stored, ensure_ascii=False, separators=(",", ":")).encode()
        parts.append(pack(data, purpose=SEALED))
        lines += len(batch)
    header = tuple(map(mask_phones, table.header))
    return Parcel(mask_phones(filename)[-FILENAME_MAX:], header, lines, tuple(parts))


def keep_file(
    session: Session, parcel: Parcel, *, store_id: int | None, actor: Actor, now: datetime
) -> ContactFile:
    """Keep a readable file for its preview, read as such files were read the last time."""
    columns = None
    if contact_files.has_names(parcel.header):
        columns = queries.chosen_columns(session, _header_hash(parcel.header))
    if columns is None:
        columns = {n: f.value for n, f in contact_files.known_columns(parcel.header).items()}
    layout = contact_files.layout_of(parcel.header)
    row = ContactFile(
        filename=parcel.filename,
        layout=layout,
        header=list(parcel.header),
        columns=columns,
        store_id=store_id,
        moved_kind=moved_from(layout),
        uploaded_by=actor.id,
        uploaded_at=now,
        state=FileState.PREVIEW,
        parts_count=len(parcel.parts),
        lines_count=parcel.lines,
    )
    session.add(row)
    session.flush()  # the parts and the page that follows name its id
    session.add_all(
        ContactFilePart(file_id=row.id, number=number, content=content, errors=[])
        for number, content in enumerate(parcel.parts)
    )
    return row


def read_file_so(
    session: Session, row: ContactFile, reading: FileReading, *, actor: Actor, now: datetime
) -> None:
    """Read a file as a person says, and remember it for files like this. IllegalTransition.

    Files whose columns have no names are not alike because they are as wide.
    """
    check_transition(row.state, FileState.WAITING)
    row.columns = dict(reading.columns)
    row.store_id, row.moved_kind = reading.store_id, reading.moved_kind
    row.consent_basis = reading.consent_basis
    if not contact_files.has_names(row.header):
        return
    session.merge(
        ColumnChoice(
            header_hash=_header_hash(tuple(row.header)),
            columns=row.columns,
            chosen_by=actor.id,
            chosen_at=now,
        )
    )


def start_file(session: Session, row: ContactFile, *, actor: Actor, now: datetime) -> None:
    """Let a file go; the worker takes it part by part. Raises IllegalTransition."""
    check_transition(row.state, FileState.WAITING)
    row.state = FileState.WAITING
    record(
        session,
        "contacts.file_started",
        subject=f"contact_file:{row.id}",
        actor=actor,
        now=now,
        after={"lines": row.lines_count},
    )


def lines_of_part(session: Session, row: ContactFile) -> list[Line] | None:
    """Open the next part of a file; None when there is no more. Raises WrongKey."""
    part = queries.file_part(session, row.id, row.done_parts)
    return None if part is None or part.content is None else _lines(part.content)


def prepare_part(
    session: Session, row: ContactFile, actor: Actor, *, now: datetime
) -> PartReady | None:
    """Make the next part of a file ready, without writing; None when there is no more. WrongKey."""
    lines = lines_of_part(session, row)
    if lines is None:
        return None
    ready = prepare_lines(session, lines, tuple(row.header), origin_of(row, actor), now=now)
    return replace(ready, number=row.done_parts)


def take_again(session: Session, row: ContactFile, *, actor: Actor, now: datetime) -> None:
    """Let a file that failed go on. Raises IllegalTransition."""
    try_again(row)
    record(
        session,
        "contacts.file_retried",
        subject=f"contact_file:{row.id}",
        actor=actor,
        now=now,
    )


def prepare_lines(
    session: Session,
    lines: list[Line],
    header: tuple[str, ...],
    origin: Origin,
    *,
    now: datetime,
) -> PartReady:
    """Make lines ready to be written: read, matched with the book, encrypted."""
    people, errors = contact_files.read_lines(lines, header, origin.columns)
    plan = make_plan(session, people, origin, now=now)
    return PartReady(
        ready=make_ready(session, plan, origin, now=now),
        lines=len(lines),
        created=len(plan.created),
        updated=plan.completed,
        unchanged=plan.unchanged,
        errors=sorted([*errors, *plan.errors], key=lambda error: error.line_no),
    )


def singly(take: Callable[[list[Line]], PartReady], lines: Iterable[Line]) -> list[PartReady]:
    """Take lines one by one: what the book cannot keep is refused. Raises what goes on too long."""
    parts, refused = [], 0
    for line in lines:
        try:
            parts.append(patiently(partial(take, [line])))
        except DATABASE_AWAY:
            raise
        except Exception:
            refused += 1
            if refused > REFUSED_MAX:
                raise
            error = LineError(line[0], "", Problem.NOT_KEPT)
            parts.append(PartReady(Ready(0, set()), 1, 0, 0, 0, [error]))
    return parts


def written(parts: Sequence[PartReady], number: int) -> PartReady:
    """Return what became of a part whose lines were written one by one."""
    return PartReady(
        ready=Ready(0, set()),
        lines=len(parts),
        created=sum(part.created for part in parts),
        updated=sum(part.updated for part in parts),
        unchanged=sum(part.unchanged for part in parts),
        errors=[error for part in parts for error in part.errors],
        number=number,
    )


def take_part(session: Session, row: ContactFile, part: PartReady, *, now: datetime) -> None:
    """Write a part of a locked file, unless somebody else has. Raises PlanStale, IntegrityError."""
    if row.done_parts != part.number or row.state not in {FileState.WAITING, FileState.RUNNING}:
        return
    row.state = FileState.RUNNING
    write(session, part.ready)
    kept = queries.file_part(session, row.id, part.number)
    if kept is not None:
        kept.content, kept.errors = None, [as_json(error) for error in part.errors]
    row.done_parts += 1
    row.done_count += part.lines
    row.created_count += part.created
    row.updated_count += part.updated
    row.unchanged_count += part.unchanged
    row.errors_count += len(part.errors)
    finish_file(row, now=now)


def finish_file(row: ContactFile, *, now: datetime) -> None:
    """End a file whose last part is taken."""
    if row.done_parts >= row.parts_count:
        row.state, row.finished_at = FileState.DONE, now


def look(session: Session, row: ContactFile, actor: Actor, *, now: datetime) -> Look:
    """Say what would become of the first lines of a file that waits for its go."""
    part = queries.file_part(session, row.id, 0)
    lines = [] if part is None or part.content is None else _lines(part.content)[:LOOKED]
    origin = origin_of(row, actor)
    people, errors = contact_files.read_lines(lines, tuple(row.header), origin.columns)
    plan = make_plan(session, people, origin, now=now)
    return Look(
        lines=len(lines),
        created=len(plan.created),
        updated=plan.completed,
        unchanged=plan.unchanged,
        errors=sorted([*errors, *plan.errors], key=lambda error: error.line_no),
        people=people[:SAMPLE],
        cells=_some_cells(row, lines),
    )


def _some_cells(row: ContactFile, lines: list[Line]) -> dict[str, list[str]]:
    """What stands in each column, so that a person knows it again; numbers are masked."""
    found: dict[str, list[str]] = {}
    for index, name in enumerate(row.header):
        texts = (text(line[index]) for _no, line in lines[: 4 * SAMPLE] if index < len(line))
        some = list(dict.fromkeys(filter(None, texts)))[:SHOWN]
        is_phone = row.columns.get(name) == Field.PHONE
        found[name] = [mask_phone(cell) if is_phone else mask_phones(cell) for cell in some]
    return found


def let_go(session: Session, row: ContactFile) -> None:
    """Forget what a file says: nobody let it go or go on, or whoever sent it works here no more."""
    row.state, row.failure = FileState.EXPIRED, None
    row.header, row.columns = [], {}  # what looks like a header may be somebody
    parts = update(ContactFilePart).where(ContactFilePart.file_id == row.id)
    session.execute(parts.values(content=None))


def expire_previews(session: Session, *, now: datetime) -> int:
    """Let go of files that nobody started or mended: they name people."""
    old = uploads.old_files(
        session,
        ContactFile,
        previews_before=now - PREVIEW_LIFE,
        failed_before=now - FAILED_LIFE,
    )
    for row in old:
        let_go(session, row)
    return len(old)


def origin_of(row: ContactFile, actor: Actor) -> Origin:
    """Return what is true of all lines of a file."""
    return Origin(
        store_id=row.store_id,
        moved_kind=row.moved_kind,
        consent_basis=row.consent_basis,
        columns={name: Field(field) for name, field in row.columns.items()},
        actor=actor,
    )


def _lines(content: str) -> list[Line]:
    stored = json.loads(unpack(content, purpose=SEALED))
    return [(line_no, tuple(cells)) for line_no, cells in stored]


def error_file(errors: Iterable[Sequence[Any]]) -> bytes:
    """Return the lines that were not taken as a file for spreadsheets."""
    header = [_(f"contacts.error_{name}") for name in ("line", "column", "reason")]
    lines = ((no, column, _(f"contacts.problem.{problem}")) for no, column, problem in errors)
    return csv_bytes(header, lines)


def moved_from(layout: Layout) -> MoveKind:
    """Return where the people of such a file came from, until somebody says otherwise."""
    return _MOVED.get(layout, MoveKind.STORE)


def _header_hash(header: tuple[str, ...]) -> str:
    return hashlib.sha256("\x1f".join(header).encode()).hexdigest()


def as_json(error: LineError) -> list[Any]:
    """Return an error as a part keeps it."""
    return [error.line_no, error.column, error.problem.value]
