"""Who a contact is: phone numbers, masks, initials, index terms."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.contacts import rules
from crm.contacts.rules import IdentityKind, PhoneWrong


@pytest.mark.parametrize(
    "typed",
    [
        "10012340142",
        "100 1234 0142",
        "100-1234-0142",
        "１００１２３４０１４２",
        "１００－１２３４－０１４２",
        "+86 100 1234 0142",
        "+8610012340142",
        "0086 10012340142",
        "8610012340142",
        " 10012340142\u200b",
        "(100)1234.0142",
        "100　1234　0142",
    ],
)
def test_phone_keeps_its_eleven_digits_however_it_is_typed(typed):
    assert rules.normalise_phone(typed) == "10012340142"


@pytest.mark.parametrize(
    ("typed", "digits"),
    [
        ("138 1234 014", 10),
        ("138123401423", 12),
        ("", 0),
        ("电话", 0),
        ("1381234o142", 10),
        ("138****0142", 7),
        ("١٣٨١٢٣٤٠١٤٢", 11),
    ],
)
def test_phone_of_another_length_says_how_many_digits_it_has(typed, digits):
    with pytest.raises(PhoneWrong) as caught:
        rules.normalise_phone(typed)
    assert caught.value.digits == digits


def test_mask_shows_first_three_and_last_four():
    assert rules.mask_phone("10012340142") == "100****0142"
    assert rules.mask_identity(IdentityKind.PHONE, "10012340142") == "100****0142"
    assert rules.mask_identity(IdentityKind.WECHAT_ID, "chenjie88") == "ch****88"
    assert rules.mask_identity(IdentityKind.WECHAT_ID, "ab") == "****"


@pytest.mark.parametrize(
    ("kind", "typed", "kept"),
    [
        (IdentityKind.WECHAT_ID, " ChenJie88 ", "chenjie88"),
        (IdentityKind.EXTERNAL_USERID, "wmAAbb", "wmAAbb"),
        (IdentityKind.UNIONID, "oAbC\x00d", "oAbCd"),
        (IdentityKind.PHONE, "100-1234-0142", "10012340142"),
    ],
)
def test_identity_is_stored_in_one_form(kind, typed, kept):
    assert rules.normalise_identity(kind, typed) == kept


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("陈姐", "cj"),
        ("李晓燕", "lxy"),
        ("单姐", "cj dj sj"),
        ("Amy王", "amyw"),
        ("", ""),
        ("★", ""),
    ],
)
def test_initials_offer_every_reading_of_the_first_character(name, letters):
    assert rules.initials(name) == letters


def test_grams_are_characters_bigrams_and_fours_of_digits():
    assert rules.grams("陈姐 ") == {"陈", "姐", "陈姐"}
    assert rules.grams("陈 姐") == {"陈", "姐"}
    assert rules.grams("a123") == {"a", "1", "2", "3", "12", "23"}
    assert {"12", "1234", "2345"} <= rules.grams("12345")
    assert "123" not in rules.grams("12345")
    assert rules.grams("陈🌸_%") == {"陈", "🌸"}
    assert rules.grams("amy王") == {*"amy王", "am", "my", "y王", "amy"}


def test_search_key_asks_for_bigrams_and_keeps_single_characters_alone():
    key = rules.search_key("陈姐 王")
    assert key.grams == {"陈姐", "王"}
    assert rules.search_key("１２３４５").grams == {"1234", "2345"}
    assert rules.search_key("142").grams == {"14", "42"}
    assert rules.search_key("Amy王梅").grams == {"amy", "y王", "王梅"}
    assert rules.search_key("0142").tail == "0142"
    assert rules.search_key("100 1234 0142").phone == "10012340142"
    assert rules.search_key("  ").empty
    assert rules.search_key("％＿").empty


@given(st.text(max_size=12), st.text(max_size=12))
def test_a_name_is_found_by_each_part_of_itself(before, after):
    text = rules.search_text(f"{before}陈姐{after}", "", "")
    assert rules.search_key("陈姐").grams <= rules.grams(text)


@given(st.text(max_size=60))
def test_no_query_breaks_the_search_key(query):
    key = rules.search_key(query)
    assert len(key.text) <= rules.QUERY_MAX


def test_search_text_folds_every_field_and_adds_initials():
    text = rules.search_text("陈姐", "Fan", "爱红色", ("忠诚",))
    assert text.split("\n") == ["陈姐", "fan", "爱红色", "忠诚", "cj fan ahs"]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (" a\x00 b\n", "a b"),
        (None, ""),
        ("陈\u200b姐", "陈姐"),
        ("a\tb", "a b"),
        ("陈\u2066姐", "陈姐"),
    ],
)
def test_one_line_drops_control_characters(typed, kept):
    assert rules.one_line(typed) == kept


def test_many_lines_keeps_line_breaks_only():
    assert rules.many_lines("a\r\nb\x00\rc ") == "a\nb\nc"
    assert rules.many_lines(None) == ""
