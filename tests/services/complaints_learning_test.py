"""What people say of a line is kept, the later word of a lead counts, words work at once."""

import pytest
from sqlalchemy import event, select

from crm.complaints import service
from crm.complaints.models import Complaint, ComplaintWord, SuspicionTap
from crm.complaints.queries import scoring as queries
from crm.complaints.rules.learning import WordKnown, WordUnfit
from crm.complaints.rules.scorer import is_scored
from crm.complaints.rules.words import EventType
from crm.complaints.service import learning, scoring
from crm.groups.models import GroupMessage
from crm.groups.rules import Detection
from tests.factories.desk import MINUTE
from tests.factories.groups import chat
from tests.factories.teaching import DAY, say, tap, teach

FAKE = "收到的裙子吊牌不对，是不是假货？太失望了，要求退款"
LATER = 5 * MINUTE


def _taps(session):
    session.flush()
    return list(session.scalars(select(SuspicionTap).order_by(SuspicionTap.id)))


def _opened(shop, now):
    """A complaint that Shuke opened by itself."""
    lines = chat(f"陈姐 {FAKE}", start=now)
    taken = service.take_lines(shop.session, shop.group, lines, actor=shop.manager, now=now)
    shop.session.flush()
    (complaint_id,) = taken.complaint_ids
    return shop.session.get_one(Complaint, complaint_id)


@pytest.mark.parametrize("is_complaint", [True, False])
def test_tap_keeps_line_label_who_when_model_and_score(shop, session, now, is_complaint):
    message = say(shop, now, FAKE)
    kept = tap(shop, message, now + LATER, is_complaint=is_complaint)
    assert (kept.message_id, kept.is_complaint) == (message.id, is_complaint)
    assert (kept.tapped_by, kept.tapped_at) == (shop.manager.id, now + LATER)
    assert (kept.model_id, kept.by_lead) == (None, False)
    assert kept.score == pytest.approx(message.score)
    assert len(_taps(session)) == 1


def test_taking_a_complaint_is_a_tap_on_its_line(shop, session, now):
    complaint = _opened(shop, now)
    assert _taps(session) == []
    shop.record(complaint, EventType.ACKNOWLEDGED, now + MINUTE)
    (kept,) = _taps(session)
    assert (kept.message_id, kept.is_complaint) == (complaint.message_id, True)


def test_ending_it_as_none_is_a_tap_on_its_line(shop, session, now):
    complaint = _opened(shop, now)
    shop.record(complaint, EventType.VOIDED, now + MINUTE, by=shop.lead, data={"reason": "玩笑"})
    (kept,) = _taps(session)
    assert (kept.message_id, kept.is_complaint, kept.by_lead) == (complaint.message_id, False, True)


def test_what_shuke_opens_or_people_log_by_hand_is_no_tap(shop, session, now):
    shop.record(shop.log(now), EventType.ACKNOWLEDGED, now + MINUTE)
    say(shop, now, FAKE)
    assert _taps(session) == []


def test_of_two_people_the_lead_counts_however_late_the_other_taps(shop, session, now):
    message = teach(shop, now, FAKE, is_complaint=False)

    def said(is_complaint, actor):
        learning.note_tap(session, message, is_complaint=is_complaint, actor=actor, now=now)
        session.flush()
        return [line.is_complaint for line in queries.tapped_lines(session)]

    assert said(True, shop.lead) == [True]
    assert said(False, shop.manager) == [True]
    assert said(False, shop.lead) == [False]


def test_without_a_lead_the_later_one_counts(shop, session, now):
    message = teach(shop, now, FAKE, is_complaint=True)
    tap(shop, message, now + MINUTE, is_complaint=False)
    assert [line.is_complaint for line in queries.tapped_lines(session)] == [False]


def test_lines_that_are_gone_teach_nothing(shop, session, now):
    gone, blank, kept = (
        teach(shop, now + n * MINUTE, f"{FAKE}{n}", is_complaint=True) for n in range(3)
    )
    gone.hidden_at, blank.text = now, ""
    session.flush()
    assert [line.message_id for line in queries.tapped_lines(session)] == [kept.id]


def test_counts_are_those_of_the_lines_themselves(shop, session, now):
    said = [FAKE, "[图片]", f"{FAKE}吗", "[表情]", "还有货吗", "口袋就缝了半边", "好"]
    lines = [
        teach(shop, now + n * MINUTE, text, is_complaint=n % 3 == 0) for n, text in enumerate(said)
    ]
    for number, message in enumerate(lines):  # words come later than taps on other lines
        word, who = number % 2 == 0, (shop.lead if number % 3 else shop.manager)
        learning.note_tap(session, message, is_complaint=word, actor=who, now=now + LATER)
    session.flush()
    _taps(session)[0].score = _taps(session)[len(lines)].score = None  # no scorer worked
    lines[2].hidden_at, lines[3].text = now, ""
    session.flush()
    found = queries.tapped_lines(session)
    assert [line.message_id for line in found] == [lines[n].id for n in (0, 1, 4, 5, 6)]
    complaints = sum(line.is_complaint for line in found)
    assert 0 < complaints < len(found)
    assert queries.count_tapped(session) == (complaints, len(found) - complaints)
    for tap_id in (row.id for row in _taps(session)):
        known = [line for line in found if line.first_tap_id <= tap_id and is_scored(line.text)]
        assert queries.count_learnt(session, tap_id) == len(known)
    assert len(known) == 3


def test_before_the_first_tap_nothing_is_counted(session):
    assert queries.count_tapped(session) == (0, 0)
    assert queries.count_learnt(session, 0) == 0


def test_a_word_comes_back_though_the_list_is_full_by_then(shop, session, now, monkeypatch):
    gone = learning.remove_word(session, "套路", actor=shop.owner, now=now)
    monkeypatch.setattr(learning, "WORDS_MAX", len(learning.words_in_use(session)))
    for _ in range(2):
        learning.put_word(session, gone.id, is_in=True, actor=shop.owner, now=now)
    assert learning.words_in_use(session) == tuple(scoring.shipped_words())


def test_added_word_counts_from_the_next_line_on(shop, session, now):
    before = scoring.shop_scorer(session).score("又翻车了")
    assert learning.add_word(session, " 翻 车 ", actor=shop.owner, now=now).word == "翻车"
    session.flush()
    after = scoring.shop_scorer(session).score("又翻车了")
    assert after.value > before.value
    assert say(shop, now, "又翻车了").score == pytest.approx(after.value)


def test_removed_word_counts_no_longer_and_comes_back(shop, session, now):
    before = scoring.shop_scorer(session).score("全是套路").value
    learning.remove_word(session, "套路", actor=shop.owner, now=now)
    session.flush()
    assert scoring.shop_scorer(session).score("全是套路").value < before
    learning.add_word(session, "套路", actor=shop.owner, now=now + DAY)
    session.flush()
    assert scoring.shop_scorer(session).score("全是套路").value == before
    assert session.scalars(select(ComplaintWord.ended_at)).all() == [now + DAY]


def test_own_word_goes_as_it_came(shop, session, now):
    learning.add_word(session, "翻车", actor=shop.owner, now=now)
    session.flush()
    learning.remove_word(session, "翻车", actor=shop.owner, now=now)
    session.flush()
    assert learning.words_in_use(session) == tuple(scoring.shipped_words())
    learning.add_word(session, "翻车", actor=shop.owner, now=now)
    session.flush()
    assert "翻车" in learning.words_in_use(session)


@pytest.mark.parametrize("word", ["", "  ", "退款！", "a" * 13, "假、货", "\x00", "1" * 7])
def test_what_is_no_word_is_refused(shop, session, now, word):
    with pytest.raises(WordUnfit):
        learning.add_word(session, word, actor=shop.owner, now=now)


def test_known_word_is_not_added_and_unknown_one_not_removed(shop, session, now):
    with pytest.raises(WordKnown):
        learning.add_word(session, "假货", actor=shop.owner, now=now)
    with pytest.raises(WordKnown):
        learning.remove_word(session, "翻车", actor=shop.owner, now=now)


def test_list_of_words_has_an_end(shop, session, now, monkeypatch):
    monkeypatch.setattr(learning, "WORDS_MAX", len(scoring.shipped_words()))
    with pytest.raises(WordUnfit):
        learning.add_word(session, "翻车", actor=shop.owner, now=now)


def test_lines_cost_no_query_each(shop, session, engine):
    """Reading what was taught costs the same for one line and for a thousand."""
    scoring.shop_scorer(session)  # the process keeps what it built
    statements = []
    listener = event.listens_for(engine, "before_cursor_execute")
    listener(lambda *args: statements.append(args[2]))
    scorer = scoring.shop_scorer(session)
    for number in range(1000):
        assert scorer.score(f"{number}号壶还有吗").value is not None
    assert len(statements) == 2


def _asked(shop, now):
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return queries.asked_today(shop.session, shop.store.id, since=midnight).message_ids


def test_a_store_is_asked_about_its_highest_scores_first(shop, session, now):
    learning.choose_asks(session, 2, actor=shop.owner, now=now)
    said = ["拉链卡死了", FAKE, "怎么还没到，都5天了，退款", "口袋就缝了半边"]
    lines = [say(shop, now - 9 * MINUTE + n * MINUTE, text) for n, text in enumerate(said)]
    highest = sorted((one for one in lines if one.score >= 0.3), key=lambda one: -one.score)[:2]
    assert len(highest) == 2
    assert _asked(shop, now) == {one.id for one in highest}
    tap(shop, highest[0], now, is_complaint=False)
    assert _asked(shop, now) == {highest[1].id}
    tap(shop, highest[1], now, is_complaint=False)
    assert _asked(shop, now) == set()
    assert len(_asked(shop, now + DAY)) == len([one for one in lines if one.score >= 0.3]) - 2


def test_what_is_not_asked_stays_on_the_timer(shop, session, now):
    learning.choose_asks(session, 0, actor=shop.owner, now=now)
    message = say(shop, now, FAKE)
    session.flush()
    assert _asked(shop, now) == set()
    item = session.get_one(GroupMessage, message.id).item_id
    assert item is not None


def test_another_stores_answers_leave_ours_alone(shop, session, now):
    learning.choose_asks(session, 1, actor=shop.owner, now=now)
    message = say(shop, now, FAKE)
    shop.group.complaint_detection = Detection.SUGGEST
    assert _asked(shop, now) == {message.id}
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    assert queries.asked_today(session, shop.other.id, since=midnight).message_ids == set()
