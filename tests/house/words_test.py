"""Every word of the product exists in both languages and is used; planted faults are found."""

from pathlib import Path

import pytest

from tests.house import word_rules

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "crm" / "translations"


@pytest.fixture(scope="module")
def zh():
    return word_rules.catalogue(FOLDER / "zh")


@pytest.fixture(scope="module")
def en():
    return word_rules.catalogue(FOLDER / "en")


@pytest.fixture(scope="module")
def uses():
    return word_rules.uses(ROOT)


def _none(problems):
    found = list(problems)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("locale", ["zh", "en"])
def test_key_stands_once(locale):
    _none(word_rules.doubled(FOLDER / locale))


def test_languages_say_the_same(zh, en):
    assert zh
    _none(word_rules.parallel(zh, en))


def test_english_is_english(en):
    _none(word_rules.english(en))


def test_chinese_keeps_its_style(zh):
    _none(word_rules.chinese(zh))


def test_what_is_shown_has_words(zh, uses):
    _none(word_rules.unknown(*uses, zh))


def test_words_are_shown_somewhere(zh, uses):
    _none(word_rules.dead(ROOT, *uses, zh))


@pytest.mark.parametrize(
    ("zh", "en"),
    [
        ({"a.b": "好"}, {}),
        ({}, {"a.b": "Good"}),
        ({"a.b": ""}, {"a.b": "Good"}),
        ({"a.b": "{n} 位"}, {"a.b": "{m} people"}),
    ],
)
def test_languages_that_differ_are_found(zh, en):
    assert len(list(word_rules.parallel(zh, en))) == 1


@pytest.mark.parametrize("text", ["好,好", "好!", "共 3位", "用WeCom", "好. 好", "你好:"])
def test_careless_chinese_is_found(text):
    assert len(list(word_rules.chinese({"a.b": text}))) == 1


@pytest.mark.parametrize("text", ["好，好", "共 3 位", "{n} 分钟", "用 WeCom 登录", "8:00 到 9:00"])
def test_careful_chinese_passes(text):
    assert list(word_rules.chinese({"a.b": text})) == []


def test_chinese_in_english_is_found_but_not_as_an_example():
    assert len(list(word_rules.english({"a.b": "Press 保存"}))) == 1
    assert list(word_rules.english({"a.b": 'Write "保存"', "a.c": "中文"})) == []


def test_uses_are_read_from_code_and_templates(tmp_path):
    (tmp_path / "crm").mkdir()
    (tmp_path / "templates").mkdir()
    (tmp_path / "crm/a.py").write_text("_('a.one')\n_l('a.two', n=1)\n_(f'a.{kind}_x')\n_(key)\n")
    (tmp_path / "templates/a.html").write_text(
        "{{ _('a.three') }}{{ _('a.' ~ kind) }}{{ _('a.four' if x else 'a.five') }}"
    )
    keys, patterns = word_rules.uses(tmp_path)
    assert keys == {"a.one", "a.two", "a.three", "a.four", "a.five"}
    assert patterns == {"a.*_x", "*", "a.*"}


def test_unknown_and_dead_words_are_found(tmp_path):
    known = {"a.one": "一", "b.two_x": "二", "c.three": "三", "d.four": "四"}
    keys, patterns = {"a.one", "a.gone"}, {"b.*_x", "e.*", "*"}
    found = list(word_rules.unknown(keys, patterns, known))
    assert found == ["a.gone has no words", "e.* fits no key"]
    for folder in ("crm", "templates", "static"):
        (tmp_path / folder).mkdir()
    (tmp_path / "crm/a.py").write_text("TABLE = {1: 'c.three'}\n")
    found = list(word_rules.dead(tmp_path, keys, patterns, known))
    assert found == ["d.four is shown nowhere"]


def test_doubled_key_is_found(tmp_path):
    for name in ("a.po", "b.po"):
        (tmp_path / name).write_text('msgid ""\nmsgstr ""\n\nmsgid "a.one"\nmsgstr "一"\n', "utf-8")
    assert list(word_rules.doubled(tmp_path)) == ["a.one stands 2 times"]
