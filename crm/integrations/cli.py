"""What the commands that take files share: their options, exit codes and progress.

Channels have no command of their own: they are entered on the settings page or by the API.
"""

import json
import sys
import time
from collections.abc import Iterable, Iterator, Sized
from pathlib import Path
from typing import TypeVar

import click
from tqdm import tqdm

from crm.i18n import _, fmt
from crm.integrations.formats.tables import UnreadableFile

NOTHING_TAKEN, SOME_REFUSED = 1, 3
EXISTING = click.Path(exists=True, dir_okay=False, path_type=Path)
WRITABLE = click.Path(dir_okay=False, path_type=Path)
Batch = TypeVar("Batch", bound=Sized)


def exit_code(*, taken: int, refused: int) -> int:
    """Return how a command ends: all rows taken, some refused, nothing taken."""
    if not taken:
        return NOTHING_TAKEN
    return SOME_REFUSED if refused else 0


def renames_of(mapping: Path | None, example: str) -> dict[str, str]:
    """Return the columns that a file of the shell maps. Raises BadParameter."""
    if mapping is None:
        return {}
    try:
        renames = json.loads(mapping.read_text(encoding="utf-8"))
    except ValueError:
        renames = None
    if not isinstance(renames, dict) or not all(isinstance(v, str) for v in renames.values()):
        raise click.BadParameter(f"must be JSON like {example}", param_hint="--mapping")
    return renames


def unreadable(error: UnreadableFile) -> click.ClickException:
    """Return why a file cannot be read, in words."""
    columns = fmt.listed(error.missing)
    return click.ClickException(_(f"integrations.file.{error.problem.value}", columns=columns))


def with_progress(batches: Iterable[Batch], total: int | None, unit: str) -> Iterator[Batch]:
    """Give the batches on, with a bar on a terminal and a line a second elsewhere."""
    last, done = time.monotonic(), 0
    with tqdm(total=total, unit=f" {unit}", disable=not sys.stderr.isatty()) as bar:
        for batch in batches:
            yield batch
            done += len(batch)
            bar.update(len(batch))
            if bar.disable and time.monotonic() - last >= 1:
                last = time.monotonic()
                click.echo(f"{done} of {total} {unit}" if total else f"{done} {unit}", err=True)
