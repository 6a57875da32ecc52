"""One person is given all that is kept of her, or forgotten: nothing of hers is left anywhere."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text

from crm.accounts.models import IdempotencyKey
from crm.accounts.rules import Scope
from crm.accounts.service import keep_answer, make_token
from crm.attention.models import CapOverride, FollowUp, Touch
from crm.audit.models import AuditEntry
from crm.complaints.models import (
    Complaint,
    SlaClock,
    Suspicion,
)
from crm.complaints.queries.case import case_of
from crm.complaints.rules.privacy import RequestKind
from crm.complaints.rules.words import (
    Channel,
    ClockKind,
    ClockState,
    State,
    SuspicionState,
)
from crm.contacts.models import Contact, ContactIdentity
from crm.contacts.queries import contacts_by_identity, search_contacts
from crm.contacts.rules import (
    IdentityKind,
)
from crm.db import Base
from crm.groups.models import GroupMessage
from crm.lifecycle.rules.merging import Merge
from crm.lifecycle.rules.privacy import NewRequest, NotDone, StillOpen
from crm.lifecycle.service.erasing import anonymise
from crm.lifecycle.service.exporting import export
from crm.lifecycle.service.merging import merge
from crm.lifecycle.service.requests import ask, end
from crm.orders.models import ShopOrder
from crm.orders.service import match_waiting, take_orders
from tests.conftest import NOW
from tests.factories.contacts import make_contact
from tests.factories.desk import QUOTE
from tests.factories.groups import make_member
from tests.factories.orders import new_order
from tests.factories.person import HERS, LATER, PHONE, E, dump, make_her, make_other
from tests.house.forgetting_test import EMPTIED, holds_words


@pytest.fixture
def other(session, desk):
    return make_other(session, desk)


@pytest.fixture
def her(session, desk, other):
    return make_her(session, desk, other)


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


def cells(session):
    """Every cell that can hold words, by table and column, with its row."""
    session.flush()
    session.expire_all()
    found = {}
    for table in Base.metadata.sorted_tables:
        words = [column for column in table.columns if holds_words(column)]
        for row in session.execute(select(table)):
            key = tuple(row._mapping[column] for column in table.primary_key)
            found |= {(table.name, one.name, key): row._mapping[one] for one in words}
    return found


def test_what_is_emptied_is_just_what_the_list_names(session, desk, her, other):
    """The list that the export is held against (tests/house) is what erasing really does."""
    away = make_contact(session, "柳姐", store=desk.store, tags=("从前",))
    merge(session, Merge(her.id, away.id), actor=desk.owner, now=NOW)
    line = session.scalars(select(GroupMessage).where(GroupMessage.text == "裙子缩水得厉害")).one()
    line.quote = "上次那件"
    doubt = {"score": 0.5, "state": SuspicionState.ASKED, "created_at": NOW}
    session.add(Suspicion(message_id=line.id, group_id=line.group_id, reason="缩水", **doubt))
    given = {"minutes": 9, "granted_at": NOW, "expires_at": LATER, "granted_by": desk.owner.id}
    session.add(CapOverride(contact_id=her.id, reason="她常来", **given))
    said = desk.log(NOW, contact_id=her.id, reporter_name="金枝玉叶")
    desk.record(said, E.VOIDED, NOW, by=desk.lead, data={"reason": "记错了"})
    waiting = new_order(order_no="A7", phone="13511112222", external_userid="wm7", unionid="on7")
    take_orders(session, [waiting], actor=None, now=NOW)
    row = session.scalars(select(ShopOrder).where(ShopOrder.order_no == "A7")).one()
    row.contact_id = her.id  # as an older version left it, with its hashes
    before = cells(session)
    anonymise(session, her.id, actor=desk.owner, now=LATER)
    after = cells(session)
    changed = {key[:2] for key, value in before.items() if after.get(key) != value}
    assert changed == {(table, name) for table, names in EMPTIED.items() for name in names}


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
