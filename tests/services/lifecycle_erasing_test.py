"""One person is given all that is kept of her, or forgotten: nothing of hers is left anywhere."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text

from crm.accounts.models import IdempotencyKey
from crm.accounts.rules import Scope
from crm.accounts.service import keep_answer, make_token
from crm.attention.models import FollowUp, Touch
from crm.audit.models import AuditEntry
from crm.complaints.models import Complaint, SlaClock
from crm.complaints.queries.case import case_of
from crm.complaints.rules.words import Channel, ClockKind, ClockState, EventType, State
from crm.complaints.service import take_lines, tell_onlooker
from crm.contacts.models import Contact, ContactIdentity, ContactNote
from crm.contacts.queries import contacts_by_identity, search_contacts
from crm.contacts.rules import Consent, ConsentBasis, IdentityKind, MovedFrom, MoveKind
from crm.db import Base
from crm.groups.rules import Detection, NewMessage
from crm.lifecycle.rules.privacy import NewRequest, NotDone, RequestKind, StillOpen
from crm.lifecycle.service.erasing import anonymise
from crm.lifecycle.service.exporting import export
from crm.lifecycle.service.requests import ask, end
from crm.orders.models import ShopOrder
from crm.orders.service import match_waiting, take_orders
from tests.conftest import NOW
from tests.factories.attention import make_follow_up, make_touch
from tests.factories.contacts import make_contact, make_noise
from tests.factories.desk import QUOTE, Desk
from tests.factories.groups import make_group, make_member
from tests.factories.orders import new_order

E = EventType
LATER = NOW + timedelta(minutes=10)
PHONE, WECHAT = "13812340142", "ljz_1979"
HERS = (
    "柳金枝",
    "金枝玉叶",
    "怕热面料",
    "住在桂花巷",
    "扫码领券",
    "口头同意",
    "老街坊",
    "孙女要上学",
    "下次带样布",
    "裙子缩水得厉害",
    "缩水退一半",
    "陈年旧账",
    "三年前办过卡",
    PHONE,
    "138****0142",
    "0142",
    WECHAT,
    "SF1357924680",
)
"""Everything that names her or that she said; the grep below looks for each of them."""


@pytest.fixture
def desk(session):
    desk = Desk(session)
    session.flush()
    return desk


@pytest.fixture
def other(session, desk):
    """Somebody else with a row of everything, whose words must stay and must not be given out."""
    other = make_contact(
        session,
        "何敏",
        store=desk.store,
        phone="13900001111",
        actor=desk.manager,
        remark="别人备注",
    )
    make_touch(session, other, actor=desk.manager, note="别人往来")
    make_noise(session)
    return other


@pytest.fixture
def her(session, desk, other):
    her = make_contact(
        session,
        "柳金枝",
        store=desk.store,
        actor=desk.manager,
        nickname="金枝玉叶",
        remark="怕热面料，住在桂花巷",
        identities=((IdentityKind.PHONE, PHONE), (IdentityKind.WECHAT_ID, WECHAT)),
        moved_from=MovedFrom(MoveKind.STORE, store_id=desk.store.id, detail="扫码领券"),
        consent=Consent(ConsentBasis.CONSENT, note="口头同意"),
        tags=("老街坊",),
    )
    her.phone_hint = "138****0142"
    note = {"noted_at": NOW, "recorded_at": NOW, "content_hash": "a" * 64}
    session.add(ContactNote(contact_id=her.id, text="三年前办过卡", author_name="前店员", **note))
    make_touch(session, her, actor=desk.manager, note="孙女要上学")
    make_follow_up(session, her, desk.manager.id, words={"text": "下次带样布"})
    order = new_order(order_no="A1", phone=PHONE, phone_hint="138****0142")
    take_orders(session, [order], actor=None, now=NOW)
    group = make_group(
        session, name="老粉 8 群", store=desk.store, complaint_detection=Detection.OFF
    )
    said = [
        ("金枝玉叶", {"contact_id": her.id}, "裙子缩水得厉害", ""),
        ("何敏", {"contact_id": other.id}, "我的没事，金枝玉叶那件是不是烫过", "裙子缩水得厉害"),
        ("王梅", {"staff_id": desk.manager.id}, "@金枝玉叶 马上给您看", ""),
    ]
    lines = [
        NewMessage(sender, NOW + timedelta(seconds=n), words, quote, **who)
        for n, (sender, who, words, quote) in enumerate(said)
    ]
    take_lines(session, group, lines, actor=desk.manager, now=LATER)
    session.flush()
    own = desk.log(
        NOW, channel=Channel.PRIVATE, contact_id=her.id, text="缩水退一半", reporter_name=""
    )
    own.parcel_ref = "SF1357924680"
    desk.record(own, E.PROMISED, NOW, data={"due_at": LATER, "task": "柳金枝退款"})
    desk.record(own, E.PRIVATE_REPLY, NOW, text="柳金枝您好，陈年旧账马上办")
    desk.record(own, E.RESOLUTION_OFFERED, NOW)
    desk.record(own, E.CUSTOMER_CONFIRMED, NOW)
    desk.group = group
    theirs = desk.log(NOW, reporter_name="何敏", contact_id=other.id, text="金枝玉叶说得对")
    desk.record(theirs, E.ONLOOKER_SIGNAL, NOW, data={"signal": "doubt", "member": "金枝玉叶"})
    tell_onlooker(session, theirs, "金枝玉叶", is_told=True, actor=desk.manager, now=NOW)
    session.flush()
    return her


def dump(session):
    """Every cell of every table, as one text."""
    session.flush()
    session.expire_all()
    cells = []
    for table in Base.metadata.sorted_tables:
        for row in session.execute(select(table)):
            cells += [
                cell.decode("utf-8", "replace") if isinstance(cell, bytes) else str(cell)
                for cell in row
            ]
    return "\n".join(cells)


def figures(session):
    session.flush()
    return [
        session.execute(
            select(func.count(), func.sum(ShopOrder.net_fen)).where(
                ShopOrder.contact_id.is_not(None)
            )
        ).one(),
        session.execute(select(func.count(), func.sum(Touch.seconds))).one(),
        session.scalars(select(Contact.id).order_by(Contact.id)).all(),
        session.execute(
            select(
                Complaint.id, Complaint.state, Complaint.severity, Complaint.first_response_at
            ).order_by(Complaint.id)
        ).all(),
        session.execute(
            select(SlaClock.id, SlaClock.state, SlaClock.due_at).order_by(SlaClock.id)
        ).all(),
    ]


def test_nothing_that_names_her_is_left_and_figures_are_as_they_were(session, desk, her, other):
    before, counted = dump(session), figures(session)
    for word in ("柳金枝", "裙子缩水得厉害", "陈年旧账", "SF1357924680", "别人备注"):
        assert word in before  # the search below can find
    anonymise(session, her.id, actor=desk.owner, now=LATER)
    after = dump(session)
    assert [word for word in HERS if word in after] == []
    for theirs in ("何敏", "别人备注", "别人往来", "我的没事", "马上给您看"):
        assert theirs in after
    assert figures(session) == counted
    for complaint in session.scalars(select(Complaint)):
        case = case_of(session, complaint)
        assert (case.state, case.severity) == (complaint.state, complaint.severity)


def test_nothing_finds_her_and_her_number_may_come_again(session, desk, her):
    anonymise(session, her.id, actor=desk.owner, now=LATER)
    session.flush()
    for wanted in ("柳金枝", "金枝", "ljz", "0142", PHONE, "老街坊"):
        assert search_contacts(session, wanted, desk.owner) == []
    assert contacts_by_identity(session, [(IdentityKind.PHONE, PHONE)]) == {}
    order = new_order(order_no="A2", phone=PHONE)
    take_orders(session, [order], actor=None, now=LATER)
    again = make_contact(session, "新来的", store=desk.store, phone=PHONE)
    match_waiting(session, now=LATER)
    row = session.execute(
        select(ShopOrder.contact_id).where(ShopOrder.order_no == "A2")
    ).scalar_one()
    assert row == again.id


def test_complaint_of_a_namesake_in_her_group_stays_whole(session, desk, her, other):
    make_member(session, desk.group, "雨天", contact_id=her.id)
    make_member(session, desk.group, her.name, contact_id=other.id)
    known = desk.log(NOW, contact_id=other.id, reporter_name=her.name)
    unknown = desk.log(NOW, reporter_name=her.name)
    session.flush()
    anonymise(session, her.id, actor=desk.owner, now=LATER)
    session.expire_all()
    assert {session.get_one(Complaint, one.id).text for one in (known, unknown)} == {QUOTE}


def test_the_same_again_changes_nothing(session, desk, her):
    anonymise(session, her.id, actor=desk.owner, now=LATER)
    once = dump(session)
    anonymise(session, her.id, actor=desk.owner, now=LATER)
    assert dump(session) == once


def test_open_complaint_needs_her_words_first(session, desk, her):
    live = desk.log(NOW, channel=Channel.PRIVATE, contact_id=her.id, text="还没好")
    before = dump(session)
    with pytest.raises(StillOpen) as refused:
        anonymise(session, her.id, actor=desk.owner, now=LATER)
    assert refused.value.short_nos == [live.short_no]
    assert dump(session) == before


def test_kept_answers_of_programs_that_show_her_go_too(session, desk, her):
    make_token(session, desk.staff["owner"], "till", Scope.WRITE, actor=None, now=NOW)
    bodies = [json.dumps({"name": "柳金枝"}).encode(), "柳金枝".encode(), b'{"id": 1}']
    for number, body in enumerate(bodies):
        kept = {"token_id": 1, "key": str(number), "request_hash": "x", "status": 201}
        token = session.scalar(text("SELECT max(id) FROM api_token"))
        row = IdempotencyKey(**kept | {"token_id": token}, body=body, created_at=NOW)
        keep_answer(session, row)
    anonymise(session, her.id, actor=desk.owner, now=LATER)
    assert session.scalars(select(IdempotencyKey.body)).all() == [b'{"id": 1}']


def test_export_holds_everything_of_hers_and_nothing_of_others(session, desk, her, other):
    said = json.dumps(export(session, her.id, actor=desk.owner, now=LATER), ensure_ascii=False)
    assert [word for word in HERS if word not in said] == []
    for theirs in ("何敏", "别人", "我的没事", "13900001111"):
        assert theirs not in said
    seen = select(AuditEntry.subject).where(AuditEntry.action == "contact.exported")
    assert session.scalars(seen).all() == [f"contact:{her.id}"]
    theirs = json.dumps(export(session, other.id, actor=desk.owner, now=LATER), ensure_ascii=False)
    assert "别人往来" in theirs
    assert PHONE not in theirs


@pytest.mark.parametrize("kind", [RequestKind.ACCESS, RequestKind.DELETION])
def test_request_counts_thirty_days_and_the_act_stops_it(session, desk, her, kind):
    command = NewRequest(kind, "我要看看你们记了什么", "form-1")
    complaint = ask(session, her, command, actor=desk.manager, now=NOW)
    again = ask(session, her, command, actor=desk.manager, now=NOW)
    assert again.id == complaint.id
    assert (complaint.severity, complaint.channel) == (3, Channel.PRIVACY_REQUEST)
    assert desk.clocks(complaint)[ClockKind.RESOLUTION].due_at == NOW + timedelta(days=30)
    assert complaint.assignee_id == desk.owner.id
    if kind is RequestKind.DELETION:
        anonymise(session, her.id, actor=desk.owner, now=LATER)
    else:
        request_id = session.scalar(text("SELECT max(id) FROM privacy_request"))
        with pytest.raises(NotDone):
            end(session, her.id, request_id, actor=desk.owner, now=LATER)
        export(session, her.id, actor=desk.owner, now=LATER)
        end(session, her.id, request_id, actor=desk.owner, now=LATER)
    session.flush()
    session.refresh(complaint)
    assert complaint.state is State.CLOSED
    assert desk.clocks(complaint)[ClockKind.RESOLUTION].state is ClockState.MET


def test_open_follow_ups_are_off_the_list(session, desk, her):
    anonymise(session, her.id, actor=desk.owner, now=LATER)
    session.flush()
    waiting = select(FollowUp).where(
        FollowUp.contact_id == her.id, FollowUp.done_at.is_(None), FollowUp.cancelled_at.is_(None)
    )
    assert session.scalars(waiting).all() == []
    assert (
        session.scalars(select(ContactIdentity).where(ContactIdentity.contact_id == her.id)).all()
        == []
    )
