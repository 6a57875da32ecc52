"""Phone numbers in texts: shown with the middle covered, counted, put back after an edit."""

import re
import unicodedata

# Mobile numbers and the 100 of invented ones, also in full width, with spaces or dashes, with +86
# or 0086 before, or behind a word (wx138...); not part of a longer number, nor that of a parcel.
# Digits of other scripts, which \d would take, are no number that can be kept.
_D = "[0-9０-９]"
_PHONE = re.compile(
    rf"(?<!{_D})(?<!SF)(?<!JD)(?<!YT)(?<!JT)(?:(?:\+|00)?86[- ]?)?"
    rf"([1１](?:[0０]{{2}}|[3-9３-９]{_D}))([- ]?)({_D}{{4}})([- ]?)({_D}{{4}})(?!{_D})"
)
_DIGITS = re.compile(r"\d{4}")
_LANDLINE = re.compile(r"(?<!\d)(0\d{2,3}-)(\d{3,4})(\d{4})(?!\d)")


def mask_phones(text: str) -> str:
    """`13800000142` -> `138****0142`."""
    if not _DIGITS.search(text):  # most texts have no number, which costs less to see
        return text
    return _LANDLINE.sub(r"\1****\3", _PHONE.sub(r"\1****\5", text))


def phones_in(text: str) -> int:
    return len(_PHONE.findall(text)) + len(_LANDLINE.findall(text))


def cover_mobiles(text: str) -> tuple[str, list[str]]:
    """Return a text with its mobile numbers covered, and those, eleven plain digits each."""
    numbers = [f"{head}{middle}{tail}" for head, _, middle, _, tail in _PHONE.findall(text)]
    if not numbers:
        return text, []
    plain = [unicodedata.normalize("NFKC", number) for number in numbers]
    return _PHONE.sub(r"\1****\5", text), plain


class SameCover(ValueError):
    """Several numbers look the same when covered: which is which now, nobody can say."""


def uncover(typed: str, known: str) -> str:
    """Return a text that was shown masked, and perhaps edited, with its numbers as in `known`.

    Raises SameCover.
    """
    if typed in {known, mask_phones(known)}:
        return known
    edited, shown = typed, mask_phones(known)
    numbers: dict[str, list[str]] = {}
    for pattern in (_PHONE, _LANDLINE):
        for found in pattern.finditer(known):
            numbers.setdefault(mask_phones(found[0]), []).append(found[0])
    for cover, some in numbers.items():
        different = {tuple(cover_mobiles(number)[1]) or number for number in some}
        is_unclear = len(different) > 1 or shown.count(cover) > len(some)
        if is_unclear and not _stands_as_before(cover, edited, shown, len(some)):
            raise SameCover
        for number in some:
            typed = typed.replace(cover, number, 1)
    return typed


def _stands_as_before(cover: str, edited: str, shown: str, times: int) -> bool:
    """Whether a cover still stands behind the words that told its numbers apart, or is gone."""
    now, before = edited.split(cover)[:-1], shown.split(cover)[:-1]
    if not now:
        return True
    return len(before) == times and [one.strip() for one in now] == [one.strip() for one in before]
