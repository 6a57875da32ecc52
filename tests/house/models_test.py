"""The tables of the product keep the rules of the house; planted faults are found."""

import enum
import importlib
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import CheckConstraint, DateTime, ForeignKey, MetaData, String
from sqlalchemy.orm import DeclarativeBase, Mapped, configure_mappers, mapped_column, relationship
from wtforms import Form, StringField
from wtforms.validators import Length

import crm
from crm.db import NAMING, Base, choice
from tests.house import model_rules

PACKAGE = Path(crm.__file__).parent
DOMAINS = sorted(
    {
        path.relative_to(PACKAGE).parts[0]
        for path in PACKAGE.glob("*/forms*")
        if path.stem == "forms"
    }
)
METADATA_RULES = (
    model_rules.foreign_keys,
    model_rules.names,
    model_rules.choices,
    model_rules.timestamps,
)


def test_relationships_raise_instead_of_loading(app):
    configure_mappers()
    found = list(model_rules.relationships(Base.registry.mappers))
    assert not found, "\n".join(found)


@pytest.mark.parametrize("rule", METADATA_RULES, ids=lambda rule: rule.__name__)
def test_tables_keep_rule(rule, app):
    found = list(rule(Base.metadata))
    assert not found, "\n".join(found)


@pytest.mark.parametrize("domain", DOMAINS)
def test_forms_take_as_much_as_their_tables(domain, app):
    forms = importlib.import_module(f"crm.{domain}.forms")
    tables = {
        mapper.local_table.name
        for mapper in Base.registry.mappers
        if mapper.class_.__module__.startswith(f"crm.{domain}.")
    }
    limits = model_rules.lengths(Base.metadata)
    kinds = [thing for thing in vars(forms).values() if isinstance(thing, type)]
    found = [
        problem
        for form in kinds
        if issubclass(form, Form) and form.__module__.startswith(forms.__name__)
        for problem in model_rules.disagreements(limits, tables, form)
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("module", ["crm.cli", "crm.worker", "wsgi"])
def test_every_door_loads_every_table_it_needs(module, tmp_path):
    """A process that writes one table must know the tables its foreign keys lead to."""
    script = (
        f"import {module}; from crm.db import Base; from sqlalchemy.orm import configure_mappers; "
        "configure_mappers(); Base.metadata.sorted_tables"
    )
    environ = {"SHUKE_DATA_DIR": str(tmp_path), "PYTHONPATH": "."}
    done = subprocess.run(
        [sys.executable, "-c", script], env=environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]


class _Colour(enum.Enum):
    RED = "red"


class _Loud(enum.Enum):
    RED = "Very Red"


def _planted():
    class PlantBase(DeclarativeBase):
        metadata = MetaData(naming_convention=NAMING)

    class Shelf(PlantBase):
        __tablename__ = "shelf"
        id: Mapped[int] = mapped_column(primary_key=True)
        colour: Mapped[_Colour] = mapped_column(choice(_Colour, name="colour"))

    class Book(PlantBase):
        __tablename__ = "book"
        id: Mapped[int] = mapped_column(primary_key=True)
        shelf_id: Mapped[int] = mapped_column(
            ForeignKey("shelf.id", ondelete="RESTRICT"), index=True
        )
        shelf: Mapped[Shelf] = relationship(lazy="raise_on_sql")

    return PlantBase, Shelf, Book


def test_good_tables_have_no_problems():
    base, _shelf, _book = _planted()
    assert list(model_rules.relationships(base.registry.mappers)) == []
    assert [problem for rule in METADATA_RULES for problem in rule(base.metadata)] == []


def test_lazy_relationship_is_found():
    base, shelf, book = _planted()
    book.other = relationship(shelf, viewonly=True)
    assert list(model_rules.relationships(base.registry.mappers)) == ["Book.other is lazy='select'"]


def test_collection_on_a_parent_is_found():
    base, shelf, book = _planted()
    shelf.books = relationship(book, lazy="raise_on_sql", viewonly=True)
    found = list(model_rules.relationships(base.registry.mappers))
    assert found == ["Shelf.books runs from parent to child"]


@pytest.mark.parametrize(
    ("key", "problem"),
    [
        (ForeignKey("shelf.id", ondelete="RESTRICT"), "note(shelf_id) has no index"),
        (ForeignKey("shelf.id"), "note(shelf_id) has ondelete=None"),
        (ForeignKey("attic.id", ondelete="RESTRICT"), "note(shelf_id) leads to no table"),
    ],
)
def test_careless_foreign_key_is_found(key, problem):
    base, _shelf, _book = _planted()

    class Note(base):
        __tablename__ = "note"
        id: Mapped[int] = mapped_column(primary_key=True)
        shelf_id: Mapped[int] = mapped_column(key, index="no index" not in problem)

    assert list(model_rules.foreign_keys(base.metadata)) == [problem]


def test_other_careless_columns_are_found():
    base, _shelf, _book = _planted()

    class Note(base):
        __tablename__ = "Notes"
        id: Mapped[int] = mapped_column(primary_key=True)
        at: Mapped[datetime] = mapped_column(DateTime)
        colour: Mapped[_Loud] = mapped_column(choice(_Loud, name="hue"))
        name: Mapped[str] = mapped_column(String(5))

    assert list(model_rules.names(base.metadata)) == ["table Notes"]
    assert list(model_rules.timestamps(base.metadata)) == [
        "Notes.at stores time without UtcDateTime"
    ]
    found = list(model_rules.choices(base.metadata))
    assert found == ["Notes.colour names its CHECK hue", "Notes.colour: Very Red"]


class _NoteForm(Form):
    body = StringField("Body", [Length(max=200)])


def test_form_that_takes_more_than_its_table_is_found():
    base, _shelf, _book = _planted()

    class Note(base):
        __tablename__ = "note"
        __table_args__ = (CheckConstraint("length(body) BETWEEN 1 AND 100", name="body_length"),)
        id: Mapped[int] = mapped_column(primary_key=True)
        body: Mapped[str] = mapped_column(String(100))

    limits = model_rules.lengths(base.metadata)
    found = list(model_rules.disagreements(limits, {"note"}, _NoteForm))
    assert found == ["_NoteForm.body takes 200 characters, the table [100]"]
