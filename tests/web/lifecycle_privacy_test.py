"""Requests about one's own data, a copy, and forgetting: pages and API, for who may."""

import json
import re

import pytest
from sqlalchemy import select

from crm.accounts.rules import Role, Scope
from crm.accounts.service import make_token
from crm.complaints.models import Complaint
from crm.complaints.rules.words import Channel, State
from crm.contacts.models import Contact
from crm.lifecycle.models import PrivacyRequest
from tests.factories.attention import make_touch
from tests.factories.contacts import make_contact, make_noise
from tests.factories.desk import WebDesk

PHONE = "13812340142"


@pytest.fixture
def desk(session, now):
    return WebDesk(session, now)


@pytest.fixture
def her(session, desk):
    her = make_contact(session, "柳金枝", store=desk.store, phone=PHONE, actor=desk.manager)
    make_touch(session, her, actor=desk.manager, note="孙女要上学")
    make_noise(session)
    session.commit()
    return her


@pytest.fixture
def as_(page, desk):
    def sign_in(who):
        page.sign_in(desk.staff[who])
        return page

    return sign_in


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_request_from_the_contact_page_to_its_end(as_, session, her, lang):
    page = as_("owner")
    contact = page.get(f"/contacts/{her.id}", lang=lang, queries=25)
    link = contact.link("个人信息" if lang == "zh" else "Personal data")
    asked = page.get(link)
    assert ("个人信息：柳金枝" if lang == "zh" else "Personal data: 柳金枝") == asked.h1
    button = "登记" if lang == "zh" else "Log it"
    for _ in range(2):  # a double tap
        page.submit(asked, button, kind="access", words="看看记了什么")
    (complaint,) = session.scalars(select(Complaint)).all()
    assert complaint.channel is Channel.PRIVACY_REQUEST
    case = page.get(f"/complaints/{complaint.id}", queries=30)
    assert case.link("看怎么办好" if lang == "zh" else "What fulfils it") == link
    shown = page.get(link)
    more = f"客诉 #{complaint.short_no}" if lang == "zh" else f"Complaint #{complaint.short_no}"
    end = f"已办好，停止计时 {more}" if lang == "zh" else f"Done, stop the clock {more}"
    page.submit(shown, end)
    session.expire_all()
    assert session.scalars(select(PrivacyRequest.fulfilled_at)).one() is None  # nothing was done
    assert copy_of(page, her).status_code == 200
    request_id = session.scalars(select(PrivacyRequest.id)).one()
    page.post(f"/contacts/{her.id}/privacy/{request_id}/done", {}, queries=90)
    session.expire_all()
    assert session.get_one(Complaint, complaint.id).state is State.CLOSED
    assert ("已办好" if lang == "zh" else "Done") in page.get(link).text


def test_copy_is_a_file_that_holds_her_number(as_, her):
    page = as_("owner")
    answer = copy_of(page, her)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert f"contact-{her.id}.json" in answer.headers["Content-Disposition"]
    found = json.loads(answer.get_data(as_text=True))
    assert found["identities"][0]["value"] == PHONE
    assert found["touches"][0]["note"] == "孙女要上学"


def copy_of(page, her):
    page.get(f"/contacts/{her.id}/privacy")
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.response.text).group(1)
    return page.client.post(f"/contacts/{her.id}/export", data={"csrf_token": token})


def test_forgetting_asks_once_more_and_shows_no_name_after(as_, session, her):
    page = as_("owner")
    confirm = page.get(f"/contacts/{her.id}/anonymise")
    assert confirm.h1 == "确认：删除个人信息"
    page.submit(confirm, "删除，不能撤销")
    shown = page.get(page.location, queries=25)
    assert "柳金枝" not in shown.text
    assert "已删除个人信息" in shown.text
    session.expire_all()
    assert session.get_one(Contact, her.id).name == f"№{her.id}"


def test_open_complaint_stands_in_the_way_and_is_named(as_, desk, session, her):
    complaint = desk.opened(channel=Channel.PRIVATE, contact_id=her.id)
    page = as_("owner")
    assert f"客诉 #{complaint.short_no}" in page.get(f"/contacts/{her.id}/anonymise").text
    page.post(f"/contacts/{her.id}/anonymise", status=409)
    session.expire_all()
    assert session.get_one(Contact, her.id).name == "柳金枝"


@pytest.mark.parametrize(
    "bad", [{}, {"kind": "everything"}, {"kind": "access", "words": "长" * 501}]
)
def test_bad_request_is_refused_with_words_and_kept(as_, session, her, bad):
    page = as_("manager")
    page.post(f"/contacts/{her.id}/privacy", bad, 422)
    assert session.scalars(select(Complaint)).all() == []


@pytest.mark.parametrize(
    ("who", "status"), [("manager", 403), ("lead", 403), ("stranger", 403), ("owner", 200)]
)
def test_only_the_owner_takes_out_or_forgets(as_, session, her, who, status):
    page = as_(who)
    page.get(f"/contacts/{her.id}/anonymise", status)
    if who != "owner":
        page.post(f"/contacts/{her.id}/anonymise", {}, 403)
        page.post(f"/contacts/{her.id}/export", {}, 403)
        session.expire_all()
        assert session.get_one(Contact, her.id).forgotten_at is None


def test_another_store_s_manager_sees_no_requests(as_, her):
    page = as_("stranger")
    page.get(f"/contacts/{her.id}/privacy", 404)
    page.post(f"/contacts/{her.id}/privacy", {"kind": "access"}, 404)


def call(app, session, staff, scope=Scope.WRITE):
    secret = make_token(session, staff, "till", scope, actor=None, now=staff.created_at)
    session.commit()
    return app.test_client(), {"Authorization": f"Bearer {secret}"}


def test_api_gives_all_and_forgets(app, session, desk, her):
    client, owner = call(app, session, desk.staff["owner"])
    path = f"/api/v1/contacts/{her.id}"
    found = client.get(f"{path}/export", headers=owner)
    assert found.status_code == 200
    assert found.json["identities"][0]["value"] == PHONE
    assert found.json["who_did_what"][-1]["action"] == "contact.exported"
    gone = client.post(f"{path}/anonymise", headers=owner)
    assert gone.status_code == 200
    assert gone.json["name"] == f"№{her.id}"
    assert gone.json["phone_masked"] is None
    assert client.get("/api/v1/contacts/999999/export", headers=owner).status_code == 404
    assert client.post("/api/v1/contacts/999999/anonymise", headers=owner).status_code == 404


@pytest.mark.parametrize("who", ["manager", "lead"])
def test_api_is_the_owner_s(app, session, desk, her, who):
    client, staff = call(app, session, desk.staff[who])
    path = f"/api/v1/contacts/{her.id}"
    assert client.get(f"{path}/export", headers=staff).status_code == 403
    assert client.post(f"{path}/anonymise", headers=staff).status_code == 403
    assert desk.staff[who].role is not Role.OWNER


def test_api_says_which_complaint_is_open(app, session, desk, her):
    complaint = desk.opened(channel=Channel.PRIVATE, contact_id=her.id)
    client, owner = call(app, session, desk.staff["owner"])
    answer = client.post(f"/api/v1/contacts/{her.id}/anonymise", headers=owner)
    assert answer.status_code == 409
    assert f"#{complaint.short_no}" in answer.json["detail"]
