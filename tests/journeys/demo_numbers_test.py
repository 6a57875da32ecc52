"""The exact numbers and the edge cases of the demo, and what the seeding refuses."""

from collections import Counter
from datetime import timedelta
from itertools import pairwise
from statistics import median

import pytest
from sqlalchemy import Engine, Select, func, select
from sqlalchemy.orm import Session

from crm.accounts.models import Staff
from crm.campaigns import queries as campaigns
from crm.campaigns.models import Campaign
from crm.campaigns.queries import Audience, Results
from crm.campaigns.rules import Verdict
from crm.complaints.models import Complaint
from crm.complaints.queries import case_of
from crm.complaints.rules.spread import state_at
from crm.complaints.rules.words import Channel, SpreadState, State
from crm.contacts.models import Contact, ContactMove
from crm.db import Base, make_factory, transaction
from crm.demo.seed import NotEmpty, Telling, tell
from crm.groups.models import ChatImport, GroupMember, GroupMessage
from crm.groups.queries import visible_group
from crm.groups.rules import mask_phones
from crm.loyalty.queries import loyal_orders
from crm.orders.models import ShopOrder
from crm.reports.queries.answers import complaint_lines
from crm.reports.queries.lists import list_results
from crm.reports.queries.orders import weekly_orders
from tests.journeys.conftest import AS_OF, DemoShop, Seeded

TODAY = AS_OF.date()
RANDOM_COLUMNS = {"password_hash", "demo_offset_seconds", "value_encrypted", "token_hash"}


@pytest.fixture
def apparel(seeded: Seeded) -> DemoShop:
    return seeded("apparel")


def one(session: Session, statement: Select[tuple[int]]) -> int:
    return session.execute(statement).scalar_one()


def results(session: Session, name: str) -> Results:
    campaign_id = one(session, select(Campaign.id).where(Campaign.name == name))
    return campaigns.results(session, campaign_id, today=TODAY)


def ready_list(session: Session) -> Audience:
    campaign = session.scalars(select(Campaign).where(Campaign.name == "夏装老客")).one()
    return campaigns.audience(session, campaign, now=AS_OF)


def complaint(session: Session, short_no: int) -> Complaint:
    return session.scalars(select(Complaint).where(Complaint.short_no == short_no)).one()


def test_ready_list_has_the_numbers_of_the_story(apparel: DemoShop) -> None:
    with Session(apparel.engine) as session:
        ready = ready_list(session)
        assert (ready.matched, ready.suppressed, ready.free) == (734, 126, 608)
        assert (ready.held_out, ready.reachable) == (122, 486)
        reasons = {reason.value: count for reason, count in ready.reasons.items()}
        assert reasons == {
            "open_complaint": 9,
            "contacted_lately": 58,
            "time_at_cap": 31,
            "opted_out": 28,
        }
        names = {row.id: row.login for row in session.execute(select(Staff.id, Staff.login))}
        shares = {names[staff_id]: count for staff_id, count in ready.by_assignee.items()}
        assert shares == {"wangmei": 162, "lixiao": 160, "chenfang": 164}


@pytest.mark.parametrize(
    ("shop", "name", "treated", "held_out", "points", "verdict"),
    [
        ("apparel", "秋装老客", (94, 524), (14, 130), (7.2, -0.0, 12.7), Verdict.UNCERTAIN),
        ("apparel", "春装老客", (72, 486), (13, 122), (4.2, -3.2, 9.7), Verdict.UNCERTAIN),
        ("tonics", "续服提醒", (121, 398), (19, 100), (11.4, 1.6, 19.4), Verdict.WORKS),
        ("teapots", "配杯子", (31, 148), (4, 37), (10.1, -4.9, 19.9), Verdict.UNCERTAIN),
    ],
)
def test_past_list_has_its_exact_result(
    seeded: Seeded,
    shop: str,
    name: str,
    treated: tuple[int, int],
    held_out: tuple[int, int],
    points: tuple[float, ...],
    verdict: Verdict,
) -> None:
    with Session(seeded(shop).engine) as session:
        found = results(session, name)
    assert (found.treated.buyers, found.treated.people) == treated
    assert (found.holdout.buyers, found.holdout.people) == held_out
    difference = found.difference
    assert difference is not None
    shown = (difference.uplift, difference.low, difference.high)
    assert tuple(round(100 * share, 1) for share in shown) == points
    assert found.verdict is verdict


def test_both_lists_pooled_are_useful(apparel: DemoShop) -> None:
    with Session(apparel.engine) as session:
        pool = list_results(session, apparel.stage.owner, today=TODAY).pools[0]
    difference = pool.difference
    assert difference is not None
    shown = (difference.uplift, difference.low, difference.high)
    assert [round(100 * share, 1) for share in shown] == [5.7, 1.3, 10.2]
    assert difference.verdict is Verdict.WORKS


def test_spring_list_is_worth_about_what_the_story_says(apparel: DemoShop) -> None:
    with Session(apparel.engine) as session:
        found = results(session, "春装老客")
    difference = found.difference
    assert difference is not None
    yuan = difference.uplift * found.treated.people * found.basket_fen / 100
    assert yuan == pytest.approx(6400, rel=0.1)


def test_incident_costs_a_fifth_of_the_orders(apparel: DemoShop) -> None:
    with Session(apparel.engine) as session:
        report = weekly_orders(session, apparel.stage.owner, None, now=AS_OF)
    assert report.main is not None
    assert report.main.day.isoformat() == "2025-01-19"
    change = report.change
    assert change is not None
    assert 227 <= change.before <= 324
    assert change.change == pytest.approx(-0.2, abs=0.002)


def test_first_answers_before_and_since_are_exact(apparel: DemoShop) -> None:
    with Session(apparel.engine) as session:
        lines = complaint_lines(session, apparel.stage.owner, None, now=AS_OF)
    assert len(lines) == 56
    assert [line.short_no for line in lines] == list(range(73, 129))
    at = apparel.stage.incident
    assert at is not None
    waited = [(line.occurred_at <= at, line.waited_seconds) for line in lines]
    before = [seconds for old, seconds in waited if old and seconds is not None]
    since = [seconds for old, seconds in waited if not old and seconds is not None]
    assert (len(before), len(since)) == (34, 20)
    assert (round(median(before) / 60), round(median(since) / 60)) == (96, 7)
    assert sum(seconds <= 900 for seconds in before) == 3
    assert sum(seconds <= 900 for seconds in since) == 17
    incident = next(line for line in lines if line.occurred_at == at)
    assert incident.waited_seconds == 476 * 60
    assert (incident.onlooker_count, incident.me_too_count) == (11, 4)


@pytest.mark.parametrize(("shop", "count"), [("apparel", 56), ("tonics", 38), ("teapots", 9)])
def test_shop_has_as_many_complaints_as_its_table_says(
    seeded: Seeded, shop: str, count: int
) -> None:
    with Session(seeded(shop).engine) as session:
        assert one(session, select(func.count()).select_from(Complaint)) == count


def test_live_complaint_spreads_among_loyal_customers(apparel: DemoShop) -> None:
    with Session(apparel.engine) as session:
        live = complaint(session, 128)
        case = case_of(session, live)
        assert (live.onlooker_count, live.me_too_count) == (7, 3)
        assert live.first_response_due_at == AS_OF + timedelta(minutes=6, seconds=42)
        assert live.spread_at == AS_OF - timedelta(minutes=3, seconds=18)
        assert state_at(case.signals, [], AS_OF) is SpreadState.SPREADING
        people = apparel.stage.people
        seen = [people[key] for key in ("xiaolu", "meizi", "susu", "aling", "chengzi", "lily")]
        assert sorted(loyal_orders(session, seen).values()) == [3, 3, 4]


def test_nobody_left_out_by_hand_has_orders_that_the_story_does_not_tell(
    apparel: DemoShop,
) -> None:
    stage = apparel.stage
    with Session(apparel.engine) as session:
        for person in stage.story["people"]:
            orders = select(func.count()).select_from(ShopOrder)
            mine = orders.where(ShopOrder.contact_id == stage.people[person["key"]])
            assert one(session, mine) == len(person.get("orders", ())), person["key"]


def test_edge_cases_are_in_the_data(apparel: DemoShop) -> None:
    people, groups = apparel.stage.people, apparel.stage.groups
    with Session(apparel.engine) as session:
        names = Counter(session.scalars(select(Contact.name)))
        assert names["陈姐"] == 2
        assert "Lily🌸" in names
        assert any(len(name) == 16 for name in names)
        left = select(GroupMember.left_at).where(GroupMember.contact_id == people["chen2"])
        gone = session.scalars(left).one()
        assert gone is not None
        assert timedelta(0) < gone - (apparel.stage.incident or gone) < timedelta(hours=48)
        stores = select(GroupMember.group_id).where(GroupMember.contact_id == people["wangsu"])
        homes = {
            visible_group(session, group_id, apparel.stage.owner).store_id
            for group_id in session.scalars(stores)
        }
        assert len(homes) == 2
        twins = select(func.count()).select_from(GroupMember).where(GroupMember.nickname == "梅子")
        assert one(session, twins.where(GroupMember.group_id == groups["zs2"].id)) == 2
        bought = select(ShopOrder.contact_id).where(ShopOrder.contact_id.is_not(None))
        assert one(session, select(func.count(Contact.id)).where(Contact.id.not_in(bought))) > 1000
        stranger = select(func.count()).select_from(ShopOrder)
        assert one(session, stranger.where(ShopOrder.contact_id.is_(None))) == 1
        duplicates = [people["twin_a"], people["twin_b"]]
        assert (
            len(set(session.scalars(select(Contact.name).where(Contact.id.in_(duplicates))))) == 1
        )


def test_staff_who_left_has_contacts_to_hand_over(apparel: DemoShop) -> None:
    with Session(apparel.engine) as session:
        gone = session.scalars(select(Staff).where(Staff.disabled_at.is_not(None))).one()
        mine = select(func.count()).select_from(Contact).where(Contact.owner_id == gone.id)
        assert one(session, mine) == 40


def test_groups_talk_of_other_things_too(apparel: DemoShop) -> None:
    with Session(apparel.engine) as session:
        texts = list(session.scalars(select(GroupMessage.text)))
        assert any("一样便宜哈哈" in text for text in texts)
        assert any(mask_phones(text) != text for text in texts)
        sizes = select(func.sum(func.length(GroupMessage.text))).group_by(GroupMessage.import_id)
        assert max(map(int, session.scalars(sizes))) >= 3000
        assert one(session, select(func.count()).select_from(ChatImport)) > 40


def test_blocked_draft_waits_for_other_words(apparel: DemoShop) -> None:
    with Session(apparel.engine) as session:
        draft = session.scalars(select(Campaign).where(Campaign.name == "清仓老客")).one()
        assert draft.state.value == "draft"
        assert "全网最低价" in draft.copy


def test_closed_stores_give_their_people_a_move(apparel: DemoShop) -> None:
    with Session(apparel.engine) as session:
        moves = Counter(session.scalars(select(ContactMove.from_store_id)))
    assert sorted(moves.values(), reverse=True) == [560, 510, 470, 410, 350, 300]


@pytest.mark.parametrize("shop", ["apparel", "tonics", "teapots"])
def test_nobody_joins_a_group_before_she_was_moved(seeded: Seeded, shop: str) -> None:
    with Session(seeded(shop).engine) as session:
        joined = select(GroupMember.joined_at, ContactMove.moved_at).join(
            ContactMove, ContactMove.contact_id == GroupMember.contact_id
        )
        pairs = session.execute(joined).all()
    assert len(pairs) > 10
    assert [pair for pair in pairs if pair.joined_at < pair.moved_at] == []


def test_same_seed_gives_the_same_rows(seeded: Seeded) -> None:
    first, again = (seeded("apparel", small=True, run=run).engine for run in (1, 2))
    for table in Base.metadata.sorted_tables:
        columns = [c for c in table.columns if c.name not in RANDOM_COLUMNS]
        rows = [_rows(engine, select(*columns)) for engine in (first, again)]
        assert rows[0] == rows[1], table.name


def _rows(engine: Engine, statement: Select[tuple[object, ...]]) -> list[str]:
    with engine.connect() as connection:
        return sorted(map(repr, connection.execute(statement)))


def test_seeding_refuses_a_database_with_a_shop(seeded: Seeded) -> None:
    factory = make_factory(seeded("teapots").engine)
    with pytest.raises(NotEmpty), transaction(factory) as session:
        tell(session, Telling("teapots", AS_OF, 1), {})


def test_orders_stay_in_the_window_and_numbers_rise(apparel: DemoShop) -> None:
    with Session(apparel.engine) as session:
        times = list(session.scalars(select(ShopOrder.ordered_at).order_by(ShopOrder.order_no)))
    known = times[:-1]  # the last one is the stranger's
    assert all(a <= b for a, b in pairwise(known))
    assert AS_OF - timedelta(days=731) < known[0]
    assert known[-1] <= AS_OF


def test_private_message_was_answered_while_shop_support_was_silent(seeded: Seeded) -> None:
    shop = seeded("tonics")
    with Session(shop.engine) as session:
        lines = complaint_lines(session, shop.stage.owner, None, now=AS_OF)
        waited = [line.waited_seconds for line in lines if line.channel is Channel.PRIVATE]
        assert waited == [9 * 60]
        asked = complaint(session, 38)
        assert asked.contact_id == shop.stage.people["laozhou"]
        assert asked.state is State.CLOSED


def test_one_customer_has_nine_pots_photographed_and_orders_none(seeded: Seeded) -> None:
    shop = seeded("teapots")
    who = shop.stage.people["laoshi"]
    with Session(shop.engine) as session:
        said = select(GroupMember.id).where(GroupMember.contact_id == who)
        evenings = select(GroupMessage.import_id).where(GroupMessage.member_id.in_(said))
        talk = select(func.count()).where(GroupMessage.import_id.in_(evenings))
        assert one(session, talk) == 34
        assert one(session, select(func.count()).where(ShopOrder.contact_id == who)) == 0
