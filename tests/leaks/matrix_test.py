"""Roles x doors x routes x stores: who is of another store is answered as if there were nobody.

The routes are those of the application; a new one takes part by itself, and a parameter that
nobody described in `tests.leaks.routes` stops everything here.
"""

from collections import Counter

import pytest
from sqlalchemy import true

from crm.accounts.rules import ALL_STORES, Role, Scope
from tests.leaks.requests import Forms, api_bodies, send
from tests.leaks.routes import NOBODY, Numbers, Route, numbers, routes, strangers
from tests.leaks.visitor import Visitor, plain
from tests.leaks.world import World

REFUSED, UNKNOWN, FORBIDDEN, NOT_FOUND = 400, 401, 403, 404
AT_THE_DOOR = {200, 303, 404, 422, 503}
"""The sign-in page, or what public pages say."""
NOT_NOW = {  # an own request that is right and yet refused, with the reason
    ("GET /api/v1/campaigns/<int:campaign_id>/export.csv", 409): "a draft",
    ("POST /contacts/<int:contact_id>/anonymise", 409): "her complaint is open",
    ("POST /api/v1/contacts/<int:contact_id>/anonymise", 409): "her complaint is open",
    ("POST /complaints/<int:complaint_id>/platform", 422): "a complaint of no platform",
    ("POST /complaints/<int:complaint_id>/undo/<int:seq>", 409): "the act of somebody else",
    ("POST /contacts/<int:contact_id>/hand-on", 422): "nobody chosen",
    ("POST /contacts/<int:contact_id>/hand-on/<int:hand_over_id>/undo", 403): "somebody else's act",
    ("POST /api/v1/contacts/<int:contact_id>/hand-on/undo", 409): "the act of somebody else",
    ("POST /contacts/<int:contact_id>/steps/<int:step_id>/undo", 403): "the act of somebody else",
    ("POST /touches/<int:touch_id>/minutes", 403): "the act of somebody else",
    ("POST /touches/<int:touch_id>/reason", 403): "the act of somebody else",
    ("POST /touches/<int:touch_id>/undo", 403): "the act of somebody else",
    ("DELETE /api/v1/touches/<int:touch_id>", 409): "the act of somebody else",
}


CASE = "/complaints/<int:complaint_id>"


class Round:
    """One person at one door, who tries every route."""

    def __init__(self, shop: World, role: Role | None, scope: Scope | None) -> None:
        self.shop, self.role, self.scope = shop, role, scope
        self.routes = list(routes(shop.app))
        self.visitor: Visitor = shop.visitor(shop.person(role) if role else None, scope)
        self.forms = Forms(self.visitor, shop.ours, self.routes, role or Role.MANAGER)
        self.bodies = api_bodies(shop.ours)
        self.tried: Counter[str] = Counter()
        self.wrong: list[str] = []

    def go(self) -> None:
        for route in self.routes:
            if not self._is_door_of(route):
                self._shut(route, {UNKNOWN} if route.scope else AT_THE_DOOR)
            elif not route.may(self.role, self.scope):
                self._shut(route, {FORBIDDEN})
            elif self.role in ALL_STORES:
                self._open(route, self.numbers(route, own=True), "own")
                self._open(route, self.numbers(route, own=False), "other")
            else:
                self._open(route, self.numbers(route, own=True), "own")
                self._strange(route)

    def _is_door_of(self, route: Route) -> bool:
        return self.role is not None and (route.scope is None) is (self.scope is None)

    def numbers(self, route: Route, *, own: bool) -> Numbers:
        half = self.shop.ours if own else self.shop.theirs
        return numbers(route, half, self.role or Role.MANAGER)

    def ask(self, route: Route, values: Numbers, kind: str) -> tuple[int, str, bool]:
        """Return status, all words, and whether anything was changed, of a request taken back."""
        self.tried[kind] += 1
        path, own = route.address(values), route.address(self.numbers(route, own=True))
        inner = route.rule.removeprefix("/api/v1")
        body = self.bodies.get(inner, {}) if route.scope else self.forms.of(route, own)
        with self.shop.undone() as changes:
            answer = send(self.visitor, route, path, body)
            changed = kind not in {"own", "other"} and any(changes.rows())
        return answer.status_code, plain(answer).replace(path, "*"), changed

    def blame(self, route: Route, values: Numbers, what: str) -> None:
        door = self.scope.value if self.scope else "page"
        who = self.role.value if self.role else "nobody"
        self.wrong.append(f"{who} {door}: {route.method} {route.address(values)} {what}")

    def _marked(self, text: str) -> list[str]:
        marks = self.shop.theirs.words.marks
        return [mark for mark in marks if mark in text]

    def _shut(self, route: Route, statuses: set[int]) -> None:
        """Whoever may not come in learns and changes nothing, whatever number she tries."""
        may_try = route.named and self._is_door_of(route)
        for own in (True, False) if may_try else (True,):
            values = self.numbers(route, own=own)
            status, text, changed = self.ask(route, values, "shut")
            if status not in statuses:
                self.blame(route, values, f"-> {status}")
            told = self._marked(text) if self.role not in ALL_STORES else []
            if self.role is None:
                told += [mark for mark in self.shop.ours.words.marks if mark in text]
            if (changed and route.access != "public") or told:
                self.blame(route, values, f"changed {changed}, told {told}")

    def _open(self, route: Route, values: Numbers, kind: str) -> None:
        """What one may is answered; so the other numbers, and the bodies, are not just wrong."""
        if values.get("alert_id") == NOBODY or (kind == "other" and not route.named):
            return
        status, text, _changed = self.ask(route, values, kind)
        is_wrong = kind == "own" and route.named and status >= REFUSED
        is_refused = is_wrong or status in {NOT_FOUND, FORBIDDEN}
        knows_all = route.access != "public" and set(values) == set(route.named)
        if is_refused and knows_all and (route.name, status) not in NOT_NOW:
            self.blame(route, values, f"-> {status}")
        if self.role not in ALL_STORES and self._marked(text):
            self.blame(route, values, f"told {self._marked(text)}")

    def _strange(self, route: Route) -> None:
        """A row of theirs is answered like one that nobody has, letter for letter."""
        ours, theirs = self.numbers(route, own=True), self.numbers(route, own=False)
        for values, unknown in strangers(route, ours, theirs):
            status, text, changed = self.ask(route, values, "strange")
            if status != NOT_FOUND or changed or self._marked(text):
                self.blame(route, values, f"-> {status}, changed {changed}, {self._marked(text)}")
            if (status, text, changed) != self.ask(route, unknown, "unknown"):
                self.blame(route, values, "is not answered like a number that nobody has")


@pytest.mark.parametrize("scope", [None, *Scope], ids=["page", "read", "write"])
@pytest.mark.parametrize("role", Role, ids=lambda role: role.value)
def test_no_route_tells_or_takes_anything_of_another_store(
    both: World, role: Role, scope: Scope | None, capsys: pytest.CaptureFixture[str]
) -> None:
    found = Round(both, role, scope)
    found.go()
    with capsys.disabled():
        print(f"\n{role.value}: {found.tried.total()} combinations, {dict(found.tried)}")
    assert not found.wrong, "\n".join(found.wrong)
    assert found.tried.total() >= len(found.routes)


def test_signed_out_nobody_learns_anything(both: World) -> None:
    found = Round(both, None, None)
    found.go()
    assert not found.wrong, "\n".join(found.wrong)


@pytest.mark.parametrize(
    ("place", "rule"),
    [
        ("crm.complaints.queries.case.in_scope", CASE),
        ("crm.accounts.rules.Actor.sees", "/contacts/<int:contact_id>"),
    ],
)
def test_missing_condition_is_found(
    both: World, place: str, rule: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(place, lambda *_args: true() if rule == CASE else True)
    found = Round(both, Role.MANAGER, None)
    found.go()
    assert any(f"-> 200, changed False, ['{both.theirs.words.name}'" in one for one in found.wrong)
