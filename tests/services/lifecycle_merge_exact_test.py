"""A merge and its undo leave every table row for row, whatever happened before and beside it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session, sessionmaker

from crm.contacts.queries import search_contacts
from crm.contacts.rules import Field
from crm.db import Base
from crm.lifecycle.models import ContactMerge, NotTheSame
from crm.lifecycle.rules.merging import Merge
from crm.lifecycle.service import merging
from tests.examples import examples
from tests.factories.histories import BUT, DEEDS, Dump, Story, begin, dump

NUMBER = st.integers(0, 20)
DEED = st.tuples(st.sampled_from(sorted(DEEDS)), NUMBER, NUMBER, NUMBER)
HISTORY = st.lists(DEED, min_size=8, max_size=40)
BESIDE = st.lists(
    st.tuples(st.sampled_from(["touch", "complaint", "tag", "ledger", "edit"]), NUMBER, NUMBER),
    max_size=4,
)
TAKE = st.none() | st.frozensets(st.sampled_from(list(Field)))
PAIR = st.tuples(NUMBER, NUMBER)


@pytest.mark.timeout(3600)  # all of them, on a slow machine
@given(HISTORY, PAIR, TAKE)
@examples(15, 400)
def test_merge_and_undo_restore_every_table(factory, history, pair, take) -> None:
    with _rolled_back(factory) as session:
        story = _told(session, history)
        kept, other = _two(story, pair)
        before, found = dump(session), _found(story)
        made = _merged(story, kept, other, take)
        assert dump(session) != before
        _undone(story, made)
        _same(dump(session), before)
        assert _found(story) == found


@pytest.mark.timeout(3600)
@given(HISTORY, PAIR, TAKE, BESIDE)
@examples(10, 200)
def test_what_others_do_meanwhile_changes_nothing_of_hers(
    factory, history, pair, take, beside
) -> None:
    with _rolled_back(factory) as session:
        story = _told(session, history)
        kept, other = _two(story, pair)
        known = dump(session)
        outside = [
            number
            for number, one in enumerate(story.people)
            if one.merged_into_id is None and one not in (kept, other)
        ]
        deeds = [(what, outside[who % len(outside)], one, 1) for what, who, one in beside]
        hours = story.hours
        with session.begin_nested() as alone:
            story.tell(deeds)
            without = dump(session)
            alone.rollback()
        session.expire_all()
        story.hours = hours
        made = _merged(story, kept, other, take)
        story.tell(deeds)
        _undone(story, made)
        _same(_of(dump(session), known), _of(without, known))


@contextmanager
def _rolled_back(factory: sessionmaker[Session]) -> Iterator[Session]:
    """A session of one example, of which nothing stays."""
    with factory() as session:
        try:
            yield session
        finally:
            session.rollback()


def _told(session: Session, history) -> Story:
    story = begin(session)
    story.tell(history)
    session.expire_all()
    return story


def _two(story: Story, pair):
    standing = [one for one in story.people if one.merged_into_id is None]
    kept = standing[pair[0] % len(standing)]
    others = [one for one in standing if one is not kept]
    return kept, others[pair[1] % len(others)]


def _merged(story: Story, kept, other, take) -> ContactMerge:
    command, now = Merge(kept.id, other.id, take), story.now + timedelta(minutes=1)
    made = merging.merge(story.session, command, actor=story.desk.owner, now=now)
    story.session.flush()
    return made


def _undone(story: Story, made: ContactMerge) -> None:
    later = story.now + timedelta(days=2)
    merging.undo(story.session, made.id, actor=story.desk.owner, now=later)
    story.session.flush()


def _found(story: Story) -> dict[str, list[int]]:
    words = ("陈姐", "陈小姐", "小鹿", "怕热", "0142")
    owner = story.desk.owner
    return {q: [hit.id for hit in search_contacts(story.session, q, owner)] for q in words}


def _same(after: Dump, before: Dump) -> None:
    for table, rows in before.items():
        assert after[table] == rows, table


def _of(found: Dump, known: Dump) -> Dump:
    """The rows of a dump that were there before."""
    return {
        table: {key: row for key, row in rows.items() if key in known[table]}
        for table, rows in found.items()
    }


def test_every_column_that_names_a_contact_is_moved_by_its_domain() -> None:
    naming = {
        str(key.parent)
        for table in Base.metadata.tables.values()
        for key in table.foreign_keys
        if key.column.table.name == "contact"
    }
    moved = {str(column.property.columns[0]) for part in merging.DOMAINS for column in part.HERS}
    own = {
        str(column)
        for model in (ContactMerge, NotTheSame)
        for column in model.__table__.columns
        if column.references(Base.metadata.tables["contact"].c.id)
    }
    assert naming - own == moved
    assert Base.metadata.tables.keys() >= BUT
