"""One contact is handed on or back while access ends: nobody waits crosswise."""

from contextlib import suppress

import pytest

from crm.accounts.models import Staff
from crm.accounts.rules import Role
from crm.contacts.models import Contact
from crm.db import make_engine, make_factory, transaction
from crm.lifecycle.rules.leaving import HandedSince, Wish
from crm.lifecycle.service.handing import hand_on, take_back
from crm.lifecycle.service.leaving import end_access
from tests.conftest import NOW
from tests.factories.contacts import make_contact, make_noise
from tests.factories.stores import actor_of, make_staff, make_store
from tests.services.lifecycle_leaving_race_test import together

ROUNDS = 12


class Book:
    """A store, the owner, two who look after people there, and one contact of the first."""

    def __init__(self, factory):
        with transaction(factory) as session:
            store = make_store(session)
            self.boss = actor_of(session, make_staff(session, Role.OWNER))
            self.first, self.second = (
                make_staff(session, role, store).id for role in (Role.MANAGER, Role.OWNER)
            )
            actor = actor_of(session, session.get_one(Staff, self.first))
            self.contact_id = make_contact(session, "甲", store=store, actor=actor).id
            for _ in range(40):  # to go through a book takes a while
                make_contact(session, store=store, actor=actor)

    def owner(self, factory):
        with factory() as session:
            return session.get_one(Contact, self.contact_id).owner_id


@pytest.fixture
def factory(fresh_database):
    engine = make_engine(fresh_database())
    factory = make_factory(engine)
    with transaction(factory) as session:
        make_noise(session)
    yield factory
    engine.dispose()


def acts_beside_leaving(factory, act, staff_id, heir_id, boss):
    def leave():
        with transaction(factory) as session:
            end_access(session, staff_id, Wish(heir_id), actor=boss, now=NOW)

    def other():
        with transaction(factory) as session:
            act(session)

    return together([leave, other])


def test_taken_back_beside_the_end_of_access_of_who_has_her(factory):
    for _ in range(ROUNDS):
        book = Book(factory)
        with transaction(factory) as session:
            act_id = hand_on(session, book.contact_id, book.second, actor=book.boss, now=NOW).id

        def back(session):
            with suppress(HandedSince):  # the end of access was first
                take_back(session, book.contact_id, act_id, actor=book.boss, now=NOW)  # noqa: B023

        done = acts_beside_leaving(factory, back, book.second, book.first, book.boss)
        assert done[0]
        assert book.owner(factory) == book.first


def test_handed_on_to_an_owner_beside_the_end_of_access_of_who_had_her(factory):
    for _ in range(ROUNDS):
        book = Book(factory)

        def on(session):
            hand_on(session, book.contact_id, book.second, actor=book.boss, now=NOW)  # noqa: B023

        done = acts_beside_leaving(factory, on, book.first, book.boss.id, book.boss)
        assert done == [True, True]
        assert book.owner(factory) == book.second
