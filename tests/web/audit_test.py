"""The audit log: every act has words, the owner alone reads it, no personal data in it."""

import re
from pathlib import Path

from sqlalchemy.orm import Session

from crm.accounts.rules import Role
from crm.audit.models import AuditEntry
from crm.config import ROOT
from crm.i18n import catalogue
from crm.workbench.queries.audit import _PATHS, PAGE_ROWS
from tests.client import PageClient
from tests.conftest import NOW
from tests.factories.contacts import make_contact
from tests.factories.stores import make_staff, make_store

ACTION = re.compile(r'record\(\s*(?:\w+,\s*)?"([a-z_]+\.[a-z_]+)"')


def _entry(session: Session, number: int, action: str = "contact.logged") -> None:
    session.add(AuditEntry(at=NOW, actor_id=None, action=action, subject=f"contact:{number}"))


def test_every_action_that_the_code_records_has_words() -> None:
    code = "".join(p.read_text("utf-8") for p in Path(ROOT, "crm").rglob("service*/**/*.py"))
    code += "".join(p.read_text("utf-8") for p in Path(ROOT, "crm").rglob("service.py"))
    actions = set(ACTION.findall(code))
    assert len(actions) > 30
    missing = {a for a in actions if f"audit.{a.replace('.', '_')}" not in catalogue("zh")}
    assert not missing


def test_owner_reads_who_did_what_page_by_page(page: PageClient, session: Session) -> None:
    store = make_store(session)
    contact = make_contact(session, store=store)
    owner = make_staff(session, Role.OWNER, name="阿俊")
    for number in range(PAGE_ROWS):
        _entry(session, number)
    page.sign_in(owner)
    first = page.get("/audit")
    assert "登录" in first.text
    older = page.get(first.link("下一页"))
    assert f"顾客 {contact.id}" in older.text or "登记顾客" in older.text
    assert contact.name not in first.text + older.text


def test_every_line_with_a_page_has_words_and_a_page_that_is(application) -> None:
    known = application.url_map.bind("shop")
    for kind, path in _PATHS.items():
        assert known.test(path.format(1), "GET"), kind
        assert f"audit.subject_{kind}" in catalogue("zh"), kind


def test_only_the_owner_reads_it(page: PageClient, session: Session) -> None:
    store = make_store(session)
    for role in (Role.LEAD, Role.MANAGER, Role.ASSISTANT):
        page.sign_in(make_staff(session, role, store))
        page.get("/audit", 403)


def test_bad_cursor_is_refused(page: PageClient, session: Session) -> None:
    page.sign_in(make_staff(session, Role.OWNER))
    page.get("/audit", 422, cursor="nonsense")
