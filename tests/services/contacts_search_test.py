"""Search over a real database: what is found, by whom, in which order, and that nothing is missed.

The expected answer is always that of a scan: every word of the question in the folded text, or the
number. Both ways to the latest hits are made to take turns by low limits.
"""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from crm import cli
from crm.accounts.rules import Role
from crm.cli import schema
from crm.contacts import queries, service
from crm.contacts.models import Contact, ContactTag
from crm.contacts.queries import Wanted, search
from crm.contacts.rules import (
    NAME_MAX,
    EditContact,
    IdentityKind,
    search_key,
    search_text,
)
from crm.db import make_engine, make_factory, transaction
from tests.conftest import NOW
from tests.factories.contacts import make_contact, make_noise
from tests.factories.stores import actor_of, make_staff, make_store

CHEN = {
    "phone": "10012340142",
    "nickname": "小陈🌸",
    "remark": "人民路熟客，38码，'真丝' 100%，编号 20251018",
    "tags": ("怕热面料",),
}


@pytest.fixture
def store(session):
    make_noise(session)
    return make_store(session)


@pytest.fixture
def wang(session, store):
    return actor_of(session, make_staff(session, Role.MANAGER, store, name="王梅"))


@pytest.fixture(params=["join", "walk", "walk too short", "walk of false promise"])
def way(request, monkeypatch):
    """Every way to the hits gives the same answer."""
    if request.param in {"walk", "walk too short"}:
        monkeypatch.setattr(search, "MANY", dict.fromkeys(search.MANY, 0))
    if request.param not in {"join", "walk"}:
        monkeypatch.setattr(search, "STEP", 1)
        monkeypatch.setattr(search, "WALK", dict.fromkeys(search.WALK, 2))
    if "promise" in request.param:
        monkeypatch.setattr(search, "ENOUGH", 1_000)
    return request.param


def names(hits):
    return [hit.name for hit in hits]


@pytest.mark.parametrize(
    "query",
    [
        "陈",
        "陈姐",
        "姐",
        "小陈",
        "怕热",
        "人民",
        "cj",
        "CJ",
        "ＣＪ",
        "c",
        "0142",
        "10012340142",
        "100 1234 0142",
        "+86 100-1234-0142",
        "姐 怕热",
        "怕热 姐",
        "🌸",
        "陈🌸",
        "38",
        "8",
        "8码",
        "251",
        "2510",
        "20251018",
        "'真丝'",
        "100%",
    ],
)
def test_search_finds_her_by_every_way(session, store, wang, way, query):
    make_contact(session, "陈姐", store=store, **CHEN)
    make_contact(session, "周阿姨", store=store, phone="18899995678")
    assert names(queries.search_contacts(session, query, wang)) == ["陈姐"]


@pytest.mark.parametrize(
    "query",
    [
        "",
        "  ",
        "%",
        "％",
        "_",
        "''",
        '"',
        '" OR "',
        "*",
        "陈*",
        "★",
        "陈王",
        "陈 王",
        "0143",
        "142",
        "012",
        "10012340143",
        "1234",
        "姐陈",
        "小怕",
        "NOT 陈姐",
        "陈%",
        "陈_",
        "陈姐' OR 1=1 --",
        "x" * 300,
        "陈" * 300,
    ],
)
def test_search_finds_nobody_by_what_does_not_fit(session, store, wang, way, query):
    make_contact(session, "陈姐", store=store, **CHEN)
    assert queries.search_contacts(session, query, wang) == []


def test_search_stays_in_the_actors_stores_latest_first(session, store, wang, now, way):
    elsewhere = make_store(session, name="中山路店")
    make_contact(session, "陈姐", store=elsewhere, phone="10012340142")
    old = make_contact(session, "陈姐", store=store, now=now - timedelta(days=2))
    new = make_contact(session, "陈姐", store=store, now=now - timedelta(days=1))
    assert queries.found_ids(session, Wanted("陈姐"), wang, most=20) == [new.id, old.id]
    service.mark_active(session, old.id, at=now)
    assert queries.found_ids(session, Wanted("陈姐"), wang, most=20) == [old.id, new.id]
    assert queries.found_ids(session, Wanted("陈姐"), wang, most=1) == [old.id]
    for number in ("0142", "10012340142"):
        assert queries.search_contacts(session, number, wang) == []
        assert names(queries.search_contacts(session, number, None)) == ["陈姐"]


def test_pages_of_a_search_join_without_gap_and_keep_its_filters(session, store, wang, now, way):
    others = make_store(session, name="中山路店")
    everybody = [
        make_contact(
            session,
            f"陈{number}",
            store=(store, others)[number % 2],
            tags=("旗袍",) if number % 3 else (),
            now=now - timedelta(minutes=number // 4),  # some at the same moment
        )
        for number in range(12)
    ]
    there, tagged = everybody[1::2], [c for c in everybody if int(c.name[1:]) % 3]
    for wanted, fitting in (
        (Wanted("陈"), everybody),
        (Wanted("陈", store_id=others.id), there),
        (Wanted("陈", tag="旗袍"), tagged),
        (Wanted(tag="旗袍"), tagged),
    ):
        expected = sorted(fitting, key=lambda c: (c.active_at, c.id), reverse=True)
        pages, after = [], None
        while page := queries.contact_page(session, None, wanted, after=after, most=2):
            pages += page
            after = page[-1].active_at, page[-1].id
        assert pages == expected


def test_merged_contact_is_not_found(session, store, wang, way):
    kept = make_contact(session, "陈姐", store=store)
    gone = make_contact(session, "陈姐", store=store, phone="10012340142")
    gone.merged_into_id = kept.id
    session.flush()
    assert queries.found_ids(session, Wanted("陈姐"), wang, most=20) == [kept.id]
    assert queries.search_contacts(session, "0142", wang) == []


def test_index_follows_every_change_of_words(session, store, wang, now):
    contact = make_contact(session, "陈姐", store=store)
    service.tag(session, contact, "旗袍", actor=wang, now=now)
    assert names(queries.search_contacts(session, "旗袍", wang)) == ["陈姐"]
    service.untag(session, contact, "旗袍", actor=wang, now=now)
    assert queries.search_contacts(session, "旗袍", wang) == []
    service.edit_contact(session, contact, EditContact("李姐", "", "老客"), actor=wang, now=now)
    assert queries.search_contacts(session, "陈姐", wang) == []
    assert names(queries.search_contacts(session, "老客", wang)) == ["李姐"]


def test_index_forgets_what_is_no_longer_said(session, store, wang, now):
    """Not only the check of hits does: the terms themselves are gone."""
    contact = make_contact(session, "陈姐", store=store)
    held = search.holders(session.get_bind().dialect.name)

    def indexed(term):
        terms = search.asked_terms(session.get_bind().dialect.name, [term])
        return list(session.scalars(held, {"terms": terms}))

    assert indexed("陈姐") == [contact.id]
    service.edit_contact(session, contact, EditContact("李姐"), actor=wang, now=now)
    assert indexed("陈姐") == []
    assert indexed("李姐") == [contact.id]


LETTERS = st.text("陈姐王aAb1234 ★🌸％%_'\"*-，é\t", min_size=1, max_size=8)
NAMES = st.sampled_from(["陈美丽", "abcd欧阳", "王12345", "单小a1"])
WORDS = st.one_of(LETTERS.map(str.strip).filter(bool), NAMES)
WHICH = st.integers(0, 4)
EDITS = st.one_of(
    st.tuples(st.just("log"), WORDS, WORDS, st.integers(0, 30)),
    st.tuples(st.just("edit"), WHICH, WORDS, LETTERS),
    st.tuples(st.just("tag"), WHICH, st.sampled_from(["王姐", "a1", "★", "1234"])),
    st.tuples(st.just("untag"), WHICH, st.sampled_from(["王姐", "a1", "★", "1234"])),
    st.tuples(st.just("phone"), WHICH, st.sampled_from(["10012341234", "10000001111"])),
    st.tuples(st.just("active"), WHICH, st.integers(0, 60)),
    st.tuples(st.just("rebuild")),
)


def _act(session, contacts, edit, actor, store):
    """One change, by the services."""
    what, *said = edit
    if what == "rebuild":
        service.rebuild_index(session.connection())
    elif what == "log":
        at = NOW - timedelta(minutes=said[2])
        made = make_contact(session, said[0][:NAME_MAX], store=store, nickname=said[1], now=at)
        contacts.append(made)
    else:
        number, *rest = said
        ACTS[what](session, contacts[number % len(contacts)], *rest, actor)
    session.flush()


def _give_number(session, contact, number, _actor):
    if queries.phone_of(session, contact.id) is None:
        service.add_identity(session, contact, IdentityKind.PHONE, number, share=True, now=NOW)


ACTS = {
    "edit": lambda s, contact, name, remark, actor: service.edit_contact(
        s, contact, EditContact(name, remark=remark), actor=actor, now=NOW
    ),
    "tag": lambda s, contact, tag, actor: service.tag(s, contact, tag, actor=actor, now=NOW),
    "untag": lambda s, contact, tag, actor: service.untag(s, contact, tag, actor=actor, now=NOW),
    "active": lambda s, contact, minutes, _actor: service.mark_active(
        s, contact.id, at=NOW + timedelta(minutes=minutes)
    ),
    "phone": _give_number,
}


def _scan(session, query, actor):
    """What is meant by a search, without any index."""
    key = search_key(query)
    found = []
    for contact in session.scalars(select(Contact).execution_options(populate_existing=True)):
        tags = session.scalars(select(ContactTag.tag).where(ContactTag.contact_id == contact.id))
        said = search_text(contact.name, contact.nickname, contact.remark, tuple(tags))
        number = queries.phone_of(session, contact.id) or ""
        by_number = (key.phone and number == key.phone) or (key.tail and number.endswith(key.tail))
        if (all(word in said for word in key.words) or by_number) and actor.sees(contact.store_id):
            found.append(contact)
    if key.empty:
        return []
    return [c.id for c in sorted(found, key=lambda c: (c.active_at, c.id), reverse=True)]


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40
)
@given(
    edits=st.lists(EDITS, min_size=1, max_size=12),
    asked=st.lists(st.one_of(LETTERS, st.sampled_from(["1234", "10012341234"])), max_size=6),
    cuts=st.lists(st.tuples(WHICH, st.integers(0, 25), st.integers(1, 6)), max_size=6),
)
def test_index_and_scan_agree_after_any_edits(factory, way, edits, asked, cuts):
    with factory() as session:
        store = make_store(session)
        actor = actor_of(session, make_staff(session, Role.MANAGER, store, name="王梅"))
        contacts = [make_noise(session)]
        for edit in edits:
            _act(session, contacts, edit, actor, store)
        session.flush()
        texts = [contacts[which % len(contacts)].search_text for which, *_cut in cuts]
        parts = [s[at : at + size] for s, (_, at, size) in zip(texts, cuts, strict=True)]
        for query in filter(None, [*asked, *parts]):
            found = queries.found_ids(session, Wanted(query), actor, most=50)
            assert found == _scan(session, query, actor), query
        session.rollback()


@pytest.fixture
def unindexed(fresh_database):
    """A database whose index is new while there are contacts, as after a revision that makes it."""
    url = fresh_database()
    engine = make_engine(url)
    with transaction(make_factory(engine)) as session:
        make_contact(session, "陈姐", tags=("旗袍",))
        if engine.dialect.name == "sqlite":
            forget = "INSERT INTO contact_search (contact_search) VALUES ('delete-all')"
        else:
            forget = "DELETE FROM contact_search"
        session.execute(text(forget))
    yield engine
    engine.dispose()


def _found(engine, query):
    with make_factory(engine)() as session:
        return names(queries.search_contacts(session, query, None))


def test_new_index_is_filled_when_the_tables_are_brought_up_to_date(unindexed):
    assert _found(unindexed, "旗袍") == []
    schema.upgrade(unindexed.url.render_as_string(hide_password=False))
    assert _found(unindexed, "旗袍") == ["陈姐"]


@pytest.fixture
def shuke(unindexed, monkeypatch, tmp_path, capsys):
    """Runs a command on the database, or on another one; returns its words."""

    def run(*arguments, url=""):
        url = url or unindexed.url.render_as_string(hide_password=False)
        monkeypatch.setenv("SHUKE_DATABASE_URL", url)
        monkeypatch.setenv("SHUKE_DATA_DIR", str(tmp_path))
        monkeypatch.setenv("SHUKE_SECRET_KEY", "key of the tests")
        assert cli.run([str(one) for one in arguments]) == 0
        return capsys.readouterr().out

    return run


def test_reindex_makes_the_index_anew(unindexed, shuke):
    for _again in range(2):
        assert shuke("reindex") == "1 contact can be found.\n"
        assert _found(unindexed, "旗袍") == ["陈姐"]


def test_a_restored_shop_is_found_on_either_database(
    unindexed, shuke, fresh_database, server, tmp_path
):
    """The index is not in every backup, and never copied row by row."""
    shuke("reindex")
    url, file = fresh_database(), f"sqlite:///{tmp_path / 'file.db'}"
    shuke("backup", tmp_path / "one.zip")
    for number, target in enumerate((url, file, url)):
        shuke("restore", "--replace", tmp_path / "one.zip", url=target)
        engine = make_engine(target)
        assert _found(engine, "旗袍") == ["陈姐"]
        engine.dispose()
        (tmp_path / "one.zip").rename(tmp_path / f"{number}.zip")
        shuke("backup", tmp_path / "one.zip", url=target)
