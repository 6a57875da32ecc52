"""Reading a text for the copy check: offsets, clauses, folding, and any text whatever."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.claims import rules
from crm.claims.rules import Industry, Level, Pack, normalise

TRICKY = st.text(
    st.sampled_from("最蕞低价Ｎｏ．１国家級级 .\u200b🎉\n，：1①2zuiÄß%0o抗ai\u0301-《》")
)


def pack(*rows):
    whole = [{"law": ["AL9.3"], "adv": "x", "sev": "block", **row} for row in rows]
    return rules.parse({"name": "t", "version": date(2025, 6, 1), "source": "", "rules": whole})


@given(st.text() | TRICKY)
def test_offsets_point_into_the_original_and_never_decrease(text):
    normal = normalise(text)
    assert len(normal.text) == len(normal.start) == len(normal.end)
    assert normal.start == sorted(normal.start)
    assert normal.end == sorted(normal.end)
    spans = list(zip(normal.start, normal.end, strict=True))
    assert all(0 <= start < end <= len(text) for start, end in spans)


@given(st.text() | TRICKY)
def test_each_read_character_comes_from_the_span_it_names(text):
    normal = normalise(text)
    for char, start, end in zip(normal.text, normal.start, normal.end, strict=True):
        # The span alone, put between neutral neighbours, still reads as that character.
        span = text[start:end]
        assert (
            char
            in normalise(span).text
            + normalise(f"{span}好9").text
            + normalise(f"抗{span}9").text
            + normalise(f"9{span}9").text
        )


@given(st.text(st.sampled_from("这把壶好用水流顺abc今天到货了\n")))
def test_text_without_variants_reads_as_itself(text):
    normal = normalise(text)
    assert normal.text == text
    assert normal.start == list(range(len(text)))


@given(st.text() | TRICKY, st.sampled_from(list(Industry)))
def test_any_text_is_checked_and_findings_lie_inside_it(text, industry):
    found = rules.check(text, industry, pack({"id": "A", "pat": "最|国家级|no1|癌"}))
    assert all(text[f.start : f.end] == f.text and f.text for f in found)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("Ｎｏ．１", "no1"),
        ("n0.1", "no1"),
        ("piano.1", "piano1"),
        ("no.12", "no12"),
        ("1.5 米", "1.5米"),
        ("绝.对", "绝对"),
        ("1：1", "1:1"),
        ("原价：¥199", "原价:199"),
        ("注意：手洗", "注意\n手洗"),
        ("好。坏", "好\n坏"),
        ("1oo%", "100%"),
        ("2100%", "2100%"),
        ("佰分之佰", "百分百"),
        ("弟一品牌", "第一品牌"),
        ("徒弟一个", "徒弟一个"),
        ("zui好 zuigao", "最好zuigao"),
        ("a\u0301\u200bb", "ab"),
        ("④", "4"),
    ],
)
def test_text_is_read_as(text, read):
    assert normalise(text).text == read


def test_finding_shows_the_words_as_they_were_typed():
    [finding] = rules.check(
        "好看，国 家*級 面料", Industry.GENERAL, pack({"id": "A", "pat": "国家级"})
    )
    assert (finding.start, finding.end, finding.text) == (3, 8, "国 家*級")


def test_no_pattern_crosses_a_clause():
    assert rules.check("国家，级别", Industry.GENERAL, pack({"id": "A", "pat": "国家级"})) == []


def test_of_overlapping_findings_the_gravest_is_shown_and_names_the_others():
    both = pack({"id": "A", "sev": "hint", "pat": "全网最低价"}, {"id": "B", "pat": "最低"})
    [finding] = rules.check("全网最低价", Industry.GENERAL, both)
    assert (finding.rule, finding.level, finding.folded) == ("B", Level.BLOCK, ("A",))


def test_excuse_counts_only_where_it_overlaps_and_is_kept_as_spared():
    rule = {"id": "A", "pat": "最好", "unless": [["最好(是|$)", "exempt"]]}
    report = rules.examine("最好是棉的，最好的壶，做到最好", Industry.GENERAL, pack(rule))
    assert [f.start for f in report.findings] == [6]
    assert [f.start for f in report.spared] == [0, 13]


def test_first_excuse_wins():
    rule = {"id": "A", "pat": "最", "unless": [["本店.{0,3}最", "hint"], ["最", "exempt"]]}
    levels = [f.level for f in rules.check("本店的最", Industry.GENERAL, pack(rule))]
    assert levels == [Level.HINT]


def test_excuses_inside_one_another_are_all_seen():
    rule = {"id": "A", "pat": "乙", "unless": [["甲.{0,3}乙", "exempt"]]}
    assert rules.check("甲甲乙甲乙", Industry.GENERAL, pack(rule)) == []


def test_missing_statement_is_found_at_the_end():
    rule = {"id": "A", "requires": "本品不能代替药物"}
    [finding] = rules.check("一天两粒", Industry.GENERAL, pack(rule))
    assert finding.missing
    assert finding.start == 4


def test_own_word_is_found_in_any_spelling():
    word = rules.own_word(7, "跳楼 大甩卖", level=Level.BLOCK, advice="换个说法")
    mine = Pack("t", date(2025, 6, 1), "", ()).with_words([word])
    [finding] = rules.check("跳*楼大甩賣！", Industry.GENERAL, mine)
    assert (finding.rule, finding.advice) == ("SHOP-7", "换个说法")


@pytest.mark.parametrize(
    "rows",
    [
        [{"id": "A", "pat": "x", "law": []}],
        [{"id": "A"}],
        [{"id": "A", "pat": "x", "requires": "y"}],
        [{"id": "A", "pat": "x", "sev": "grave"}],
        [{"id": "A", "pat": "x"}, {"id": "A", "pat": "y"}],
    ],
)
def test_pack_that_is_not_whole_is_refused(rows):
    with pytest.raises(ValueError, match=r"."):
        pack(*rows)
