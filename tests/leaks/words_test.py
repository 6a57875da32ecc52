"""What a person may open says the same whether the other store is there or not.

Pages, JSON, CSV, searches; addresses and forms that name what is theirs.
"""

import inspect
import re
import sys
from collections.abc import Iterator
from html import escape
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

from crm.accounts.rules import Role, Scope
from crm.contacts.rules import initials
from crm.groups.rules.masks import mask_phones
from tests.leaks.requests import AT, Body, Forms, api_bodies, send
from tests.leaks.routes import Route, own_routes, routes
from tests.leaks.visitor import plain
from tests.leaks.world import THEIRS, Changes, World

WHOLE = re.compile(r"request\.args\b(?![.\[])|location=\"query\"")
ASKED = re.compile(r'args(?:\.get\(|\.getlist\(|\[)\s*"(\w+)"')
ROW = re.compile(r"^([a-z]+:)?[1-9]\d*$")
QUERIES = {  # rows that an address may name after its question mark
    "album": "album_id",
    "complaint_id": "complaint_id",
    "contact": "contact_id",
    "edit": "complaint_id",
    "from": "contact_id",
    "group": "group_id",
    "group_id": "group_id",
    "of": "complaint_id",
    "store": "store_id",
    "store_id": "store_id",
    "who": "contact_id",
    "with": "contact_id",
}
NOBODY = "渡鸦"
WORDLESS = {
    "after", "before", "cursor", "lang", "name", "next", "only", "q", "severity", "show", "step",
}  # fmt: skip
"""They name no row."""
FIELDS = {  # rows that a field of a form or a body may name; None: numbers of something else
    "complaint_id": "complaint_id",
    "contact": "contact_id",
    "contact_id": "contact_id",
    "first": "contact_id",
    "group": "group_id",
    "group_id": "group_id",
    "id": "contact_id",
    "into_id": "complaint_id",
    "moved": "store_id",
    "moved_from": "store_id",
    "other": "other_id",
    "other_id": "other_id",
    "owner_id": "staff_id",
    "second": "other_id",
    "staff": "staff_id",
    "store": "store_id",
    "store_id": "store_id",
    "to_id": "staff_id",
    "value": "store_id",
    "who": "contact_id",
    **dict.fromkeys(
        ("clock", "cycle", "daily_cap", "days", "find", "keep", "minutes", "new", "orders")
    ),
    **dict.fromkeys(("member_count", "pause", "preset_id", "severity", "told", "version")),
}
MORE_BODIES = {  # of the API, beside the one that is tried in the matrix
    "/complaints/<int:complaint_id>/events": [
        {"type": "handed_over", "at": AT, "data": {"to_id": 0}},
        {"type": "merged", "at": AT, "data": {"into_id": 0}},
    ],
}
FREE = {("contact_move", "from_store_id")}
"""She may have come from any store: the ledger says so."""
ROLES = pytest.mark.parametrize("role", [Role.MANAGER, Role.ASSISTANT], ids=lambda r: r.value)
DOORS = pytest.mark.parametrize("scope", [None, Scope.WRITE], ids=["pages", "api"])


def _asked(both: World, route: Route) -> set[str]:
    """Return what a page reads of its address; one that reads it as a form may read any name."""
    view = both.app.view_functions[route.endpoint]
    source = inspect.getsource(sys.modules[view.__module__])
    return set(ASKED.findall(source)) | (QUERIES.keys() | {"q"} if WHOLE.search(source) else set())


def _told(text: str) -> list[str]:
    return [mark for mark in THEIRS.marks if mark in text]


@DOORS
@ROLES
def test_no_search_finds_or_counts_what_is_theirs(both: World, role: Role, scope: Scope) -> None:
    """What is theirs is answered like what nobody is called; ours is found by the same words."""
    visitor = both.visitor(both.person(role), scope)
    pages = own_routes(both, role, scope, "GET")
    searches = [path for route, path in pages if "q" in _asked(both, route)]
    name, code, tail = THEIRS.name, THEIRS.code, THEIRS.tail
    wanted = [
        name,
        f"{name}甲",
        f"{name}昵",
        f"{name}注",
        f"{name}签",
        f"{name}裙",
        f"{name}群",
        tail,
    ]
    wanted += [
        THEIRS.phone,
        f"{code}wx",
        f"{code}-1",
        initials(f"{name}甲"),
        f"{name}*",
        f'"{name}"',
    ]
    told, asked = [], 0
    for path, field in [(path, field) for path in searches for field in ("q", "tag")]:
        nothing = plain(visitor.get(path, **{field: NOBODY}))
        for word in wanted:
            asked += 1
            found = plain(visitor.get(path, **{field: word}))
            for same in (word, quote(word), quote_plus(word), escape(word), mask_phones(word)):
                found = found.replace(same, NOBODY)
            if found != nothing.replace(quote(NOBODY), NOBODY):
                told.append(f"{path}?{field}={word}: another answer")
    assert told == []
    assert asked > len(wanted)
    path = "/contacts" if scope is None else "/api/v1/contacts"
    for word in (f"{both.ours.words.name}甲", both.ours.words.tail, both.ours.words.phone):
        assert f"{both.ours.words.name}昵" in plain(visitor.get(path, q=word))


def test_every_name_that_an_address_may_ask_for_is_described(both: World) -> None:
    modules = {
        both.app.view_functions[rule.endpoint].__module__ for rule in both.app.url_map.iter_rules()
    }
    sources = [inspect.getsource(sys.modules[name]) for name in modules if name.startswith("crm.")]
    asked = {name for source in sources for name in ASKED.findall(source)}
    assert asked - QUERIES.keys() - WORDLESS == set()


@DOORS
@ROLES
def test_row_of_theirs_behind_the_question_mark_is_not_told(
    both: World, role: Role, scope: Scope
) -> None:
    theirs = both.theirs.ids
    visitor = both.visitor(both.person(role), scope)
    told = []
    for route, path in own_routes(both, role, scope, "GET"):
        for name in QUERIES.keys() & _asked(both, route):
            found = plain(visitor.get(path, **{name: theirs[QUERIES[name]]}))
            told += [f"{path}?{name}: {mark}" for mark in _told(found)]
    assert told == []


def _replaced(body: Any, theirs: dict[str, int]) -> Iterator[tuple[str, Any]]:
    """Give the body again and again, each time with one row of theirs in it."""
    if isinstance(body, list):
        for index, inner in enumerate(body):
            for name, other in _replaced(inner, theirs):
                yield name, [*body[:index], other, *body[index + 1 :]]
    elif isinstance(body, dict):
        for key, value in body.items():
            if isinstance(value, dict | list):
                inside = _replaced(value, theirs)
            elif kind := FIELDS.get(key):
                inside = ((key, one) for one in _rows(key, theirs[kind], theirs["group_id"]))
            else:
                continue
            yield from ((name, {**body, key: other}) for name, other in inside)


def _rows(field: str, number: int, group: int) -> tuple[Any, ...]:
    return (f"store:{number}", f"group:{group}") if field == "moved" else (number,)


def _undescribed(body: Body) -> set[str]:
    numbers = {name for name, value in body.items() if ROW.search(str(value))}
    return numbers - FIELDS.keys()


def _touched(both: World, changes: Changes) -> Iterator[str]:
    """Say which rows of theirs were changed, or are named by a row that was written."""
    theirs = both.theirs.rows
    for table, row in changes.rows():
        if row.get("id") in theirs.get(table.name, ()):
            yield f"{table.name} {row['id']} is theirs"
        for column in table.columns:
            for key in column.foreign_keys:
                is_theirs = row[column.name] in theirs.get(key.column.table.name, ())
                if is_theirs and (table.name, column.name) not in FREE:
                    yield f"{table.name}.{column.name} names theirs"


@DOORS
@ROLES
def test_row_of_theirs_in_a_form_or_a_body_is_not_told_and_not_written(
    both: World, role: Role, scope: Scope
) -> None:
    visitor = both.visitor(both.person(role), scope)
    forms = Forms(visitor, both.ours, [] if scope else list(routes(both.app)), role)
    bodies = api_bodies(both.ours)
    theirs = {**both.theirs.ids, "staff_id": both.theirs.staff[Role.MANAGER].id}
    wrong, tried = [], 0
    for route, path in own_routes(both, role, scope, "POST", "PATCH"):
        rule = route.rule.removeprefix("/api/v1")
        sent = (
            [bodies.get(rule, {}), *MORE_BODIES.get(rule, ())]
            if scope
            else forms.all_of(route, path)
        )
        assert [one for body in sent if not scope for one in _undescribed(body)] == [], route.name
        for body in sent:
            for name, other in _replaced(body, theirs):
                tried += 1
                with both.undone() as changes:
                    answer = plain(send(visitor, route, path, other))
                    found = [*_told(answer), *_touched(both, changes)]
                wrong += [f"{route.name} {name}: {one}" for one in found]
    assert sorted(set(wrong)) == []
    assert tried > 10  # a dozen fields at least, else the forms were not read


@DOORS
def test_number_of_theirs_is_known_but_not_whose_it_is(both: World, scope: Scope) -> None:
    """Nobody is logged twice; that somebody has the number is all that is said."""
    visitor = both.visitor(both.person(Role.MANAGER), scope)
    store = {"store_id": both.ours.store.id}
    for field, value in (("phone", THEIRS.phone), ("wechat_id", f"{THEIRS.code}wx")):
        body = {"name": "新客", field: value, **store}
        with both.undone() as changes:
            if scope:
                answer = visitor.json("POST", "/api/v1/contacts", body)
                assert (answer.status_code, answer.json["existing_id"]) == (409, None)
            else:
                answer = visitor.form("/contacts/new", body)
                assert answer.status_code == 422
            assert not any(changes.rows())
        assert _told(plain(answer).replace(value, "")) == []
