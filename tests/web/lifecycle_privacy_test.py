"""Requests about one's own data, a copy, and forgetting: pages and API, for who may."""

import json
import re

import pytest
from sqlalchemy import func, select

from crm.accounts.rules import Role, Scope
from crm.accounts.service import make_token
from crm.audit.models import AuditEntry
from crm.complaints.models import Complaint, PrivacyRequest
from crm.complaints.rules.privacy import RequestKind
from crm.complaints.rules.words import Channel, State
from crm.contacts.models import Contact
from crm.contacts.rules import IdentityKind
from crm.contacts.service import add_identity
from crm.lifecycle.service.erasing import anonymise
from tests.factories.attention import make_touch
from tests.factories.contacts import make_contact, make_noise
from tests.factories.groups import make_member

PHONE = "13812340142"


@pytest.fixture
def her(session, desk):
    her = make_contact(session, "柳金枝", store=desk.store, phone=PHONE, actor=desk.manager)
    make_touch(session, her, actor=desk.manager, note="孙女要上学")
    make_noise(session)
    session.commit()
    return her


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


def test_copy_leaves_out_what_stands_for_a_line_of_a_file(session, as_, her):
    add_identity(session, her, IdentityKind.FILE_LINE, "0" * 64, now=her.created_at)
    session.commit()
    found = json.loads(copy_of(as_("owner"), her).get_data(as_text=True))
    assert [one["kind"] for one in found["identities"]] == ["phone"]


def copy_of(page, her):
    path = f"/contacts/{her.id}/export"
    assert path in page.get(f"/contacts/{her.id}/privacy").links.values()
    asked = page.get(path)
    assert asked.h1 in {"确认：导出一份", "Confirm: Export a copy"}
    assert {"确认导出", "Export"} & set(asked.buttons)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.response.text).group(1)
    return page.client.post(f"/contacts/{her.id}/export", data={"csrf_token": token})


def test_forgetting_asks_once_more_and_shows_no_name_after(as_, session, her):
    page = as_("owner")
    confirm = page.get(f"/contacts/{her.id}/anonymise")
    assert confirm.h1 == "确认：删除个人信息"
    page.submit(confirm, "确认删除")
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


FORGOTTEN = "她的个人信息已经删除"
WRITTEN = (
    ("/edit", {"name": "陈姐"}),
    ("/tags", {"tag": "老街坊"}),
    ("/tags/remove", {"tag": "老街坊"}),
    ("/do-not-contact", {}),
    ("/allow-contact", {}),
    ("/steps", {"step": "added"}),
    ("/consents", {"basis": "consent", "given_on": "2025-06-18"}),
    ("/privacy", {"kind": "access"}),
    ("/more-time", {"minutes": "9", "days": "7", "reason": "常客"}),
)


@pytest.fixture
def gone(session, desk, her):
    anonymise(session, her.id, actor=desk.owner, now=desk.now)
    session.commit()
    return her


def everything_of(session, her):
    session.expire_all()
    row = session.get_one(Contact, her.id)
    audit = select(func.count()).where(AuditEntry.subject == f"contact:{her.id}")
    return row.name, row.version, row.do_not_contact_at, session.scalar(audit)


@pytest.mark.parametrize(("path", "data"), WRITTEN)
def test_no_page_writes_about_who_was_forgotten(as_, session, gone, path, data):
    page, before = as_("owner"), everything_of(session, gone)
    page.post(f"/contacts/{gone.id}{path}", data, 409)
    assert FORGOTTEN in page.response.text
    assert everything_of(session, gone) == before


@pytest.mark.parametrize("path", ["/edit", "/merge", "/consents/new", "/more-time"])
def test_no_form_is_offered_about_who_was_forgotten(as_, gone, path):
    assert as_("owner").get(f"/contacts/{gone.id}{path}", 409).h1 == FORGOTTEN


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_page_of_who_was_forgotten_offers_nothing_but_her_requests(as_, gone, lang):
    page = as_("owner")
    shown = page.get(f"/contacts/{gone.id}", lang=lang, queries=25)
    assert "加标签" not in shown.buttons
    assert [one for one in shown.links if one.startswith(("合并", "修改", "Merge", "Edit"))] == []
    told = page.get(shown.link("个人信息" if lang == "zh" else "Personal data"))
    words = "又有她的资料了，再删一次" if lang == "zh" else "Her data has come back: erase it again"
    again = page.get(told.link(words))
    assert ("确认删除" if lang == "zh" else "Erase") in again.buttons
    page.post(f"/contacts/{gone.id}/anonymise", {}, queries=90)


@pytest.mark.parametrize("json", [False, True])
def test_quick_log_keeps_what_was_typed_about_who_was_forgotten(as_, session, gone, json):
    page = as_("manager")
    typed = {"who": str(gone.id), "kind": "chat", "minutes": "3", "note": "她又来了"}
    accept = {"headers": {"Accept": "application/json"}} if json else {}
    shown = page.post("/log", typed, 422, **accept)
    if json:
        assert page.response.json == {"errors": {"who": FORGOTTEN}}
    else:
        assert "她又来了" in shown.text
        assert FORGOTTEN in shown.text


def test_complaint_form_keeps_what_was_typed_about_who_was_forgotten(as_, desk, session, gone):
    page = as_("manager")
    typed = {"channel": "phone", "store_id": desk.store.id, "text": "她来电话了", "group_id": "0"}
    shown = page.post("/complaints/new", {**typed, "contact_id": gone.id}, 409)
    assert "她来电话了" in shown.text
    assert FORGOTTEN in shown.text
    assert session.scalars(select(Complaint)).all() == []


def test_member_of_a_group_is_not_said_to_be_who_was_forgotten(as_, desk, session, gone):
    member = make_member(session, desk.group, "回头客")
    session.commit()
    path = f"/groups/{desk.group.id}/members/{member.id}"
    as_("manager").post(path, {"contact": str(gone.id)}, 409)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_request_through_the_ordinary_form_says_what_she_wants(as_, desk, session, her, lang):
    page = as_("manager")
    page.get("/complaints", lang=lang)
    form = page.get(f"/complaints/new?contact={her.id}")
    button = "登记，开始计时" if lang == "zh" else "Log it and start the clock"
    typed = {"channel": "privacy_request", "text": "把我的号码删掉"}
    refused = page.submit(form, button, status=422, **typed)
    assert ("选她要什么" if lang == "zh" else "Choose what she asks for") in refused.text
    page.submit(refused, button, **typed, request_kind="deletion")
    request = session.scalars(select(PrivacyRequest)).one()
    assert request.kind is RequestKind.DELETION
    assert ("删除" if lang == "zh" else "Delete it") in page.get(f"/contacts/{her.id}/privacy").text
    anonymise(session, her.id, actor=desk.owner, now=desk.now)
    assert request.fulfilled_at == desk.now


def test_other_complaints_ask_for_no_such_thing(as_, desk, session, her):
    page = as_("manager")
    typed = {"channel": "phone", "store_id": desk.store.id, "text": "裙子缩水", "group_id": "0"}
    page.post("/complaints/new", {**typed, "request_kind": "deletion"})
    assert session.scalars(select(PrivacyRequest)).all() == []


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
    page.get(f"/contacts/{her.id}/export", status)
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


def test_api_writes_nothing_about_who_was_forgotten(app, session, desk, gone):
    other = make_contact(session, "何敏", store=desk.store)
    client, owner = call(app, session, desk.staff["owner"])
    path, at = f"/api/v1/contacts/{gone.id}", desk.now.isoformat()
    touch = {"contact_id": gone.id, "kind": "chat", "minutes": 3, "happened_at": at}
    said = {"channel": "phone", "text": "她说", "occurred_at": at, "store_id": desk.store.id}
    answers = [
        client.patch(path, json={"name": "陈姐"}, headers=owner),
        client.patch(path, json={"tags": ["老街坊"]}, headers=owner),
        client.post(f"{path}/merge", json={"other_id": other.id}, headers=owner),
        client.post(
            f"/api/v1/contacts/{other.id}/merge", json={"other_id": gone.id}, headers=owner
        ),
        client.post("/api/v1/touches", json=touch | {"client_key": "k1"}, headers=owner),
        client.post("/api/v1/complaints", json=said | {"contact_id": gone.id}, headers=owner),
    ]
    assert [one.status_code for one in answers] == [409] * len(answers)
    assert {one.content_type for one in answers} == {"application/problem+json"}
    assert all("新建一位顾客" in one.json["detail"] for one in answers)


def test_api_takes_what_a_request_asks_for(app, session, desk, her):
    client, owner = call(app, session, desk.staff["owner"])
    said = {
        "channel": "privacy_request",
        "text": "给我一份",
        "occurred_at": desk.now.isoformat(),
        "store_id": desk.store.id,
        "contact_id": her.id,
    }
    for kind, status in (("access", 201), (None, 201), ("everything", 422)):
        body = said | ({} if kind is None else {"request_kind": kind})
        assert client.post("/api/v1/complaints", json=body, headers=owner).status_code == status
    wrong = said | {"channel": "phone", "request_kind": "access"}
    assert client.post("/api/v1/complaints", json=wrong, headers=owner).status_code == 422
    assert session.scalars(select(PrivacyRequest.kind)).all() == [RequestKind.ACCESS]


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
