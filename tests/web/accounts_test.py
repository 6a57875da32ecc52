"""First use, signing in, display, team."""

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.accounts.models import Staff
from crm.accounts.queries import staff_by_login
from crm.accounts.rules import Role
from crm.stores.models import Store
from tests.client import PageClient
from tests.factories.stores import make_staff, make_store

PASSWORD = "long enough 1"
FIRST = {
    "shop": "锦禾女装",
    "store": "人民路店",
    "name": "阿俊",
    "login": "Ajun",
    "password": PASSWORD,
}


def test_first_use_makes_shop_store_and_owner_and_signs_in(
    page: PageClient, session: Session
) -> None:
    page.get("/", 303)
    assert page.location == "/setup"
    page.get("/setup")
    page.post("/setup", FIRST)
    assert page.location == "/contacts"
    assert session.scalars(select(Store.name)).all() == ["人民路店"]
    owner = staff_by_login(session, "ajun")
    assert owner is not None
    assert owner.role is Role.OWNER
    page.get("/settings/team")
    page.get("/setup", 404)
    page.post("/setup", FIRST, 404)
    assert session.scalar(select(func.count()).select_from(Staff)) == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("shop", ""),
        ("store", "店" * 41),
        ("name", " \x00 "),
        ("login", "王梅"),
        ("login", "a" * 33),
        ("password", "short"),
        ("password", "x" * 129),
    ],
)
def test_first_use_keeps_what_was_typed_and_says_what_to_mend(
    page: PageClient, session: Session, field: str, value: str
) -> None:
    page.post("/setup", {**FIRST, field: value}, 422)
    assert page.response.text.count('class="field-error"') == 1
    kept = "store" if field != "store" else "shop"
    assert f'value="{FIRST[kept]}"' in page.response.text
    assert session.scalar(select(func.count()).select_from(Staff)) == 0


def test_signing_in_leads_back_to_the_page_that_was_asked_for(
    page: PageClient, session: Session
) -> None:
    make_store(session)
    make_staff(session, Role.OWNER, login="ajun", password=PASSWORD)
    session.flush()
    page.get("/settings/hours?x=1", 303)
    assert page.location == "/login?next=/settings/hours?x%3D1"
    page.get("/login", next="/settings/hours")
    page.post("/login", {"login": "ajun", "password": PASSWORD, "next": "/settings/hours"})
    assert page.location == "/settings/hours"
    page.get("/settings/hours")


@pytest.mark.parametrize(
    "target",
    [
        "https://elsewhere.example/",
        "//elsewhere.example",
        "/\\elsewhere.example",
        "/\t/elsewhere.example",
        "/\n/elsewhere.example",
        "/\t\\elsewhere.example",
    ],
)
def test_signing_in_never_leads_to_another_site(
    page: PageClient, session: Session, target: str
) -> None:
    make_staff(session, login="wangmei", password=PASSWORD)
    session.flush()
    page.post("/login", {"login": "wangmei", "password": PASSWORD, "next": target})
    assert page.location == "/today"


def test_wrong_password_is_said_in_words_and_counted(page: PageClient, session: Session) -> None:
    make_staff(session, login="wangmei", password=PASSWORD)
    session.flush()
    for _ in range(8):
        page.post("/login", {"login": "wangmei", "password": "nope"}, 422)
        assert "用户名或密码不对" in page.response.text
        assert 'value="wangmei"' in page.response.text
    page.post("/login", {"login": "wangmei", "password": PASSWORD}, 429)
    assert "试了太多次" in page.response.text


def test_signing_out_ends_the_session_on_the_server(page: PageClient, session: Session) -> None:
    page.sign_in(make_staff(session, Role.OWNER))
    page.get("/settings")
    cookie = page.client.get_cookie("shuke")
    assert cookie is not None
    page.post("/logout")
    page.client.set_cookie("shuke", cookie.value)
    page.get("/settings", 303)


def test_language_is_chosen_by_address_and_kept(page: PageClient, session: Session) -> None:
    page.get("/login", lang="en")
    assert "User name" in page.response.text
    page.get("/login")
    assert "User name" in page.response.text
    page.get("/login", lang="xx")
    assert "User name" in page.response.text


def test_display_settings_are_kept_for_the_person(page: PageClient, session: Session) -> None:
    staff = make_staff(session)
    page.sign_in(staff)
    page.get("/settings/display")
    page.post("/settings/display", {"text_size": "xl", "locale": "en"})
    page.get("/settings/display")
    assert 'data-size="xl"' in page.response.text
    assert 'lang="en"' in page.response.text
    assert "data-keys" not in page.response.text
    page.post("/settings/display", {"text_size": "huge", "locale": "en"}, 422)


def test_team_page_adds_a_colleague_and_shows_her_link_once(
    page: PageClient, session: Session
) -> None:
    store = make_store(session)
    page.sign_in(make_staff(session, Role.OWNER, name="阿俊"))
    page.get("/settings/team")
    colleague = {"name": "李晓", "login": "lixiao", "role": "manager", "stores": str(store.id)}
    page.post("/settings/team", colleague, 200)
    link = page.response.text.split('id="sign-in-link" readonly value="')[1].split('"')[0]
    page.get("/settings/team")
    assert "sign-in-link" not in page.response.text
    path = "/link/" + link.rsplit("/", 1)[1]
    page.sign_out()
    page.get(path)
    page.post(path, {"password": "short"}, 422)
    page.post(path, {"password": PASSWORD})
    assert page.location == "/today"
    page.post(path, {"password": PASSWORD}, 409)
    page.get("/settings/team", 403)


@pytest.mark.parametrize(
    "wrong",
    [
        *({"login": "taken"}, {"stores": ""}, {"stores": "x"}, {"stores": "999"}, {"name": ""}),
        *({"role": "emperor"}, {"role": ""}),
    ],
)
def test_team_page_refuses_what_cannot_be(
    page: PageClient, session: Session, wrong: dict[str, str]
) -> None:
    store = make_store(session)
    make_staff(session, login="taken")
    page.sign_in(make_staff(session, Role.OWNER))
    data = {"name": "李晓", "login": "lixiao", "role": "manager", "stores": str(store.id), **wrong}
    page.post("/settings/team", data, 422)
    assert "李晓" in page.response.text or wrong == {"name": ""}
    assert staff_by_login(session, "lixiao") is None


def test_settings_list_only_what_the_person_may_open(page: PageClient, session: Session) -> None:
    page.sign_in(make_staff(session, Role.ASSISTANT))
    page.get("/settings")
    assert "/settings/display" in page.response.text
    assert "/settings/team" not in page.response.text
    page.get("/settings/team", 403)
    assert "你不能看这一页" in page.response.text


def test_answers_carry_the_security_headers(page: PageClient) -> None:
    page.get("/login")
    headers = page.response.headers
    assert headers["Content-Security-Policy"].startswith("default-src 'self'")
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"


def test_form_without_token_is_refused_with_words(page: PageClient, session: Session) -> None:
    make_staff(session, login="wangmei", password=PASSWORD)
    session.flush()
    page.post("/login", {"login": "wangmei", "password": PASSWORD}, 400, csrf=False)
    assert "这一页放得太久了" in page.response.text
