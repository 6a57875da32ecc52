"""What is sent along: forms as our own pages show them, bodies as the API wants them."""

import io
import re
from typing import Any

from crm.accounts.rules import Role
from tests.conftest import NOW
from tests.factories.albums import photo
from tests.html import Page
from tests.leaks.routes import Route, numbers
from tests.leaks.visitor import Visitor
from tests.leaks.world import Half

AT = NOW.isoformat()
OK = 200
PASTED = "甲 2025-06-18 20:01:00\n在吗"
Body = dict[str, Any]


def api_bodies(half: Half) -> dict[str, Body]:
    """Return for each writing route of the API a body that is right, with rows of this store."""
    ids, place = half.ids, {"store_id": half.store.id}
    contact, group = ids["contact_id"], ids["group_id"]
    buyer = {"id": contact}
    order = {
        "channel": "pos",
        "order_no": "N1",
        "ordered_at": AT,
        "paid_fen": 100,
        "contact": buyer,
    }
    line = {"product": "p", "category": "c", "quantity": 1, "amount_fen": 100}
    message = {"sender": "s", "contact_id": contact, "is_staff": False, "sent_at": AT, "text": "t"}
    moved = {"kind": "group", **place, "group_id": group}
    case = {"channel": "group", "text": "t", "occurred_at": AT, "group_id": group, **place}
    touch = {"kind": "chat", "minutes": 5, "happened_at": AT, "client_key": "k"}
    sheet = {"name": "n", "holdout_percent": 0, "copy": "c", "seed": "s"}
    condition = {"field": "store_id", "op": "is", "value": half.store.id}
    return {
        "/contacts": {"name": "n", "moved_from": moved, **place},
        "/contacts/<int:contact_id>": {"remark": "r"},
        "/contacts/<int:contact_id>/hand-on": {"to_id": half.staff[Role.MANAGER].id},
        "/contacts/<int:contact_id>/merge": {"other_id": ids["other_id"]},
        "/groups": {"name": "n", **place, "owner_id": next(iter(half.staff.values())).id},
        "/groups/<int:group_id>/messages": {"messages": [message]},
        "/groups/<int:group_id>/chat-imports": {"text": PASTED},
        "/complaints": {**case, "contact_id": contact},
        "/complaints/<int:complaint_id>/events": {"type": "public_reply", "at": AT, "text": "t"},
        "/complaint-scores": {"texts": ["t"]},
        "/claims/check": {"text": "t"},
        "/orders": {"orders": [{**order, **place, "lines": [line]}]},
        "/touches": {**touch, "contact_id": contact, "complaint_id": ids["complaint_id"]},
        "/campaigns": {**sheet, "filter": {"all": [condition]}},
    }


def send(visitor: Visitor, route: Route, path: str, body: Body | None) -> Any:
    """Open an address of a route the way its door wants it."""
    if route.method == "GET":
        return visitor.get(path)
    if route.rule.startswith("/api/"):
        return visitor.json(route.method, path, body or {})
    return visitor.form(path, {name: _fresh(value) for name, value in (body or {}).items()})


def _fresh(value: Any) -> Any:
    """A file is read once, so each request has its own."""
    return (io.BytesIO(value[0]), value[1]) if isinstance(value, tuple) else value


MORE_PAGES = {  # parts of a page that have an address of their own
    "/campaigns/<int:campaign_id>": ("?step=people", "?step=copy", "?step=tasks"),
    "/contacts/<int:contact_id>/merge": ("?with={second_id}",),
    "/log": ("?new=1",),
}
FILLED: dict[str, Body] = {  # what a person would type
    "/albums/<int:album_id>/photos": {"photos": (photo("blue"), "新.jpg")},
    "/campaigns/<int:campaign_id>/copy": {"text": "新到一批"},
    "/complaints/<int:complaint_id>/events": {"type": "public_reply", "text": "在查"},
    "/complaints/<int:complaint_id>/platform": {"due_at": "2025-06-20T12:00"},
    "/complaints/new": {"text": "坏了"},
    "/contacts/<int:contact_id>/more-time": {"minutes": "10", "reason": "老客"},
    "/contacts/<int:contact_id>/privacy": {"kind": "access"},
    "/contacts/<int:contact_id>/steps": {"step": "invited"},
    "/contacts/<int:contact_id>/tags": {"tag": "老客"},
    "/contacts/new": {"name": "新客"},
    "/groups/<int:group_id>/import": {"text": PASTED},
    "/groups/new": {"name": "新群"},
    "/touches/<int:touch_id>/reason": {"reason": "hand_over"},
}


class Forms:
    """The forms of our own pages, as one person sees them, by the address they are sent to."""

    def __init__(self, visitor: Visitor, half: Half, routes: list[Route], role: Role) -> None:
        self.found: dict[str, list[Body]] = {}
        for route in routes:
            if route.method != "GET" or route.scope or "<path:" in route.rule:
                continue
            path = route.address(numbers(route, half, role))
            for more in ("", *MORE_PAGES.get(route.rule, ())):
                answer = visitor.get(path + more.format(**half.ids))
                if answer.status_code == OK and answer.mimetype == "text/html":
                    self._read(Page(answer.get_data(as_text=True)), path)

    def _read(self, page: Page, path: str) -> None:
        for form in page.all("form"):
            if (form.get("method") or "get").lower() != "post":
                continue
            fields: Body = {n: v for n, v in page.fields(form).items() if n != "csrf_token"}
            for button in [b for b in form.iter("button") if b.get("type", "submit") == "submit"]:
                action = button.get("formaction") or form.get("action") or path
                name, value = button.get("name"), button.get("value", "")
                known = self.found.setdefault(re.split("[?#]", action)[0], [])
                if (body := fields | ({name: value} if name else {})) not in known:
                    known.append(body)

    def of(self, route: Route, path: str) -> Body:
        """Return the first form that is sent to this address, filled in; else an empty one."""
        return {**(self.found.get(path) or [{}])[0], **FILLED.get(route.rule, {})}

    def all_of(self, route: Route, path: str) -> list[Body]:
        """Return every form that is sent to this address, filled in."""
        return [{**body, **FILLED.get(route.rule, {})} for body in self.found.get(path, [])]
