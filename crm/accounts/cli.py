"""The command that makes API tokens: the secret goes to stdout alone, words to stderr."""

import click
from sqlalchemy.orm import Session, sessionmaker

from crm import clock
from crm.accounts import queries, service
from crm.accounts.rules import TOKEN_NAME_MAX, Scope, fold_login
from crm.db import transaction

SCOPES = click.Choice([scope.value for scope in Scope])


@click.group()
def token() -> None:
    """Tokens of the JSON API."""


@token.command("create")
@click.option("--user", "login", required=True, metavar="LOGIN", help="In whose name it acts.")
@click.option("--name", required=True, help="What it is for.")
@click.option("--scope", type=SCOPES, default=Scope.READ.value, show_default=True)
@click.pass_obj
def create(factory: sessionmaker[Session], login: str, name: str, scope: str) -> None:
    """Print a new API token, once, alone on standard output."""
    with transaction(factory) as session:
        staff = queries.staff_by_login(session, fold_login(login))
        if staff is None or staff.disabled_at is not None:
            raise click.ClickException(f"Nobody active is called {login}. Add her: shuke user add")
        name = short(name, TOKEN_NAME_MAX, "--name")
        secret = service.make_token(session, staff, name, Scope(scope), actor=None, now=clock.now())
    click.echo(secret)


def short(text: str, longest: int, option: str) -> str:
    """Return a name without spaces around it and without control characters, or refuse it."""
    text = "".join(character for character in text if character.isprintable()).strip()
    if not 0 < len(text) <= longest:
        raise click.BadParameter(f"1 to {longest} characters", param_hint=option)
    return text
