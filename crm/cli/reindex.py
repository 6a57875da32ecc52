"""`shuke reindex`: makes the search index anew, should a search ever miss somebody."""

import click
from sqlalchemy.orm import Session, sessionmaker

from crm.contacts.service import rebuild_index
from crm.db import transaction


@click.command()
@click.pass_obj
def reindex(factory: sessionmaker[Session]) -> None:
    """Make the search index of all contacts anew; a million take half a minute."""
    with transaction(factory) as session:
        count = rebuild_index(session.connection())
    click.echo(f"{count:,} contact{'s' * (count != 1)} can be found.")
