"""Lines taken into a group: speakers, overlap, what waits, undo. Another group lies beside."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import Session

from crm.accounts.rules import Role
from crm.groups import queries, rules, service
from crm.groups.models import ChatGroup, GroupMember, GroupMessage, UnansweredItem
from crm.groups.rules import ItemState, NewMessage, Pick
from crm.stores.models import Store
from tests.factories.contacts import make_contact
from tests.factories.groups import chat, make_group, make_member, say
from tests.factories.stores import actor_of, make_staff, make_store


@pytest.fixture
def store(session: Session) -> Store:
    store = make_store(session)
    session.flush()
    return store


@pytest.fixture
def group(session: Session, store: Store) -> ChatGroup:
    """A group with staff 王梅, beside a busy one that must not count."""
    make_staff(session, Role.MANAGER, store, name="王梅")
    noise = make_group(session, "吵闹群", store)
    say(session, noise, "陈姐 有人吗？ / 王梅 在的 / 陈姐 什么时候发货")
    return make_group(session, store=store)


def waiting(session: Session, group: ChatGroup) -> list[str]:
    return [f"{item.sender}: {item.text}" for item in queries.unanswered(session, [group.id])]


def texts(session: Session, group: ChatGroup) -> list[str]:
    return list(
        session.scalars(
            select(GroupMessage.text)
            .where(GroupMessage.group_id == group.id, GroupMessage.hidden_at.is_(None))
            .order_by(GroupMessage.sent_at, GroupMessage.id)
        )
    )


def member(session: Session, group: ChatGroup, nickname: str) -> GroupMember:
    return session.scalars(
        select(GroupMember).where(
            GroupMember.group_id == group.id, GroupMember.nickname == nickname
        )
    ).one()


def test_lines_are_stored_in_order_with_their_speakers(session: Session, group: ChatGroup) -> None:
    stored = say(session, group, "陈姐 在吗 / 王梅 在的 / 阿莲 +1")
    assert [(m.sender, m.is_staff, m.position) for m in stored.messages] == [
        ("陈姐", False, 0),
        ("王梅", True, 1),
        ("阿莲", False, 2),
    ]
    assert texts(session, group) == ["在吗", "在的", "+1"]


def test_pasting_again_stores_only_what_is_new(session: Session, group: ChatGroup) -> None:
    say(session, group, "陈姐 在吗 / 王梅 好的 / 陈姐 谢谢")
    again = say(session, group, "陈姐 在吗 / 王梅 好的 / 陈姐 谢谢 / 王梅 好的 / 陈姐 明天来")
    assert [m.text for m in again.messages] == ["好的", "明天来"]
    assert [m.position for m in again.messages] == [3, 4]
    assert again.duplicates == 3


def test_pasting_the_same_twice_is_no_import(session: Session, group: ChatGroup) -> None:
    say(session, group, "陈姐 在吗")
    again = say(session, group, "陈姐 在吗")
    assert (again.import_id, again.messages, again.duplicates) == (None, (), 1)


def test_program_ids_decide_where_they_are_given(session: Session, group: ChatGroup) -> None:
    lines = [replace(m, external_id=f"m{i}") for i, m in enumerate(chat("陈姐 好的 / 陈姐 好的"))]
    lines = [replace(m, sent_at=lines[0].sent_at) for m in lines]
    now = lines[0].sent_at
    first = service.store_messages(session, group, lines[:1], actor=None, now=now)
    both = service.store_messages(session, group, [*lines, lines[1]], actor=None, now=now)
    assert (len(first.messages), len(both.messages), both.duplicates) == (1, 1, 2)


def test_paste_finds_what_a_program_sent(session: Session, group: ChatGroup) -> None:
    line = replace(chat("陈姐 好的")[0], external_id="m1")
    service.store_messages(session, group, [line], actor=None, now=line.sent_at)
    assert say(session, group, "陈姐 好的").duplicates == 1


def test_line_from_the_future_stores_nothing(
    session: Session, group: ChatGroup, now: datetime
) -> None:
    with pytest.raises(rules.FutureLine):
        say(session, group, "陈姐 在吗 / 陈姐 人呢", start=now + timedelta(minutes=4, seconds=30))
    assert texts(session, group) == []


def test_told_speaker_is_kept_for_the_next_paste(
    session: Session, group: ChatGroup, store: Store
) -> None:
    contact = make_contact(session, store=store, name="陈丽")
    say(session, group, "陈姐 在吗", contact_id=contact.id)
    again = say(session, group, "陈姐 人呢", start=chat("陈姐 x")[0].sent_at + timedelta(minutes=5))
    assert again.messages[0].contact_id == contact.id


def test_told_second_person_of_a_name_becomes_a_twin(
    session: Session, group: ChatGroup, store: Store
) -> None:
    one, two = (make_contact(session, store=store, name=name) for name in ("梅子A", "梅子B"))
    make_member(session, group, "梅子", contact_id=one.id)
    stored = say(session, group, "梅子 在吗", contact_id=two.id)
    assert stored.messages[0].contact_id == two.id
    open_line = say(
        session, group, "梅子 人呢？", start=chat("梅子 x")[0].sent_at + timedelta(minutes=5)
    )
    assert open_line.messages[0].member_id is None
    assert waiting(session, group) == ["梅子: 在吗", "梅子: 人呢？"]


def test_asked_and_nobody_is_not_asked_again(
    session: Session, group: ChatGroup, now: datetime
) -> None:
    say(session, group, "梅子 在吗", asked=True)
    assert member(session, group, "梅子").confirmed_at == now.astimezone(UTC)


def test_question_waits_although_staff_spoke(session: Session, group: ChatGroup) -> None:
    say(session, group, "陈姐 这件还有 M 码吗？ / 王梅 今晚八点直播")
    assert waiting(session, group) == ["陈姐: 这件还有 M 码吗？"]


def test_plain_words_leave_when_staff_spoke(session: Session, group: ChatGroup) -> None:
    say(session, group, "陈姐 收到了 / 阿莲 好看 / 王梅 谢谢大家 / 阿莲 哈哈")
    assert waiting(session, group) == ["阿莲: 哈哈"]


def test_score_binds_from_the_threshold_on(session: Session, group: ChatGroup) -> None:
    lines = [
        replace(line, score=score)
        for line, score in zip(
            chat("陈姐 吊牌不对 / 阿莲 好看 / 王梅 谢谢大家"), (0.3, 0.29, 0.9), strict=True
        )
    ]
    stored = service.store_messages(session, group, lines, actor=None, now=lines[-1].sent_at)
    assert waiting(session, group) == ["陈姐: 吊牌不对"]
    assert [m.score for m in stored.messages] == [0.3, 0.29, None]


def test_consecutive_lines_are_one_item_across_pastes(session: Session, group: ChatGroup) -> None:
    say(session, group, "陈姐 在吗 / 陈姐 裙子破了")
    say(session, group, "陈姐 人呢", start=chat("x y")[0].sent_at + timedelta(minutes=2))
    assert waiting(session, group) == ["陈姐: 在吗\n裙子破了\n人呢"]


def test_staff_line_pasted_later_settles_what_does_not_ask(
    session: Session, group: ChatGroup
) -> None:
    start = chat("x y")[0].sent_at
    say(session, group, "陈姐 收到了 / 阿莲 多少钱", start=start - timedelta(days=3))
    say(session, group, "王梅 早上好")
    assert waiting(session, group) == ["阿莲: 多少钱"]


def test_older_paste_finds_the_staff_line_after_it(session: Session, group: ChatGroup) -> None:
    say(session, group, "王梅 收到，今天发")
    say(session, group, "陈姐 收到了", start=chat("x y")[0].sent_at - timedelta(minutes=10))
    assert waiting(session, group) == []


def test_due_time_is_fifteen_staffed_minutes_later(
    session: Session, group: ChatGroup, now: datetime
) -> None:
    late = now.replace(hour=22, minute=20, second=0) - timedelta(days=1)
    say(session, group, "陈姐 在吗", start=late)
    (item,) = queries.unanswered(session, [group.id])
    local = item.due_at.astimezone(now.tzinfo)
    assert (local.date(), local.hour, local.minute) == (now.date(), 9, 5)


def test_answered_item_leaves_and_new_words_wait_anew(
    session: Session, group: ChatGroup, now: datetime
) -> None:
    say(session, group, "陈姐 在吗")
    item = session.scalars(select(UnansweredItem).where(UnansweredItem.group_id == group.id)).one()
    service.answer_item(session, item, reply=None, actor=None, now=now)
    assert waiting(session, group) == []
    say(session, group, "陈姐 那几时到", start=chat("x y")[0].sent_at + timedelta(minutes=5))
    assert waiting(session, group) == ["陈姐: 那几时到"]


def test_linked_reply_is_remembered(session: Session, group: ChatGroup, now: datetime) -> None:
    stored = say(session, group, "陈姐 在吗 / 王梅 在的")
    item = session.get_one(UnansweredItem, stored.messages[0].item_id)
    reply = session.get_one(GroupMessage, stored.messages[1].id)
    service.answer_item(session, item, reply=reply, actor=None, now=now)
    assert (item.state, reply.answers_item_id) == (ItemState.ANSWERED, item.id)


def test_second_tap_changes_nothing(session: Session, group: ChatGroup, now: datetime) -> None:
    stored = say(session, group, "陈姐 在吗")
    item = session.get_one(UnansweredItem, stored.messages[0].item_id)
    service.dismiss_item(session, item, actor=None, now=now)
    service.answer_item(session, item, reply=None, actor=None, now=now + timedelta(minutes=1))
    assert (item.state, item.settled_at) == (ItemState.NOT_NEEDED, now)


def test_tap_is_taken_back(session: Session, group: ChatGroup, now: datetime) -> None:
    stored = say(session, group, "陈姐 在吗")
    item = session.get_one(UnansweredItem, stored.messages[0].item_id)
    service.dismiss_item(session, item, actor=None, now=now)
    service.reopen_item(session, item, actor=None, now=now)
    session.flush()
    assert waiting(session, group) == ["陈姐: 在吗"]


def test_item_that_became_a_complaint_leaves_the_board(
    session: Session, group: ChatGroup, now: datetime
) -> None:
    stored = say(session, group, "陈姐 是不是假货？ / 阿莲 多少钱")
    service.became_complaint(session, [stored.messages[0].id], now=now)
    session.flush()
    assert waiting(session, group) == ["阿莲: 多少钱"]


def test_no_complaint_and_no_question_leaves_once_staff_spoke(
    session: Session, group: ChatGroup
) -> None:
    lines = chat("陈姐 吊牌不对 / 王梅 在")
    lines[0] = replace(lines[0], score=0.9)
    stored = service.store_messages(session, group, lines, actor=None, now=lines[-1].sent_at)
    service.not_a_complaint(session, stored.messages[0].id)
    assert waiting(session, group) == []


def test_no_complaint_but_a_question_goes_on_waiting(session: Session, group: ChatGroup) -> None:
    lines = [replace(chat("陈姐 吊牌不对吧？")[0], score=0.9)]
    stored = service.store_messages(session, group, lines, actor=None, now=lines[-1].sent_at)
    service.not_a_complaint(session, stored.messages[0].id)
    assert waiting(session, group) == ["陈姐: 吊牌不对吧？"]


def test_member_found_to_be_staff_takes_her_lines_off_and_answers_others(
    session: Session, group: ChatGroup, store: Store, now: datetime
) -> None:
    staff = make_staff(session, Role.ASSISTANT, store, name="李青")
    say(session, group, "陈姐 收到了 / 青青 大家还要吗？")
    service.identify(
        session, group, member(session, group, "青青"), Pick(staff_id=staff.id), actor=None, now=now
    )
    assert waiting(session, group) == []


def test_member_found_to_be_no_staff_waits_again(
    session: Session, group: ChatGroup, now: datetime
) -> None:
    say(session, group, "陈姐 收到了 / 王梅 大家还要吗？")
    service.identify(session, group, member(session, group, "王梅"), Pick(), actor=None, now=now)
    assert waiting(session, group) == ["陈姐: 收到了", "王梅: 大家还要吗？"]


def test_undone_import_takes_its_lines_and_items_away(
    session: Session, group: ChatGroup, store: Store, now: datetime
) -> None:
    actor = actor_of(session, make_staff(session, Role.MANAGER, store))
    say(session, group, "陈姐 在吗")
    stored = say(session, group, "陈姐 在吗 / 阿莲 多少钱 / 王梅 在")
    service.undo_import(
        session,
        group,
        queries.import_of_group(session, group.id, stored.import_id),
        actor=actor,
        now=now,
    )
    session.flush()
    assert texts(session, group) == ["在吗"]
    assert waiting(session, group) == ["陈姐: 在吗"]


def test_undone_lines_may_come_again(
    session: Session, group: ChatGroup, store: Store, now: datetime
) -> None:
    actor = actor_of(session, make_staff(session, Role.MANAGER, store))
    stored = say(session, group, "陈姐 在吗", external_id="m1")
    brought = queries.import_of_group(session, group.id, stored.import_id)
    service.undo_import(session, group, brought, actor=actor, now=now)
    service.undo_import(session, group, brought, actor=actor, now=now)
    assert len(say(session, group, "陈姐 在吗", external_id="m1").messages) == 1


@pytest.mark.parametrize(("minutes", "allowed"), [(24 * 60, True), (24 * 60 + 1, False)])
def test_import_is_undone_within_a_day(
    session: Session, group: ChatGroup, store: Store, now: datetime, minutes: int, allowed: bool
) -> None:
    actor = actor_of(session, make_staff(session, Role.MANAGER, store))
    stored = say(session, group, "陈姐 在吗")
    brought = queries.import_of_group(session, group.id, stored.import_id)
    later = now + timedelta(minutes=minutes)
    if allowed:
        service.undo_import(session, group, brought, actor=actor, now=later)
        assert texts(session, group) == []
    else:
        with pytest.raises(rules.TooLateToUndo):
            service.undo_import(session, group, brought, actor=actor, now=later)


def test_long_and_odd_lines_fit(session: Session, group: ChatGroup, now: datetime) -> None:
    line = NewMessage("长" * 200, now, "字" * 60_000, quote="引" * 60_000)
    stored = service.store_messages(session, group, [line], actor=None, now=now)
    assert (len(stored.messages[0].sender), len(stored.messages[0].text)) == (64, rules.TEXT_MAX)


def test_line_without_a_sender_waits_too(session: Session, group: ChatGroup, now: datetime) -> None:
    service.store_messages(
        session, group, [NewMessage("", now, "到底哪天到？")], actor=None, now=now
    )
    assert waiting(session, group) == [": 到底哪天到？"]
    assert session.scalar(select(func.count()).where(GroupMember.nickname == "")) == 0


def test_groups_of_other_stores_are_not_found(session: Session, group: ChatGroup) -> None:
    elsewhere = make_store(session, "中山路店")
    session.flush()
    stranger = actor_of(session, make_staff(session, Role.MANAGER, elsewhere))
    with pytest.raises(NoResultFound):
        queries.visible_group(session, group.id, stranger)
    assert queries.group_rows(session, stranger) == []
    assert queries.unanswered_in_scope(session, stranger) == []


def test_list_puts_unanswered_groups_first(
    session: Session, group: ChatGroup, store: Store
) -> None:
    make_group(session, "啊安静群", store)
    say(session, group, "陈姐 在吗 / 阿莲 多少钱")
    rows = queries.group_rows(session, None)
    assert [(row.name, row.unanswered) for row in rows] == [
        ("人民路 2 群", 2),
        ("吵闹群", 2),
        ("啊安静群", 0),
    ]


def test_head_counts_the_people_found(session: Session, group: ChatGroup, store: Store) -> None:
    contact = make_contact(session, store=store, name="陈丽")
    make_member(session, group, "陈姐", contact_id=contact.id)
    make_member(session, group, "陈姐新号", contact_id=contact.id)
    make_member(session, group, "路人")
    head = queries.group_head(session, group)
    assert (head.known_count, head.contact_count, head.store_name) == (3, 1, store.name)
