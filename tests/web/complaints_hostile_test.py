"""What nobody means well, in every form of complaints, hours, alerts: taken or refused, no error.

Each value goes into all fields that people fill, one form after the other, as the page shows it.
"""

import pytest

from crm.complaints.rules.words import Channel, EventType
from tests.client import PageClient
from tests.factories.desk import Desk
from tests.factories.groups import say
from tests.html import Page

VALUES = {
    "nul": "坏\x00了",
    "lone surrogate": b"\xed\xa0\x80",
    "right to left and joined": "\u202e坏了\u2066👩\u200d👩\u200d👧\u200d👦𠮷",
    "twenty thousand": "坏" * 20_000,
    "formula": "=cmd|' /C calc'!A0",
    "template and markup": "{{7*7}}<script>alert(1)</script>\r\nX: y\x1b[31m",
    "blank": " \u3000\u200b ",
    "minus five": "-5",
    "nought": "0",
    "a billion": "1e9",
    "more than any row": "9" * 30,
    "no number": "NaN",
}
PAGES = (
    "/complaints",
    "/complaints/new",
    "/complaints/{public}",
    "/complaints/{platform}",
    "/tasks",
    "/inbox",
    "/settings/alerts",
    "/settings/calendar",
    "/settings/deadlines",
    "/settings/deadlines/ladder",
    "/settings/deadlines/periods",
    "/settings/deadlines/table/1",
    "/settings/hours",
    "/settings/hours/desk",
    "/settings/hours/week",
    "/settings/keeping",
    "/settings/roster",
    "/settings/rules",
    "/settings/templates",
)
CASES = ("/complaints/new", "/complaints/{public}", "/complaints/{answered}?pause=1")
FILLED = ("text", "number", "search", "url", "email", "tel", "password", "datetime-local", None)


@pytest.fixture
def addresses(session, page: PageClient, now) -> dict[str, int]:
    desk = Desk(session)
    public = desk.log(now)
    platform = desk.log(now, channel=Channel.PLATFORM_DISPUTE)
    answered = desk.log(now)
    desk.record(answered, EventType.PUBLIC_REPLY, now)
    say(session, desk.group, "梅子 +1", start=now)
    session.commit()
    page.sign_in(desk.staff["owner"])
    return {"public": public.id, "platform": platform.id, "answered": answered.id}


def _typed(form) -> list[str]:
    """The names of the fields that people type into."""
    inputs = (one for one in form.iter("input") if one.get("type") in FILLED)
    found = [*inputs, *form.iter("textarea")]
    return [one.get("name") for one in found if one.get("name")]


def _send_all(page: PageClient, path: str, value: str | bytes) -> list[tuple[str, int]]:
    shown = Page(page.client.get(path).get_data(as_text=True))
    answers = []
    for form in shown.all("form"):
        names, action = _typed(form), form.get("action") or path
        if (form.get("method") or "get").lower() != "post" or not names:
            continue
        sent = {**shown.fields(form), **dict.fromkeys(names, value)}
        sent["csrf_token"] = page.csrf_token()
        answers.append((action, page.client.post(action, data=sent).status_code))
    return answers


@pytest.mark.parametrize("name", VALUES)
def test_nothing_typed_anywhere_is_an_error(page: PageClient, addresses, name: str):
    value, tried = VALUES[name], 0
    for path in PAGES:
        answers = _send_all(page, path.format(**addresses), value)
        tried += len(answers)
        assert [one for one in answers if one[1] >= 500] == []
    assert tried >= 15  # with as many values, three times the sixty that are asked for


@pytest.mark.parametrize("name", VALUES)
def test_nothing_hidden_or_chosen_is_an_error(page: PageClient, addresses, name: str):
    """What the page itself fills in, each with every button of its form, one field at a time."""
    tried = set()
    for path in CASES:
        shown = Page(page.client.get(path.format(**addresses)).get_data(as_text=True))
        for form, pressed, field in _given(shown):
            action = form.get("action") or path.format(**addresses)
            sent = {**shown.fields(form), **pressed, field: VALUES[name]}
            sent["csrf_token"] = page.csrf_token()
            status = page.client.post(action, data=sent).status_code
            assert status < 500, (action, pressed, field)
            tried.add((pressed.get("type"), field))
    assert {("merged", "into_id"), ("paused", "reason"), ("paused", "version")} <= tried
    assert {("extended", "clock"), (None, "name"), (None, "client_key")} <= tried


def _given(shown: Page):
    """Every form with each of its buttons and each field that is not typed."""
    for form in shown.all("form"):
        if (form.get("method") or "get").lower() != "post":
            continue
        names = {one.get("name") for one in form.iter() if one.tag in {"input", "select"}}
        names -= {None, "csrf_token", "type", *_typed(form)}
        buttons = [one for one in form.iter("button") if one.get("type") == "submit"]
        named = [{b.get("name"): b.get("value")} for b in buttons if b.get("name")]
        for pressed in named or [{}]:
            for field in sorted(names):
                yield form, pressed, field


@pytest.mark.parametrize("name", VALUES)
@pytest.mark.parametrize(
    "path", ["/complaints", "/tasks", "/inbox", "/complaints/new", "/settings/deadlines/periods"]
)
def test_no_address_is_an_error(page: PageClient, addresses, path: str, name: str):
    value = VALUES[name]
    for part in ("q", "store", "cursor", "contact", "group", "pause", "year", "of", "kind"):
        assert page.client.get(path, query_string={part: value}).status_code < 500
