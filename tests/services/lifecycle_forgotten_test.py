"""Who was forgotten stays so: nothing is written about her, what came back goes again."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from crm.attention.rules import LogTouch, TouchKind
from crm.attention.service import log_touch
from crm.audit.models import AuditEntry
from crm.complaints.models import (
    ComplaintEvent,
    PrivacyRequest,
)
from crm.complaints.rules.commands import LogComplaint
from crm.complaints.rules.privacy import RequestKind
from crm.complaints.rules.words import (
    Channel,
    ClockKind,
    ClockState,
    State,
)
from crm.complaints.service import log_complaint, take_lines
from crm.contacts.models import Contact, ContactNote
from crm.contacts.queries import contact_for_update
from crm.contacts.rules import (
    Forgotten,
)
from crm.groups.models import GroupMember
from crm.groups.rules import NewMessage
from crm.lifecycle.rules.merging import Merge
from crm.lifecycle.rules.privacy import NewRequest
from crm.lifecycle.service.erasing import anonymise
from crm.lifecycle.service.merging import merge
from crm.lifecycle.service.requests import ask
from crm.orders.models import ShopOrder
from crm.orders.rules import UnknownContact
from crm.orders.service import take_orders
from tests.conftest import NOW
from tests.factories.groups import make_member
from tests.factories.orders import new_order
from tests.factories.person import HERS, LATER, PHONE, E, dump, make_her, make_other


@pytest.fixture
def other(session, desk):
    return make_other(session, desk)


@pytest.fixture
def her(session, desk, other):
    return make_her(session, desk, other)


def test_the_same_again_changes_nothing(session, desk, her):
    anonymise(session, her.id, actor=desk.owner, now=LATER)
    once = dump(session)
    anonymise(session, her.id, actor=desk.owner, now=LATER + timedelta(days=1))
    assert dump(session) == once


def test_data_that_came_back_is_erased_again_and_that_is_written_down(session, desk, her):
    anonymise(session, her.id, actor=desk.owner, now=LATER)
    make_member(session, desk.group, "金枝玉叶", contact_id=her.id)
    note = {"noted_at": NOW, "recorded_at": NOW, "content_hash": "b" * 64}
    session.add(ContactNote(contact_id=her.id, text="三年前办过卡", **note))
    session.flush()
    anonymise(session, her.id, actor=desk.owner, now=LATER + timedelta(days=1))
    after = dump(session)
    assert [word for word in HERS if word in after] == []
    assert session.get_one(Contact, her.id).forgotten_at == LATER
    acts = select(func.count()).where(AuditEntry.action == "contact.anonymised")
    assert session.scalar(acts) == 2


def test_erasing_ends_everything_else_she_asked_for_and_says_why(session, desk, her):
    asked = {
        kind: ask(session, her, NewRequest(kind, "快一点", kind.value), actor=desk.owner, now=NOW)
        for kind in RequestKind
    }
    ends = {RequestKind.CORRECTION: LATER, RequestKind.ACCESS: LATER + timedelta(days=1)}
    for kind, until in ends.items():  # one pause is just over, one still lasts
        desk.record(asked[kind], E.PRIVATE_REPLY, NOW, text="好")
        desk.record(asked[kind], E.PAUSED, NOW, data={"reason": "等照片", "until": until})
    unsaid = desk.log(NOW, channel=Channel.PRIVACY_REQUEST, contact_id=her.id, text="我的资料")
    theirs = desk.log(NOW, channel=Channel.PRIVACY_REQUEST, text="别人的要求")
    anonymise(session, her.id, actor=desk.owner, now=LATER)
    session.flush()
    session.expire_all()
    for kind, complaint in asked.items():
        assert complaint.state is State.CLOSED
        assert desk.clocks(complaint)[ClockKind.RESOLUTION].state is ClockState.MET
        said = select(ComplaintEvent.text).where(
            ComplaintEvent.complaint_id == complaint.id,
            ComplaintEvent.type == E.RESOLUTION_OFFERED,
        )
        is_done = kind is RequestKind.DELETION
        assert (
            session.scalars(said)
            .one()
            .startswith("已删除个人信息" if is_done else "个人信息已全部删除，没有可以给她或改的了")
        )
        proof = select(PrivacyRequest).where(PrivacyRequest.complaint_id == complaint.id)
        assert (session.scalars(proof).one().fulfilled_at is not None) is is_done
    assert unsaid.state is State.CLOSED
    assert theirs.state is State.OPEN


def test_order_of_hers_that_comes_again_says_nothing_of_her(session, desk, her):
    take_orders(session, [new_order(order_no="A0", phone="13511112222")], actor=None, now=NOW)
    anonymise(session, her.id, actor=desk.owner, now=LATER)
    again = new_order(order_no="A1", phone=PHONE, phone_hint="138****0142", refunded_fen=100)
    for expected in (1, 0):
        taken = take_orders(session, [again], actor=None, now=LATER)
        assert taken.updated == expected
    row = session.scalars(select(ShopOrder).where(ShopOrder.order_no == "A1")).one()
    assert (row.contact_id, row.refunded_fen, row.phone_hint) == (her.id, 100, None)
    assert not {"138****0142", "0142"} & set(dump(session).split())
    mine = replace(again, contact_id=her.id, refunded_fen=200)  # as a program names her
    assert take_orders(session, [mine], actor=desk.owner, now=LATER).updated == 1
    new = replace(mine, order_no="A9")
    with pytest.raises(UnknownContact):
        take_orders(session, [new], actor=desk.owner, now=LATER)


def test_line_that_names_her_by_number_is_of_nobody_known(session, desk, her):
    anonymise(session, her.id, actor=desk.owner, now=LATER)
    line = NewMessage("回头客", LATER, "又来看看", "", contact_id=her.id)
    take_lines(session, desk.group, [line], actor=desk.manager, now=LATER)
    session.flush()
    spoke = select(GroupMember.contact_id).where(GroupMember.nickname == "回头客")
    assert session.scalars(spoke).one() is None


WRITERS = {
    "any change": lambda s, her, _other, who: contact_for_update(s, her.id, who),
    "merge into": lambda s, her, other, who: merge(
        s, Merge(her.id, other.id), actor=who, now=LATER
    ),
    "merge away": lambda s, her, other, who: merge(
        s, Merge(other.id, her.id), actor=who, now=LATER
    ),
    "touch": lambda s, her, _other, who: log_touch(
        s, LogTouch(her.id, TouchKind.CHAT, 3, LATER, "key", note="她说"), actor=who, now=LATER
    ),
    "complaint": lambda s, her, _other, who: log_complaint(
        s,
        LogComplaint(Channel.PHONE, "她说", LATER, her.store_id, contact_id=her.id),
        actor=who,
        now=LATER,
    ),
}


@pytest.mark.parametrize("how", WRITERS)
def test_nothing_is_written_about_a_forgotten_person(session, desk, her, other, how):
    anonymise(session, her.id, actor=desk.owner, now=LATER)
    session.flush()
    with pytest.raises(Forgotten):
        WRITERS[how](session, her, other, desk.owner)
