"""Every rule of the shipped pack: a law behind it, and what it finds and leaves alone."""

import tomllib
from pathlib import Path

import pytest

from crm.claims import rules
from crm.claims.rules import Industry, Level, Message, Pack

DATA = Path(__file__).parents[1] / "data" / "claims"
PACK = rules.parse(tomllib.loads(Path("crm/claims/data/starter.toml").read_text("utf-8")))
EXAMPLES = tomllib.loads((DATA / "examples.toml").read_text("utf-8"))
EVASIONS = tomllib.loads((DATA / "evasions.toml").read_text("utf-8"))
BY_ID = {rule.id: rule for rule in PACK.rules}
# The two that ask a whole message for its sender and a way to refuse have tests of their own.
SENTENCE_RULES = [rule for rule in PACK.rules if not (rule.requires or "").startswith("@")]


def levels(text, rule_id, industry):
    """The level of each hit of one rule, with what was folded under it counted too."""
    report = rules.examine(text, industry, Pack("one", PACK.version, "", (BY_ID[rule_id],)))
    return [finding.level for finding in report.findings]


def cases(kind):
    for rule_id, row in EXAMPLES.items():
        for text in row.get(kind, ()):
            yield pytest.param(
                rule_id, row.get("industry", "general"), text, id=f"{rule_id}-{text}"
            )


def test_pack_has_the_65_rules_and_a_date():
    assert len(PACK.rules) == 65
    assert PACK.version.isoformat() == "2025-06-01"


@pytest.mark.parametrize("rule", SENTENCE_RULES, ids=lambda rule: rule.id)
def test_rule_has_a_law_advice_and_examples(rule):
    assert rule.law
    assert rule.advice
    assert len(EXAMPLES[rule.id]["yes"]) >= 2
    assert len(EXAMPLES[rule.id]["no"]) >= 2


def test_examples_name_only_rules_that_exist():
    assert set(EXAMPLES) == {rule.id for rule in SENTENCE_RULES}


@pytest.mark.parametrize(("rule_id", "industry", "text"), list(cases("yes")))
def test_rule_finds(rule_id, industry, text):
    assert BY_ID[rule_id].level in levels(text, rule_id, Industry(industry))


@pytest.mark.parametrize(("rule_id", "industry", "text"), list(cases("no")))
def test_rule_leaves_alone(rule_id, industry, text):
    assert BY_ID[rule_id].level not in levels(text, rule_id, Industry(industry))


@pytest.mark.parametrize(("rule_id", "industry", "pair"), list(cases("soft")))
def test_rule_is_lowered_by_the_words_around(rule_id, industry, pair):
    text, level = pair
    assert Level(level) in levels(text, rule_id, Industry(industry))


@pytest.mark.parametrize("row", EVASIONS["caught"], ids=lambda row: row["text"])
def test_evasion_is_caught(row):
    findings = rules.check(row["text"], Industry(row.get("industry", "general")), PACK)
    named = {finding.rule for finding in findings} | {r for f in findings for r in f.folded}
    assert row["rule"] in named


@pytest.mark.parametrize("text", EVASIONS["harmless"])
@pytest.mark.parametrize("industry", [Industry.GENERAL, Industry.APPAREL, Industry.TEAWARE])
def test_harmless_text_is_not_flagged(text, industry):
    flagged = [f for f in rules.check(text, industry, PACK) if f.level is not Level.HINT]
    assert flagged == []


@pytest.mark.parametrize("rule", [r for r in PACK.rules if r.put], ids=lambda rule: rule.id)
def test_offered_wording_is_itself_clean(rule):
    for industry in Industry:
        found = [f for f in rules.check(rule.put, industry, PACK) if not f.missing]
        assert found == []


@pytest.mark.parametrize("industry", list(Industry))
@pytest.mark.parametrize("rule_id", ["MED-01", "MED-02", "MED-03", "MED-04"])
def test_disease_words_block_in_every_industry(rule_id, industry):
    assert BY_ID[rule_id].covers(industry)


@pytest.mark.parametrize(
    ("industry", "found"), [("tea", True), ("food", True), ("apparel", False), ("teaware", False)]
)
def test_function_words_block_for_food_only(industry, found):
    assert bool(levels("喝了助眠", "FUN-01", Industry(industry))) is found


SHOP = Message(sender=("小城故事",), optout=("不再接收",))


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("新款到了", {"REQ-02", "REQ-03"}),
        ("小城故事：新款到了", {"REQ-03"}),
        ("小 城 故 事 新款到了，回复 T 不再接收", set()),
    ],
)
def test_whole_message_names_its_sender_and_a_way_to_refuse(text, missing):
    report = rules.examine(text, Industry.GENERAL, PACK, message=SHOP)
    assert {finding.rule for finding in report.findings if finding.missing} == missing


def test_sentence_need_not_name_its_sender():
    assert rules.check("新款到了", Industry.GENERAL, PACK) == []
