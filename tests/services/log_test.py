"""What a log line holds when something breaks: the place, never what a person typed."""

import io
import json

import pytest
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from crm import log
from crm.accounts.models import Staff
from crm.accounts.rules import LOGIN_MAX, Role
from tests.conftest import NOW


def test_refused_row_is_logged_without_its_words(session: Session, written: io.StringIO) -> None:
    login = "x" * (LOGIN_MAX + 1)
    with pytest.raises(DBAPIError) as refused, session.begin_nested():
        session.add(Staff(login=login, name="陈姐", role=Role.OWNER, created_at=NOW))
    assert "陈姐" in str(refused.value)
    log.get("test").error("unexpected error", exc_info=refused.value)
    said = json.loads(written.getvalue())["exception"]
    assert "log_test.py" in said
    assert "sqlalchemy.exc." in said
    assert "陈姐" not in said
    assert login not in said
