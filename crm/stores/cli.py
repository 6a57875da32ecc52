"""The command that makes logins. It stands here because a login names stores by their codes."""

import sys

import click
from sqlalchemy.orm import Session, sessionmaker

from crm import clock
from crm.accounts import service
from crm.accounts.cli import short
from crm.accounts.rules import (
    LOGIN_MAX,
    LOGIN_PATTERN,
    NAME_MAX,
    PASSWORD_MAX,
    PASSWORD_MIN,
    LoginTaken,
    Role,
    fold_login,
)
from crm.db import transaction
from crm.stores import queries

ROLES = click.Choice([role.value for role in Role])


@click.group()
def user() -> None:
    """People who sign in."""


@user.command("add")
@click.option("--login", required=True, help="User name: small letters, digits, . _ -")
@click.option("--name", required=True, help="How colleagues call her.")
@click.option("--role", required=True, type=ROLES)
@click.option("--store", "codes", multiple=True, metavar="CODE", help="Her store; repeat for more.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@click.pass_obj
def add(
    factory: sessionmaker[Session],
    login: str,
    name: str,
    role: str,
    codes: tuple[str, ...],
    *,
    password_stdin: bool,
) -> None:
    """Make a login; without a password print a one-time link to set one."""
    password = _password() if password_stdin else None
    with transaction(factory) as session:
        command = service.NewStaff(
            login=_login(login),
            name=short(name, NAME_MAX, "--name"),
            role=Role(role),
            store_ids=frozenset(_store_id(session, code) for code in codes),
            password=password,
        )
        try:
            staff = service.add_staff(session, command, actor=None, now=clock.now())
        except LoginTaken as error:
            raise click.ClickException(f"Somebody is called {command.login} already.") from error
        link = None if password else service.make_link(session, staff, actor=None, now=clock.now())
    click.echo(f"Added {command.login}.", err=True)
    if link:
        click.echo(f"/link/{link}")


def _login(text: str) -> str:
    login = fold_login(text)
    if not LOGIN_PATTERN.fullmatch(login) or len(login) > LOGIN_MAX:
        shape = f"small letters, digits and . _ - only, at most {LOGIN_MAX}"
        raise click.BadParameter(shape, param_hint="--login")
    return login


def _store_id(session: Session, code: str) -> int:
    store = queries.store_by_code(session, code)
    if store is None:
        raise click.BadParameter(f"no store has the code {code}", param_hint="--store")
    return store.id


def _password() -> str:
    password = sys.stdin.readline().rstrip("\r\n")
    if not PASSWORD_MIN <= len(password) <= PASSWORD_MAX:
        raise click.ClickException(
            f"The password needs {PASSWORD_MIN} to {PASSWORD_MAX} characters."
        )
    return password
