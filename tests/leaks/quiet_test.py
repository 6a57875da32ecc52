"""Whoever sees one store cannot tell whether there is another.

Not by a word, a count or an order of rows: every page, JSON and CSV is the same letter by letter,
before the other store had anything and after.
"""

import pytest

from crm.accounts.rules import Role, Scope
from tests.leaks.requests import MORE_PAGES
from tests.leaks.routes import own_routes
from tests.leaks.visitor import plain
from tests.leaks.world import World

SHOP_WIDE = {"/metrics", "/imports/template.xlsx"}
"""Sums of the whole installation for its watch; a file that holds the moment it was made."""


@pytest.mark.parametrize("role", [Role.MANAGER, Role.ASSISTANT], ids=lambda role: role.value)
def test_nothing_says_that_another_store_is_there(alone: World, role: Role) -> None:
    doors = {scope: alone.visitor(alone.person(role), scope) for scope in (None, Scope.WRITE)}
    paths = []
    for scope in doors:
        for route, path in own_routes(alone, role, scope, "GET"):
            more = MORE_PAGES.get(route.rule, ())
            paths += [(scope, path + one.format(**alone.ours.ids)) for one in ("", *more)]
    paths = [one for one in paths if one[1] not in SHOP_WIDE]

    def answers() -> dict[tuple[Scope | None, str], str]:
        with alone.undone():
            return {(scope, path): plain(doors[scope].get(path)) for scope, path in paths}

    before = answers()
    alone.add_theirs()
    after = answers()
    assert len(paths) > len(doors) * 20
    lines = {p: set(after[p].splitlines()) - set(before[p].splitlines()) for p in paths}
    assert {path: new for path, new in lines.items() if after[path] != before[path]} == {}
