"""The shop's own words: one word in any spelling, removed and taken back, part of every check."""

import pytest
from sqlalchemy.orm import Session

from crm.accounts.rules import Actor, Role
from crm.claims import queries, service
from crm.claims.rules import Industry, Level, NewWord, WordKnown
from crm.i18n import catalogue, use_locale
from tests.conftest import NOW
from tests.factories.stores import actor_of, make_staff, make_store


@pytest.fixture
def actor(session: Session) -> Actor:
    make_store(session)
    return actor_of(session, make_staff(session, Role.OWNER))


def found(session: Session, text: str) -> list[str]:
    return [finding.rule for finding in queries.checker(session)(text, Industry.GENERAL)]


def test_own_word_is_found_in_every_check(session: Session, actor: Actor) -> None:
    assert found(session, "闭眼入") == []
    word = service.add_word(session, NewWord("闭眼入", Level.BLOCK, "写尺码"), actor=actor, now=NOW)
    [finding] = queries.checker(session)("这件闭 眼 入", Industry.TEA)
    assert (finding.rule, finding.text, finding.advice) == (f"SHOP-{word.id}", "闭 眼 入", "写尺码")


def test_same_word_in_another_spelling_is_refused(session: Session, actor: Actor) -> None:
    service.add_word(session, NewWord("闭眼入", Level.BLOCK), actor=actor, now=NOW)
    with pytest.raises(WordKnown):
        service.add_word(session, NewWord("闭*眼入", Level.HINT), actor=actor, now=NOW)


def test_removed_word_is_no_longer_found_and_comes_back(session: Session, actor: Actor) -> None:
    word = service.add_word(session, NewWord("闭眼入", Level.BLOCK), actor=actor, now=NOW)
    other = service.add_word(session, NewWord("绝绝子", Level.HINT), actor=actor, now=NOW)
    service.remove_word(session, word.id, actor=actor, now=NOW)
    session.flush()
    assert found(session, "闭眼入，绝绝子") == [f"SHOP-{other.id}"]
    service.restore_word(session, word.id, actor=actor, now=NOW)
    assert found(session, "闭眼入") == [f"SHOP-{word.id}"]


def test_removed_word_does_not_come_back_beside_a_new_one(session: Session, actor: Actor) -> None:
    word = service.add_word(session, NewWord("闭眼入", Level.BLOCK), actor=actor, now=NOW)
    service.remove_word(session, word.id, actor=actor, now=NOW)
    session.flush()
    service.add_word(session, NewWord("闭眼入", Level.BLOCK), actor=actor, now=NOW)
    with pytest.raises(WordKnown):
        service.restore_word(session, word.id, actor=actor, now=NOW)


def test_advice_speaks_the_language_in_use(session: Session) -> None:
    with use_locale("en"):
        [finding] = queries.checker(session)("根治", Industry.GENERAL)
    assert finding.advice == "Drop it for all ordinary goods"


def test_every_shipped_rule_has_advice_in_both_catalogues() -> None:
    for rule in queries.starter_pack().rules:
        assert catalogue("zh")[f"claims.advice.{rule.id}"] == rule.advice
        assert f"claims.advice.{rule.id}" in catalogue("en")


def test_every_law_key_has_a_name() -> None:
    for rule in queries.starter_pack().rules:
        for key in rule.law:
            assert "claims.law." + key.rstrip("0123456789.") in catalogue("zh")
