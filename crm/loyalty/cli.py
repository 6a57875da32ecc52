"""`shuke recompute`: counts everything anew that is normally kept up step by step."""

import click
from sqlalchemy.orm import Session, sessionmaker

from crm import clock
from crm.db import transaction
from crm.loyalty import service


@click.command("recompute")
@click.argument("what", type=click.Choice(["loyalty"]), default="loyalty")
@click.pass_obj
def recompute(factory: sessionmaker[Session], what: str) -> None:
    """Count figures and tags of all contacts anew from their orders."""
    now = clock.now()
    with transaction(factory) as session:
        service.refit(session, now=now)
        batch = service.next_contacts(session, 0)
    seen = 0
    while batch:
        with transaction(factory) as session:  # one a batch, so that nobody waits for all of them
            service.recompute(session, batch, now=now)
            seen, batch = seen + len(batch), service.next_contacts(session, batch[-1])
    click.echo(f"{what}: {seen} contacts")
