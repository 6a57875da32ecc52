"""What was promised for today stands on Today: one's own and nobody's, done with one tap."""

from datetime import timedelta

from crm.complaints.rules.words import Category, Channel, EventType

QUERIES = 15


def _promised(shop, task, hours, by=None, **parts):
    complaint = shop.opened(channel=Channel.PRIVATE, category=Category.QUALITY, by=by, **parts)
    due_at = (shop.now + timedelta(hours=hours)).isoformat()
    shop.happened(complaint, EventType.PROMISED, by, due_at=due_at, task=task)
    return complaint


def _handed_to(shop, complaint, person):
    shop.happened(complaint, EventType.HANDED_OVER, to_id=shop.staff[person].id)
    return complaint


def tasks(got):
    return [name for name in got.buttons if name.startswith("办好了")]


def test_late_and_due_ones_stand_due_first_with_their_case(shop, page):
    later = _promised(shop, "等厂家发配件", 3)
    late = _promised(shop, "refund", 0.1, text="退款呢")
    _promised(shop, "pickup", 4, text="明天才到期")
    shop.session.commit()
    got = page.get("/today", queries=QUERIES)
    names = [f"办好了 退款已提交 #{late.short_no}", f"办好了 等厂家发配件 #{later.short_no}"]
    assert tasks(got) == names
    assert got.link(f"#{late.short_no} 「退款呢」") == f"/complaints/{late.id}"
    assert got.link("全部 要办的事") == "/tasks"
    assert "To do today" in page.get("/today?lang=en", queries=QUERIES).text


def test_without_any_nothing_is_said_of_them(shop, page):
    shop.opened()
    _promised(shop, "pickup", 4)
    assert "今天要办的事" not in page.get("/today", queries=QUERIES).text


def test_hers_and_nobodys_are_hers_a_colleagues_and_another_stores_are_not(shop, page):
    hers = _handed_to(shop, _promised(shop, "refund", 1), "manager")
    nobodys = _promised(shop, "refund", 2)
    colleagues = _handed_to(shop, _promised(shop, "refund", 3), "lead")
    elsewhere = _promised(shop, "refund", 2.5, store_id=shop.other.id, by=shop.owner)
    shown = {
        "manager": [hers, nobodys],
        "lead": [nobodys, elsewhere, colleagues],
        "owner": [nobodys, elsewhere],
        "stranger": [elsewhere],
    }
    for person, theirs in shown.items():
        page.sign_in(shop.staff[person])
        numbers = [f"办好了 退款已提交 #{one.short_no}" for one in theirs]
        assert tasks(page.get("/today", queries=QUERIES)) == numbers


def test_the_most_pressing_three_stand_there_in_one_statement(shop, page):
    made = [_promised(shop, "refund", hours) for hours in (3, 2, 1, 0.5, 2.5)]
    got = page.get("/today", queries=QUERIES)
    assert tasks(got) == [f"办好了 退款已提交 #{made[at].short_no}" for at in (3, 2, 1)]


def test_one_tap_does_it_and_undo_brings_it_back(shop, page):
    complaint = _promised(shop, "pickup", 1)
    name = f"办好了 等驿站取件 #{complaint.short_no}"
    page.submit(page.get("/today"), name, status=303)
    assert page.location == "/today"
    after = page.get("/today", queries=QUERIES)
    assert tasks(after) == []
    assert "已办好" in " ".join(after.role("status"))
    page.submit(after, "撤销", status=303)
    assert tasks(page.get("/today")) == [name]


def test_a_form_of_the_list_returns_to_the_list(shop, page):
    complaint = _promised(shop, "pickup", 1)
    page.submit(page.get("/tasks"), f"办好了 等驿站取件 #{complaint.short_no}", status=303)
    assert page.location == "/tasks"
