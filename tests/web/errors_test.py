"""Pages of errors that no view explains."""

from flask import Flask
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session, sessionmaker

from crm.app import FORM_MAX, create_app
from crm.config import Settings
from crm.web.session import db_session
from tests.client import PageClient
from tests.factories.stores import make_staff


def broken() -> str:
    db_session().execute(text("SELECT nothing FROM nowhere"))
    return ""


def test_failed_read_ends_on_the_page_that_says_so(
    settings: Settings,
    factory: sessionmaker[Session],
    engine: Engine,
    session: Session,
) -> None:
    with_fault = create_app(settings, factory)
    with_fault.add_url_rule("/broken", view_func=broken)
    page = PageClient(with_fault, engine, session)
    page.sign_in(make_staff(session))
    assert page.get("/broken", 500).h1 == "系统出了问题"


def test_refusal_without_a_token_speaks_the_visitors_language(app: Flask) -> None:
    chinese, english = app.test_client(), app.test_client()
    chinese.get("/login?lang=zh")
    english.get("/login?lang=en")  # the thread spoke English last
    answer = chinese.post("/login", data={"login": "wangmei", "password": "a" * 12})
    assert answer.status_code == 400
    assert '<html lang="zh-CN"' in answer.text


def test_typed_text_that_is_too_much_hears_nothing_of_files(page, session) -> None:
    page.sign_in(make_staff(session))
    part = '--x\r\nContent-Disposition: form-data; name="body"\r\n\r\n'
    answer = page.client.post(
        "/log",
        data=f"{part}{'a' * (FORM_MAX + 1)}\r\n--x--\r\n",
        content_type="multipart/form-data; boundary=x",
    )
    assert answer.status_code == 413
    assert "内容太多" in answer.text
    assert "MB" not in answer.text
