"""Every route of the application with numbers for its parameters: ours, theirs, nobody's.

A parameter that is not listed here stops the tests: say what row it names.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

from flask import Flask

from crm.accounts.rules import ALL_STORES, MATRIX, Permission, Role, Scope
from tests.house.route_rules import PART, rules_of
from tests.leaks.world import Half, World

Numbers = dict[str, Any]
NOBODY = 987_654
OF_A_STORE = {
    "album_id", "alert_id", "campaign_id", "clock_id", "complaint_id", "consent_id", "contact_id",
    "file_id", "first_id", "group_id", "hand_over_id", "import_id", "incident_id", "item_id",
    "member_id", "merge_id", "number", "request_id", "second_id", "seq", "step_id", "touch_id",
    "second", "fraction",
}  # fmt: skip
OF_THE_SHOP = {  # rows of settings: only those see them who see every store
    "channel_id", "day_off_id", "edit_id", "hand_over_id", "leave_id", "preset_id", "route_id",
    "severity", "shift_id", "staff_id", "store_id", "template_id", "window_id", "word_id",
}  # fmt: skip
OF_NOBODY = {
    "slug": "log", "token": "t" * 43, "name": "app.css", "filename": "img/icon.svg",
    "rest": "a/b/c",
}  # fmt: skip
INNER = {"filename", "fraction", "number", "second", "seq"}
"""Counts and names inside what another part names."""
OTHER_NAMES = {  # one name for two kinds of rows
    ("/albums/<int:album_id>/files", "filename"): "album_file",
    ("/imports/contacts/<int:file_id>", "file_id"): "contact_file_id",
    ("/complaints/<int:complaint_id>/suspected", "complaint_id"): "suspected_id",
}


@dataclass(frozen=True)
class Route:
    """One method of one rule; `scope` is that of programs, None for pages and public routes."""

    method: str
    rule: str
    endpoint: str
    access: Permission | str
    scope: Scope | None
    parts: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"{self.method} {self.rule}"

    @property
    def named(self) -> tuple[str, ...]:
        """The parts that name rows of a store."""
        here = OF_A_STORE - (OF_THE_SHOP if self.rule.startswith("/settings/") else set())
        return tuple(part for part in self.parts if part in here)

    def may(self, role: Role, scope: Scope | None) -> bool:
        """Say whether somebody at this door is let in at all."""
        if not isinstance(self.access, Permission):
            return True
        enough = self.scope is Scope.READ or scope is Scope.WRITE
        return role in MATRIX[self.access] and (scope is None or enough)

    def address(self, values: Numbers) -> str:
        return PART.sub(lambda part: str(values[part["name"]]), self.rule)


def routes(app: Flask) -> Iterator[Route]:
    """Give every route of the application. Raises LookupError for a part that nobody described."""
    for rule in rules_of(app):
        view = app.view_functions[rule.endpoint]
        access: Permission | str = getattr(view, "access", "library")
        parts = tuple(part["name"] for part in PART.finditer(rule.rule))
        for_leaders = isinstance(access, Permission) and MATRIX[access] <= ALL_STORES
        known = OF_A_STORE | OF_NOBODY.keys() | (OF_THE_SHOP if for_leaders else set())
        if unknown := set(parts) - known:
            raise LookupError(f"{rule.rule}: say in {__name__} what {sorted(unknown)} names")
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield Route(
                method, rule.rule, rule.endpoint, access, getattr(view, "scope", None), parts
            )


def numbers(route: Route, half: Half, role: Role) -> dict[str, Any]:
    """Return for each part of the route its number in this store."""
    found: dict[str, Any] = {part: OF_NOBODY.get(part, NOBODY) for part in route.parts}
    for part in route.named:
        found[part] = half.inbox.get(role, NOBODY) if part == "alert_id" else half.ids[part]
    if route.rule.startswith("/settings/"):
        found |= dict.fromkeys(set(route.parts) & OF_THE_SHOP, NOBODY)
    for (rule, part), name in OTHER_NAMES.items():
        if part in found and route.rule.startswith(rule):
            found[part] = half.ids[name]
    return found


def strangers(route: Route, ours: Numbers, theirs: Numbers) -> Iterator[tuple[Numbers, Numbers]]:
    """Give every mixture with a part of theirs, each beside the same with nobody's number."""
    outer = [part for part in route.named if part not in INNER]
    for mixture in product((False, True), repeat=len(outer)):
        foreign = {part for part, is_theirs in zip(outer, mixture, strict=True) if is_theirs}
        if foreign:
            yield (
                {**ours, **{part: theirs[part] for part in foreign}},
                {**ours, **dict.fromkeys(foreign, NOBODY)},
            )


def own_routes(
    shop: World, role: Role, scope: Scope | None, *methods: str
) -> Iterator[tuple[Route, str]]:
    """Give the routes that somebody may take at her door, each with an address of her own store."""
    for route in routes(shop.app):
        hers = (route.scope is None) is (scope is None) and route.access != "public"
        if (
            hers
            and route.method in methods
            and route.may(role, scope)
            and "path:" not in route.rule
        ):
            yield route, route.address(numbers(route, shop.ours, role))
