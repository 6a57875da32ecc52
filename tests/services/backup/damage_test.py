"""A damaged, cut or invented backup restores nothing and is named in one line."""

import pytest

from tests.factories.backups import changed, contents


@pytest.mark.parametrize("share", [0, 0.001, 0.3, 0.9, 0.999])
def test_a_truncated_file_restores_nothing(share, saved, at, shuke, told, new_database):
    whole = saved.read_bytes()
    saved.write_bytes(whole[: int(len(whole) * share)])
    other = new_database(told)
    before = contents(other)
    at(other)
    code, words = shuke("restore", "--replace", saved)
    assert (code, "damaged" in words) == (1, True)
    assert contents(other) == before


@pytest.mark.parametrize(
    "content",
    [b"", b"name,phone\n", b"PK\x05\x06" + bytes(18), b"SQLite format 3\0" + bytes(4080)],
)
def test_what_is_no_backup_is_refused(content, at, shuke, new_database, tmp_path):
    (tmp_path / "x.zip").write_bytes(content)
    folder = at(new_database())
    code, words = shuke("restore", tmp_path / "x.zip")
    assert (code, "no backup of Shuke" in words) == (1, True)
    assert not folder.exists()


@pytest.mark.parametrize(
    "values",
    [
        {"rows": {"contact": 1}},
        {"rows": None},
        {"revision": "0001"},
        {"revision": None},
        {"made_at": "yesterday"},
        {"made_at": "0001-01-01T00:00:00+14:00"},
        {"made_at": "9999-12-31T23:00:00-14:00"},
        {"format": "one"},
        {"format": 2},
    ],
)
def test_a_manifest_that_is_not_true_is_refused(values, saved, at, shuke, new_database):
    at(new_database())
    assert shuke("restore", changed(saved, **values))[0] == 1


@pytest.mark.parametrize("entry", [0, 1])
@pytest.mark.parametrize("method", [9, 12, 14, 93, 99])
def test_a_way_of_packing_that_no_backup_has_is_damage(
    method, entry, saved, at, shuke, new_database
):
    whole = bytearray(saved.read_bytes())
    places = [place for place in range(len(whole)) if whole[place : place + 4] == b"PK\x01\x02"]
    whole[places[entry] + 10] = method
    saved.write_bytes(whole)
    folder = at(new_database())
    code, words = shuke("restore", saved)
    assert (code, "damaged" in words) == (1, True)
    assert not folder.exists()


def test_damage_anywhere_is_noticed_or_does_no_harm(saved, at, shuke, told, new_database):
    whole = saved.read_bytes()
    places = [*range(0, 120, 15), *range(120, len(whole), len(whole) // 8)]
    places += range(len(whole) - 160, len(whole), 20)
    other, before = new_database(told), contents(told)
    at(other)
    refused = 0
    for place in places:
        damaged = bytearray(whole)
        damaged[place] ^= 0x41
        saved.write_bytes(damaged)
        code, _words = shuke("restore", "--replace", saved)
        refused += code
        if code == 0:
            assert contents(other) == before, place
    assert refused > len(places) // 2
