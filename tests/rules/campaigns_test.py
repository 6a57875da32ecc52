"""Lists: filters, caps, reasons, days, the draw and what may be said of a result."""

import hashlib
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.campaigns import rules
from crm.campaigns.rules import Cap, Period, Reason, Skip, Standing
from crm.claims.rules import Finding, Level

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2025, 6, 18, 12, 22, tzinfo=UTC)


def days(count):
    return NOW + timedelta(days=count)


# Filters


@pytest.mark.parametrize(
    ("row", "value"),
    [
        ({"field": "store_id", "op": "is", "value": 3}, 3),
        ({"field": "store_id", "op": "in", "value": [3, 4, 3]}, (3, 4)),
        ({"field": "tag", "op": "has", "value": " 夏装 "}, "夏装"),
        ({"field": "orders_count", "op": ">=", "value": 1}, 1),
        ({"field": "net_spent_fen", "op": "between", "value": [0, 99900]}, (0, 99900)),
        ({"field": "days_since_last_order", "op": "<=", "value": 14}, 14),
        ({"field": "rhythm_state", "op": "in", "value": ["due", "lapsing"]}, ("due", "lapsing")),
    ],
)
def test_condition_is_read(row, value):
    [condition] = rules.parse_filter({"all": [row]})
    assert condition.value == value


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ("x", "filter.all.0"),
        ({"field": "tag", "op": "has"}, "filter.all.0"),
        ({"field": "tag", "op": "has", "value": "a", "more": 1}, "filter.all.0"),
        ({"field": "name", "op": "is", "value": "a"}, "filter.all.0.field"),
        ({"field": ["tag"], "op": "is", "value": "a"}, "filter.all.0.field"),
        ({"field": "tag", "op": ">=", "value": "a"}, "filter.all.0.op"),
        ({"field": "tag", "op": "has", "value": ""}, "filter.all.0.value"),
        ({"field": "tag", "op": "has", "value": "a\x00"}, "filter.all.0.value"),
        ({"field": "tag", "op": "has", "value": 7}, "filter.all.0.value"),
        ({"field": "tag", "op": "in", "value": []}, "filter.all.0.value"),
        ({"field": "tag", "op": "in", "value": "a"}, "filter.all.0.value"),
        ({"field": "orders_count", "op": ">=", "value": "1"}, "filter.all.0.value"),
        ({"field": "orders_count", "op": ">=", "value": True}, "filter.all.0.value"),
        ({"field": "orders_count", "op": ">=", "value": -1}, "filter.all.0.value"),
        ({"field": "orders_count", "op": ">=", "value": 10**30}, "filter.all.0.value"),
        ({"field": "orders_count", "op": "between", "value": [3, 1]}, "filter.all.0.value"),
        ({"field": "orders_count", "op": "between", "value": [3]}, "filter.all.0.value"),
        ({"field": "rhythm_state", "op": "is", "value": "soon"}, "filter.all.0.value"),
    ],
)
def test_condition_that_makes_no_sense_is_refused_with_its_place(row, field):
    with pytest.raises(rules.FilterRefused) as refused:
        rules.parse_filter({"all": [row]})
    assert [problem.field for problem in refused.value.problems] == [field]


@pytest.mark.parametrize("raw", [None, [], {}, {"any": []}, {"all": {}}, {"all": [], "any": []}])
def test_filter_of_another_shape_is_refused(raw):
    with pytest.raises(rules.FilterRefused):
        rules.parse_filter(raw)


def test_all_problems_are_said_at_once():
    bad = {"field": "x", "op": "is", "value": 1}
    with pytest.raises(rules.FilterRefused) as refused:
        rules.parse_filter({"all": [bad, bad]})
    assert len(refused.value.problems) == 2


def test_more_conditions_than_allowed_are_refused():
    row = {"field": "orders_count", "op": ">=", "value": 1}
    assert len(rules.parse_filter({"all": [row] * 20})) == 20
    with pytest.raises(rules.FilterRefused):
        rules.parse_filter({"all": [row] * 21})


def test_filter_survives_being_stored():
    raw = {"all": [{"field": "tag", "op": "in", "value": ["夏装", "茶"]}]}
    assert rules.filter_json(rules.parse_filter(raw)) == raw


@pytest.mark.parametrize(
    ("rows", "stores"),
    [
        ([], None),
        ([("is", 3)], {3}),
        ([("in", [3, 4]), ("is", 4)], {4}),
        ([("is", 3), ("is", 4)], set()),
    ],
)
def test_stores_of_a_filter_are_what_all_conditions_leave(rows, stores):
    conditions = [{"field": "store_id", "op": op, "value": value} for op, value in rows]
    assert rules.stores_of(rules.parse_filter({"all": conditions})) == stores


# Caps


@pytest.mark.parametrize(
    ("sends", "allowed"),
    [
        ([], True),
        ([days(-1)], True),
        ([days(-1), days(-2)], False),
        ([days(-1), days(-7)], True),
        ([days(-1), days(1)], False),
        ([days(3), days(5)], False),
        ([days(-6), days(6)], True),
    ],
)
def test_sliding_cap_looks_both_ways(sends, allowed):
    assert rules.allows(sends, NOW, Cap(2, 7), ZONE) is allowed


@pytest.mark.parametrize(
    ("period", "send", "allowed"),
    [
        (Period.DAY, datetime(2025, 6, 18, 0, 1, tzinfo=ZONE), False),
        (Period.DAY, datetime(2025, 6, 17, 23, 59, tzinfo=ZONE), True),
        (Period.WEEK, datetime(2025, 6, 16, 0, 1, tzinfo=ZONE), False),
        (Period.WEEK, datetime(2025, 6, 15, 23, 59, tzinfo=ZONE), True),
        (Period.MONTH, datetime(2025, 6, 1, 0, 1, tzinfo=ZONE), False),
        (Period.MONTH, datetime(2025, 5, 31, 23, 59, tzinfo=ZONE), True),
    ],
)
def test_calendar_cap_counts_the_period_of_the_shop(period, send, allowed):
    assert rules.allows([send], NOW, Cap(1, period), ZONE) is allowed


@pytest.mark.parametrize(
    ("cap", "free"),
    [
        (Cap(1, 7), days(6)),
        (Cap(1, Period.WEEK), datetime(2025, 6, 23, tzinfo=ZONE)),
        (Cap(1, Period.MONTH), datetime(2025, 7, 1, tzinfo=ZONE)),
    ],
)
def test_free_from_is_the_first_allowed_moment(cap, free):
    assert rules.free_from([days(-1)], NOW, [cap], ZONE) == free


CAPS = st.sampled_from([Cap(1, 1), Cap(2, 7), Cap(4, 30), Cap(1, Period.DAY), Cap(3, Period.WEEK)])
HOURS = st.lists(st.integers(0, 24 * 60), max_size=40)


@given(
    HOURS,
    st.lists(CAPS, min_size=1, max_size=3),
    st.sampled_from([ZONE, ZoneInfo("Europe/Berlin")]),
)
def test_no_window_ever_holds_more_than_a_cap_allows(hours, caps, zone):
    # Berlin changes its clocks on 30 March 2025, inside the range.
    start = datetime(2025, 3, 1, tzinfo=UTC)
    sends = []
    for hour in hours:
        at = start + timedelta(hours=hour)
        if rules.all_allow(sends, at, caps, zone):
            sends.append(at)
    for cap in caps:
        for first in sends:
            if isinstance(cap.window, int):
                window = [s for s in sends if first <= s < first + timedelta(days=cap.window)]
            elif cap.window is Period.DAY:
                window = [
                    s for s in sends if s.astimezone(zone).date() == first.astimezone(zone).date()
                ]
            else:
                week = first.astimezone(zone).isocalendar()[:2]
                window = [s for s in sends if s.astimezone(zone).isocalendar()[:2] == week]
            assert len(window) <= cap.count


@given(HOURS, CAPS)
def test_free_from_is_allowed_and_not_before_the_asked_moment(hours, cap):
    sends = [NOW + timedelta(hours=hour - 500) for hour in hours]
    free = rules.free_from(sends, NOW, [cap], ZONE)
    assert free >= NOW
    assert rules.allows(sends, free, cap, ZONE)


# Reasons


FULL = Standing(
    hold=Skip(Reason.OPEN_COMPLAINT, complaint_id=7),
    sends=(days(-1), days(-2)),
    time=Skip(Reason.TIME_AT_CAP),
    opted_out=True,
    last_order_on=date(2025, 6, 17),
    other_list_until=date(2025, 7, 1),
)


def test_person_without_reason_is_not_left_out():
    assert rules.first_skip(Standing(), NOW, ZONE) is None


@pytest.mark.parametrize(
    ("gone", "reason", "until"),
    [
        ([], Reason.OPEN_COMPLAINT, None),
        (["hold"], Reason.CONTACTED_LATELY, date(2025, 6, 23)),
        (["hold", "sends"], Reason.TIME_AT_CAP, None),
        (["hold", "sends", "time"], Reason.OPTED_OUT, None),
        (["hold", "sends", "time", "opted_out"], Reason.JUST_BOUGHT, date(2025, 6, 24)),
        (
            ["hold", "sends", "time", "opted_out", "last_order_on"],
            Reason.IN_OTHER_LIST,
            date(2025, 7, 1),
        ),
    ],
)
def test_first_reason_counts_and_says_when_it_ends(gone, reason, until):
    kept = {name: value for name, value in vars(FULL).items() if name not in gone}
    skip = rules.first_skip(Standing(**kept), NOW, ZONE)
    assert (skip.reason, skip.until) == (reason, until)


@pytest.mark.parametrize(("bought", "left_out"), [(12, True), (11, False)])
def test_just_bought_counts_seven_days(bought, left_out):
    skip = rules.first_skip(Standing(last_order_on=date(2025, 6, bought)), NOW, ZONE)
    assert (skip is not None) is left_out


def test_list_of_the_same_purpose_keeps_away_for_thirty_days():
    standing = Standing(sends=(days(-20),), same_purpose=(days(-20),))
    skip = rules.first_skip(standing, NOW, ZONE)
    assert (skip.reason, skip.until) == (Reason.CONTACTED_LATELY, date(2025, 6, 28))


def test_reasons_stand_in_the_order_of_the_interface():
    assert [reason.value for reason in Reason] == [
        "open_complaint",
        "complaint_cooloff",
        "contacted_lately",
        "time_at_cap",
        "opted_out",
        "just_bought",
        "in_other_list",
        "in_both_arms",
    ]


# Days and the draw


def people(count, assignee=1):
    return [rules.Candidate(n, assignee, Standing()) for n in range(1, count + 1)]


def test_each_writer_gets_no_more_than_the_cap_a_day():
    crowd = people(45) + [rules.Candidate(n, 2, Standing()) for n in range(101, 111)]
    places = rules.plan(crowd, now=NOW, zone=ZONE, daily_cap=20)
    first = [p for p in places if p.assignee_id == 1]
    assert [p.planned_on.day for p in first] == [18] * 20 + [19] * 20 + [20] * 5
    assert {p.planned_on.day for p in places if p.assignee_id == 2} == {18}


def test_person_whose_day_breaks_a_cap_is_left_out_and_leaves_it_free():
    busy = Standing(sends=(days(2), days(3)))
    crowd = [rules.Candidate(1, 1, busy), *[rules.Candidate(n, 1, Standing()) for n in (2, 3)]]
    places = rules.plan(crowd, now=NOW, zone=ZONE, daily_cap=2)
    assert places[0].skip == Skip(Reason.CONTACTED_LATELY, date(2025, 6, 27))
    assert [p.planned_on.day for p in places[1:]] == [18, 18]


def test_draw_is_the_published_hash():
    for contact_id in range(1, 200):
        digest = hashlib.sha256(f"s:{contact_id}".encode()).digest()
        u = int.from_bytes(digest[:8], "big") / 2**64
        assert rules.held_out("s", contact_id, 20) is (u < 0.2)


def test_draw_takes_nobody_at_zero_and_about_a_fifth_at_twenty():
    assert not any(rules.held_out("x", n, 0) for n in range(1000))
    share = sum(rules.held_out("x", n, 20) for n in range(10_000)) / 10_000
    assert 0.18 < share < 0.22


def test_higher_share_keeps_everybody_who_was_held_out():
    low = {n for n in range(500) if rules.held_out("x", n, 10)}
    assert low <= {n for n in range(500) if rules.held_out("x", n, 50)}


# Time and wording


@pytest.mark.parametrize(
    ("spent", "cap", "day"),
    [
        ([(days(-20), 1200), (days(-5), 1200)], 1800, date(2025, 6, 28)),
        ([(days(-5), 1200), (days(-20), 600)], 1200, date(2025, 7, 13)),
        ([(days(-5), 60)], 0, None),
        ([], 0, None),
    ],
)
def test_time_frees_when_enough_of_it_leaves_the_window(spent, cap, day):
    assert rules.time_frees_on(spent, cap, timedelta(days=30), ZONE) == day


def test_offered_wording_is_put_in_its_place_only():
    found = Finding(3, 5, "最低", "ABS-05", Level.BLOCK, "", (), put="实惠")
    assert rules.take_over("今天：最低价", [found], "3:5") == "今天：实惠价"
    assert rules.take_over("今天：最低价", [found], "2:5") == "今天：最低价"
    assert rules.take_over("今天：最低价", [replace(found, put=None)], "3:5") == "今天：最低价"


@pytest.mark.parametrize(
    ("level", "missing", "in_the_way"),
    [
        (Level.BLOCK, False, True),
        (Level.BLOCK, True, True),
        (Level.EVIDENCE, False, True),
        (Level.EVIDENCE, True, False),
        (Level.HINT, False, False),
    ],
)
def test_what_keeps_a_copy_from_going_out(level, missing, in_the_way):
    end = 3 if missing else 5
    found = Finding(3, end, "", "X", level, "", ())
    assert bool(rules.in_the_way([found])) is in_the_way


def test_sheet_has_its_header_and_keeps_plain_cells():
    row = rules.ExportRow(
        7, "陈姐", "138****0142", "人民路店", "王梅", "买过 2 次", "您好，\n新色到了"
    )
    text = rules.csv_text([row])
    assert text.startswith("\ufeffcontact_id,name,phone_masked,store,owner,reason,copy\r\n")
    assert text.endswith('7,陈姐,138****0142,人民路店,王梅,买过 2 次,"您好，\n新色到了"\r\n')
