"""`shuke import chat`: takes an exported chat from the shell by the same service as the page."""

import sys
import time
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import click
from sqlalchemy.orm import Session, sessionmaker
from tqdm import tqdm

from crm import clock
from crm.complaints.rules.commands import TakenLines
from crm.complaints.service.lines import take_lines
from crm.db import transaction
from crm.groups import queries
from crm.groups.models import ChatGroup
from crm.groups.rules import (
    FUTURE_SLACK,
    ImportSource,
    NewMessage,
    Origin,
    UndatedLine,
    placed_messages,
)
from crm.i18n import fmt
from crm.integrations.formats.chat import Missing, ParsedChat, parse
from crm.integrations.formats.decoding import decoded
from crm.integrations.formats.safe_csv import csv_bytes

NOTHING_TAKEN, SOME_REFUSED = 1, 3
BATCH = 500
"""Lines of one transaction, so that nobody else's write waits noticeably."""
EXISTING = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("chat")
@click.argument("file", type=EXISTING)
@click.option("--group", "name", required=True, metavar="NAME", help="The group it is of.")
@click.option("--store", "code", metavar="CODE", help="Whose group, where two have the name.")
@click.option("--date", type=click.DateTime(["%Y-%m-%d"]), help="The day, where only hours stand.")
@click.option("--dry-run", is_flag=True, help="Say what would happen, change nothing.")
@click.option("--errors", type=click.Path(dir_okay=False, path_type=Path), help="Refused lines.")
def import_chat(
    file: Path,
    name: str,
    code: str | None,
    date: datetime | None,
    errors: Path | None,
    *,
    dry_run: bool,
) -> None:
    """Take a chat as it was copied or exported; what reads like a complaint is opened.

    Exits 0 when all lines were taken, 3 when some were refused, 1 when none was taken.
    """
    context = click.get_current_context()
    factory: sessionmaker[Session] = context.obj
    with factory() as session:
        group = _group(session, name, code)
        members = queries.member_names(session, group.id)
    parsed = parse(_text(file), date=date.date() if date else None, members=members)
    lines, future = _parted(_placed(parsed))
    taken = _compared(factory, group, lines) if dry_run else _taken(factory, group, parsed, lines)
    refused = [*(("", "", text) for text in parsed.unparsed), *map(_shown, future)]
    if errors is not None:
        errors.write_bytes(csv_bytes(["sent_at", "sender", "text"], refused))
    click.echo(f"{taken}, refused {len(refused)}")
    if not lines:
        context.exit(NOTHING_TAKEN)
    context.exit(SOME_REFUSED if refused else 0)


def _group(session: Session, name: str, code: str | None) -> ChatGroup:
    found = queries.groups_of_name(session, name, code)
    if len(found) > 1:
        raise click.BadParameter("several groups have this name", param_hint="--store")
    if not found:
        where = f" in the store {code}" if code else ""
        raise click.BadParameter(f"no group is called {name}{where}", param_hint="--group")
    return found[0]


def _text(file: Path) -> str:
    try:
        return decoded(file.read_bytes())[0]
    except UnicodeDecodeError:
        raise click.ClickException(f"{file.name} is no text file.") from None


def _placed(parsed: ParsedChat) -> list[NewMessage]:
    try:
        if parsed.missing is Missing.NOTHING:
            return placed_messages(parsed, fmt.zone())
    except UndatedLine:
        pass
    raise click.BadParameter("the file does not say the day", param_hint="--date")


def _parted(lines: list[NewMessage]) -> tuple[list[NewMessage], list[NewMessage]]:
    """Lines that can be, and lines from the future."""
    latest = clock.now() + FUTURE_SLACK
    return [m for m in lines if m.sent_at <= latest], [m for m in lines if m.sent_at > latest]


def _shown(line: NewMessage) -> tuple[str, str, str]:
    return line.sent_at.isoformat(), line.sender, line.text


def _compared(factory: sessionmaker[Session], group: ChatGroup, lines: list[NewMessage]) -> str:
    with factory() as session:
        fresh = len(queries.fresh_positions(session, group, lines))
    return f"accepted {fresh}, duplicates {len(lines) - fresh}"


def _taken(
    factory: sessionmaker[Session], group: ChatGroup, parsed: ParsedChat, lines: list[NewMessage]
) -> str:
    origin = Origin(source=ImportSource.FILE, format=parsed.format.value)
    parts: list[TakenLines] = []
    for batch in _with_progress(lines):
        with transaction(factory) as session:
            own = queries.visible_group(session, group.id, None)
            now = clock.now()
            parts.append(take_lines(session, own, batch, actor=None, now=now, origin=origin))
    opened = {complaint_id for part in parts for complaint_id in part.complaint_ids}
    return (
        f"accepted {sum(part.accepted for part in parts)}, "
        f"duplicates {sum(part.duplicates for part in parts)}, "
        f"suspected {sum(len(part.suspected) for part in parts)}, complaints {len(opened)}"
    )


def _with_progress(lines: list[NewMessage]) -> Iterator[list[NewMessage]]:
    """Batches, with a bar on a terminal and a line a second elsewhere."""
    last, done = time.monotonic(), 0
    with tqdm(total=len(lines), unit=" lines", disable=not sys.stderr.isatty()) as bar:
        for batch in _batches(lines):
            yield batch
            done += len(batch)
            bar.update(len(batch))
            if bar.disable and time.monotonic() - last >= 1:
                last = time.monotonic()
                click.echo(f"{done} of {len(lines)} lines", err=True)


def _batches(lines: Sequence[NewMessage]) -> Iterator[list[NewMessage]]:
    """Cut between two minutes: the same words twice in one minute are told apart together."""
    batch: list[NewMessage] = []
    for line, following in pairwise([*lines, None]):
        if line is not None:
            batch.append(line)
        if following is None or (len(batch) >= BATCH and _minute(following) != _minute(batch[-1])):
            yield batch
            batch = []


def _minute(line: NewMessage) -> datetime:
    return line.sent_at.replace(second=0, microsecond=0)
