"""Photos: what is taken, what comes out of it, and what is refused with which words."""

import zlib
from contextlib import suppress
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms

from crm.integrations.formats import photos
from crm.integrations.formats.photos import PhotoProblem, UnreadablePhoto
from tests.factories.albums import photo

MAKE, PLACE, TURNED = 0x010F, 0x8825, 0x0112
GREEN = (0, 128, 0)


def opened(data):
    return Image.open(BytesIO(data))


def problem(data):
    with pytest.raises(UnreadablePhoto) as caught:
        photos.read(data)
    return caught.value.problem


def png(width, height, *chunks):
    """A PNG that claims a size, made by hand: nobody could draw the large ones."""

    def chunk(kind, body):
        check = zlib.crc32(kind + body).to_bytes(4, "big")
        return len(body).to_bytes(4, "big") + kind + body + check

    head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes([8, 2, 0, 0, 0])
    parts = [chunk(b"IHDR", head), *(chunk(*one) for one in chunks), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_photo_becomes_two_plain_jpegs(kind):
    made = photos.read(photo("green", size=(90, 60), kind=kind))
    assert (made.width, made.height) == (90, 60)
    with opened(made.large) as large, opened(made.small) as small:
        assert (large.format, small.format) == ("JPEG", "JPEG")
        assert (large.size, small.size) == ((90, 60), photos.SMALL)
        assert all(abs(a - b) < 4 for a, b in zip(large.getpixel((45, 30)), GREEN, strict=True))


def test_large_photo_is_made_smaller():
    made = photos.read(photo(size=(3000, 1500)))
    assert (made.width, made.height) == (1600, 800)


def test_photo_loses_place_phone_and_comment():
    exif = Image.Exif()
    exif[MAKE] = "Secret phone"
    exif.get_ifd(PLACE)[1] = "N"
    exif.get_ifd(PLACE)[2] = (31.0, 14.0, 5.0)
    data = photo(exif=exif, comment=b"at home")
    assert b"Secret phone" in data
    made = photos.read(data)
    for one in (made.large, made.small):
        with opened(one) as picture:
            assert not picture.getexif()
            assert set(picture.info) <= {
                "jfif", "jfif_version", "jfif_unit", "jfif_density", "progressive", "progression",
            }  # fmt: skip
        assert b"Secret phone" not in one
        assert b"at home" not in one


@pytest.mark.parametrize(("turned", "left"), [(1, "red"), (3, "blue"), (6, None)])
def test_photo_is_turned_upright(turned, left):
    """A phone held upright says so in a note beside the pixels, which goes."""
    picture = Image.new("RGB", (80, 40), "red")
    picture.paste("blue", (40, 0, 80, 40))
    out, exif = BytesIO(), Image.Exif()
    exif[TURNED] = turned
    picture.save(out, "JPEG", exif=exif, quality=95)
    made = photos.read(out.getvalue())
    with opened(made.large) as large:
        if left is None:
            assert large.size == (40, 80)
        else:
            red, _green, blue = large.getpixel((10, 20))
            assert (red > blue) is (left == "red")


def test_clear_parts_become_white():
    out = BytesIO()
    Image.new("RGBA", (20, 20), (255, 0, 0, 0)).save(out, "PNG")
    with opened(photos.read(out.getvalue()).large) as large:
        assert min(large.getpixel((10, 10))) > 250


@pytest.mark.parametrize("profile", ["good", "broken"])
def test_colours_of_another_space_are_read(profile):
    good = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = photo("green", icc_profile=good if profile == "good" else b"no profile at all")
    with opened(photos.read(data).large) as large:
        assert "icc_profile" not in large.info
        assert all(abs(a - b) < 6 for a, b in zip(large.getpixel((5, 5)), GREEN, strict=True))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
def test_every_way_to_keep_colours_is_read(mode):
    out = BytesIO()
    blank = Image.new("RGB", (9, 9)).convert("L" if mode == "I;16" else mode)
    (Image.new(mode, (9, 9)) if mode == "I;16" else blank).save(out, "PNG")
    assert photos.read(out.getvalue()).width == 9


def test_ink_colours_are_read():
    out = BytesIO()
    Image.new("CMYK", (9, 9)).save(out, "JPEG")
    assert photos.read(out.getvalue()).width == 9


@pytest.mark.parametrize("width", [256, 5120], ids=["as it is", "made smaller"])
@pytest.mark.parametrize("clear", [None, 65_535], ids=["", "with a clear grey"])
def test_grey_of_16_bits_keeps_its_greys(width, clear):
    ramp = b"".join((x * 65_535 // (width - 1)).to_bytes(2, "little") for x in range(width))
    out, chosen = BytesIO(), {} if clear is None else {"transparency": clear}
    Image.frombytes("I;16", (width, 64), ramp * 64).save(out, "PNG", **chosen)
    with opened(out.getvalue()) as sent:
        assert sent.mode == "I;16"
    with opened(photos.read(out.getvalue()).large) as large:
        for part in range(1, 8):
            red, green, blue = large.getpixel((large.width * part // 8, large.height // 2))
            assert red == green == blue
            assert abs(red - 32 * part) < 4


def test_moving_picture_gives_its_first_frame():
    out = BytesIO()
    first, second = Image.new("RGB", (9, 9), "green"), Image.new("RGB", (9, 9), "red")
    first.save(out, "WEBP", save_all=True, append_images=[second])
    with opened(photos.read(out.getvalue()).large) as large:
        assert large.getpixel((4, 4))[1] > large.getpixel((4, 4))[0]


def test_same_file_has_the_same_digest_and_another_has_another():
    red = photo("red")
    assert photos.read(red).digest == photos.read(red).digest
    assert photos.read(red).digest != photos.read(photo("blue")).digest


def test_bomb_is_refused_before_it_is_unpacked():
    """65,000 x 65,000 pixels would be 12 GB."""
    bomb = png(65_000, 65_000, (b"IDAT", zlib.compress(bytes(1_000_000))))
    assert len(bomb) < 10_000
    assert problem(bomb) is PhotoProblem.TOO_MANY_PIXELS


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_picture_that_must_be_read_whole_is_refused_from_24_million_pixels(kind):
    """A quarter of a megabyte of one colour would stand in the memory as hundreds."""
    assert photos.read(photo(size=(6000, 4000), kind=kind)).width == photos.LARGE[0]
    with pytest.raises(UnreadablePhoto) as caught:
        photos.read(photo(size=(6001, 4000), kind=kind))
    assert caught.value.problem is PhotoProblem.TOO_MANY_PIXELS
    assert caught.value.pixels_max == 24_000_000


def test_large_jpeg_is_taken_for_it_is_read_small():
    assert photos.read(photo(size=(8000, 6000))).width == photos.LARGE[0]


def test_words_packed_into_a_picture_do_not_fill_the_memory():
    words = b"k\0\0" + zlib.compress(bytes(5_000_000))
    assert problem(png(4, 4, (b"zTXt", words))) is PhotoProblem.DAMAGED


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", PhotoProblem.EMPTY),
        (b"hello, I am a text called pot.jpg", PhotoProblem.NO_PHOTO),
        (bytes(photos.BYTES_MAX + 1), PhotoProblem.TOO_LARGE),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", PhotoProblem.HEIC),
        (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", PhotoProblem.HEIC),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>', PhotoProblem.NO_PHOTO),
        (b"<!doctype html><script>alert(1)</script>", PhotoProblem.NO_PHOTO),
        (b"GIF89a\1\0\1\0\0\0\0;", PhotoProblem.NO_PHOTO),
        (b"%PDF-1.7", PhotoProblem.NO_PHOTO),
        (b"PK\3\4" + bytes(60), PhotoProblem.NO_PHOTO),
        (photo(size=(200, 200))[:600], PhotoProblem.DAMAGED),
        (photo()[:20], PhotoProblem.NO_PHOTO),
        (png(4, 4), PhotoProblem.DAMAGED),
        (png(0, 4), PhotoProblem.NO_PHOTO),
        (photo(kind="WEBP")[:30], PhotoProblem.DAMAGED),
    ],
    ids=lambda value: getattr(value, "value", repr(value)[:24]),
)
def test_what_is_no_photo_is_refused_by_name(data, expected):
    assert problem(data) is expected


@given(
    whole=st.sampled_from([photo(kind=kind) for kind in ("JPEG", "PNG", "WEBP")]),
    cuts=st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=6)), max_size=6),
)
def test_damaged_file_is_read_or_refused_but_never_fails(whole, cuts):
    data = bytearray(whole)
    for at, bytes_ in cuts:
        place = int(at * len(data))
        data[place : place + len(bytes_)] = bytes_
    with suppress(UnreadablePhoto):
        assert photos.read(bytes(data)).large
