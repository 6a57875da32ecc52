"""Albums on the pages of the shop: made, filled, shared, taken back; another store sees none."""

from datetime import timedelta
from io import BytesIO

import pytest
from sqlalchemy import select

from crm.accounts.rules import Role
from crm.albums import queries
from crm.albums.models import Album
from crm.albums.rules import DAYS_MAX, NAME_MAX, PHOTOS_MAX
from crm.audit.models import AuditEntry
from crm.integrations.formats.photos import BYTES_MAX
from tests.factories.albums import make_album, photo, put_in
from tests.factories.stores import make_staff, make_store

JSON = {"Accept": "application/json"}


@pytest.fixture(autouse=True)
def noise(session, settings):
    """Another store's album, with a photo and an open link."""
    other = make_album(session, "别家的图册", make_store(session, "中山路店"))
    put_in(session, other, settings.albums_dir, "black")
    return other


def files(*named):
    return [(BytesIO(data), name) for name, data in named]


def send(page, album, *named, status=303, headers=None):
    data = {"photos": files(*named)}
    return page.post(f"/albums/{album.id}/photos", data, status, headers=headers)


def shown(session, album):
    return [(one.number, one.digest[:6]) for one in queries.photos_of(session, album.id)]


def test_album_is_made_with_two_taps_and_shows_its_link(page, session, store):
    page.get("/albums").link("新图册")
    form = page.get("/albums/new")
    page.submit(form, "建好，去放照片")
    album = session.scalars(select(Album).order_by(Album.id.desc()).limit(1)).one()
    assert (album.name, album.store_id) == ("6 月 18 日的新品", store.id)
    made = page.get(page.location)
    assert made.h1 == "6 月 18 日的新品"
    assert made.one("input", id="share-link").get("value").endswith(f"/share/{album.token}")
    made.one("button", "复制链接")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": " "}, "给图册起个名字"),
        ({"name": "壶" * (NAME_MAX + 1)}, f"最多 {NAME_MAX} 个字"),
        ({"name": "\x00\u200b"}, "给图册起个名字"),
        ({"days": "0"}, f"写 1 到 {DAYS_MAX}"),
        ({"days": str(DAYS_MAX + 1)}, f"写 1 到 {DAYS_MAX}"),
        ({"days": "九十"}, f"写 1 到 {DAYS_MAX}"),
        ({"days": "9" * 30}, f"写 1 到 {DAYS_MAX}"),
        ({"days": ""}, f"写 1 到 {DAYS_MAX}"),
        ({"store_id": "987654"}, "选一家门店"),
        ({"store_id": "x"}, "选一家门店"),
    ],
)
def test_wrong_album_is_explained_and_what_was_typed_stays(page, store, change, words):
    typed = {"name": "新壶", "days": "3", "store_id": str(store.id)} | change
    got = page.post("/albums", typed, 422)
    assert words in got.text
    if "days" in change:
        assert got.one("input", id="name").get("value") == "新壶"
        assert got.one("input", id="days").get("value") == change["days"]


def test_album_of_another_store_cannot_be_made(page, session, noise):
    page.post("/albums", {"name": "新壶", "days": "3", "store_id": str(noise.store_id)}, 422)
    assert len(session.scalars(select(Album)).all()) == 1


def test_many_photos_go_in_at_once_in_their_order(page, session, album):
    send(page, album, *((f"{n}.jpg", photo(c)) for n, c in enumerate(("red", "green", "blue"))))
    assert [number for number, _digest in shown(session, album)] == [1, 2, 3]
    assert "放进了 3 张" in page.get(page.location).text


def test_bad_photo_does_not_keep_the_others_out(page, session, album):
    got = send(
        page, album, ("a.jpg", photo("red")), ("坏.jpg", b"no photo"), ("b.jpg", photo("blue")),
        status=422,
    )  # fmt: skip
    assert [number for number, _digest in shown(session, album)] == [1, 2]
    assert "坏.jpg：不是照片" in got.text
    assert got.title.startswith("错误：")
    assert "放进了 2 张" in got.text


def test_same_file_is_never_two_photos(page, session, album):
    send(page, album, ("a.jpg", photo("red")), ("again.jpg", photo("red")))
    send(page, album, ("later.jpg", photo("red")))
    assert len(shown(session, album)) == 1
    assert "1 张已经在图册里" in page.get(page.location).text


def test_script_hears_what_became_of_its_photo(page, album):
    send(page, album, ("a.jpg", photo()), status=200, headers=JSON)
    assert page.response.json == {"photos": [{"number": 1, "known": False}], "errors": {}}
    send(page, album, ("a.jpg", photo()), status=200, headers=JSON)
    assert page.response.json == {"photos": [{"number": 1, "known": True}], "errors": {}}
    send(page, album, ("a.jpg", b"x"), status=422, headers=JSON)
    assert "a.jpg" in page.response.json["errors"]["photos"]


def test_taken_out_photo_comes_back_by_undo_and_by_the_same_file(page, session, album):
    send(page, album, ("a.jpg", photo("red")), ("b.jpg", photo("blue")))
    before = shown(session, album)
    page.submit(page.get(f"/albums/{album.id}"), "拿掉 第 1 张")
    assert shown(session, album) == before[1:]
    page.submit(page.get(page.location), "撤销")
    assert shown(session, album) == before
    page.post(f"/albums/{album.id}/photos/1/remove")
    send(page, album, ("a.jpg", photo("red")))
    assert shown(session, album) == before


def test_number_is_never_given_again(page, session, album):
    send(page, album, ("a.jpg", photo("red")))
    page.post(f"/albums/{album.id}/photos/1/remove")
    send(page, album, ("b.jpg", photo("blue")))
    assert [number for number, _digest in shown(session, album)] == [2]


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("字.jpg", b"I am a text", "不是照片"),
        ("empty.jpg", b"", "文件是空的"),
        ("iphone.heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC"),
        ("drawing.svg", b'<svg xmlns="http://www.w3.org/2000/svg" onload="x()"/>', "不是照片"),
        ("cut.jpg", photo(size=(200, 200))[:600], "坏了"),
        ("../../etc/passwd", b"root:x:0:0", "passwd"),
        ("a" * 4000 + ".jpg", b"x", "aaa.jpg"),
        ("<script>x</script>.jpg", b"x", "<script>x</script>.jpg"),
        ("\x00\ud800.jpg".encode("utf-8", "replace").decode(), b"x", ".jpg"),
    ],
    ids=["text", "empty", "heic", "svg", "cut", "path", "long", "script", "control"],
)
def test_bad_file_is_refused_in_words(page, session, album, name, data, words):
    got = send(page, album, (name, data), status=422)
    assert words in got.text
    assert shown(session, album) == []


@pytest.mark.parametrize("data", [{}, {"photos": "no file"}], ids=["none", "text"])
def test_nothing_chosen_is_said(page, album, data):
    assert "先选照片" in page.post(f"/albums/{album.id}/photos", data, 422).text


def send_raw(page, album, megabytes):
    """A file so large that the test client would leave it open on the disk."""
    body = (
        f'--X\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{page.csrf_token()}\r\n'
        '--X\r\nContent-Disposition: form-data; name="photos"; filename="large.jpg"\r\n\r\n'
    ).encode() + bytes(megabytes * 2**20 + 1)
    return page.client.post(
        f"/albums/{album.id}/photos",
        data=body + b"\r\n--X--\r\n",
        content_type="multipart/form-data; boundary=X",
    )


def test_photo_of_more_than_20_megabytes_is_refused_in_words(page, session, album):
    answer = send_raw(page, album, BYTES_MAX // 2**20)
    assert answer.status_code == 422
    assert "large.jpg：照片超过 20 MB" in answer.text
    assert shown(session, album) == []


def test_request_of_60_megabytes_is_refused(page, album):
    answer = send_raw(page, album, 60)
    assert answer.status_code == 413
    assert "一次最多 50 MB" in answer.text
    assert "一次共 50 MB" in page.get(f"/albums/{album.id}").text


def test_limit_of_pixels_that_is_said_is_that_of_the_picture(page, album):
    got = send(page, album, ("a.png", photo(size=(6001, 4000), kind="PNG")), status=422)
    assert "a.png：照片超过 24 百万像素" in got.text


def test_name_of_a_file_is_never_a_path(page, session, album, settings):
    send(page, album, ("../../../evil.jpg", photo()))
    (row,) = queries.photos_of(session, album.id)
    assert (settings.albums_dir / f"{row.name}.jpg").exists()
    assert not list(settings.data_dir.parent.rglob("evil.jpg"))


def test_full_album_says_so(page, session, album, settings, monkeypatch):
    monkeypatch.setattr("crm.albums.service.photos.PHOTOS_MAX", 1)
    send(page, album, ("a.jpg", photo("red")))
    got = send(page, album, ("b.jpg", photo("blue")), ("a.jpg", photo("red")), status=422)
    assert f"已有 {PHOTOS_MAX} 张" in got.text
    assert "1 张已经在图册里" in got.text
    assert len(shown(session, album)) == 1


def test_photo_does_not_come_back_into_an_album_that_is_full_by_now(
    page, session, album, monkeypatch
):
    monkeypatch.setattr("crm.albums.service.photos.PHOTOS_MAX", 1)
    send(page, album, ("a.jpg", photo("red")))
    page.post(f"/albums/{album.id}/photos/1/remove")
    send(page, album, ("b.jpg", photo("blue")))
    page.post(f"/albums/{album.id}/photos/1/restore")
    assert f"第 1 张：图册已有 {PHOTOS_MAX} 张" in page.get(page.location.partition("#")[0]).text
    assert [number for number, _digest in shown(session, album)] == [2]


def test_picture_is_kept_by_the_phone_and_by_nobody_between(page, session, album, settings):
    (row,) = put_in(session, album, settings.albums_dir, "red")
    for name in (f"{row.name}.jpg", f"{row.name}-small.jpg"):
        with page.client.get(f"/albums/{album.id}/files/{name}") as answer:
            assert answer.mimetype == "image/jpeg"
            assert answer.data.startswith(b"\xff\xd8")
            assert answer.headers["Cache-Control"] == "private, max-age=31536000, immutable"
            assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "name", ["x.jpg", "%00.jpg", "..%2f..%2fsecret.key", "secret.key", "a" * 32 + ".jpg"]
)
def test_file_that_is_no_photo_is_not_found(page, album, name):
    page.get(f"/albums/{album.id}/files/{name}", 404)


def test_lost_file_is_not_found(page, session, album, settings):
    (row,) = put_in(session, album, settings.albums_dir, "red")
    (settings.albums_dir / f"{row.name}.jpg").unlink()
    page.get(f"/albums/{album.id}/files/{row.name}.jpg", 404)
    page.get(f"/albums/{album.id}")


def test_photo_of_another_album_is_not_found_here(page, session, album, noise):
    (row,) = queries.photos_of(session, noise.id)
    page.get(f"/albums/{album.id}/files/{row.name}.jpg", 404)


ROOMS = ["", "/name", "/files/x.jpg"]
ACTS = [
    "/photos", "/photos/1/remove", "/photos/1/restore", "/name", "/link", "/link/withdraw",
    "/link/restore", "/link/renew", "/remove", "/restore",
]  # fmt: skip


@pytest.mark.parametrize("role", [Role.MANAGER, Role.ASSISTANT], ids=lambda role: role.value)
def test_album_of_another_store_is_not_there(page, session, store, noise, role):
    page.sign_in(make_staff(session, role, store))
    assert "别家的图册" not in page.get("/albums").text
    for room in ROOMS:
        page.get(f"/albums/{noise.id}{room}", 404)
    for act in ACTS:
        typed = {"name": "偷来的", "days": "90", "photos": files(("a.jpg", photo("red")))}
        page.post(f"/albums/{noise.id}{act}", typed, 404)
    session.refresh(noise)
    assert (noise.name, noise.removed_at, noise.withdrawn_at) == ("别家的图册", None, None)
    assert len(shown(session, noise)) == 1


@pytest.mark.parametrize("role", [Role.OWNER, Role.LEAD], ids=lambda role: role.value)
def test_who_sees_all_stores_sees_all_albums(page, session, album, noise, role):
    page.sign_in(make_staff(session, role))
    assert {album.name, noise.name} <= set(page.get("/albums").links)
    page.get(f"/albums/{noise.id}")


def test_assistant_of_the_store_fills_its_albums(page, session, store, album):
    page.sign_in(make_staff(session, Role.ASSISTANT, store))
    send(page, album, ("a.jpg", photo()))
    assert len(shown(session, album)) == 1


def test_link_is_taken_back_at_once_and_comes_back_by_undo(page, session, album):
    page.submit(page.get(f"/albums/{album.id}"), "收回链接")
    closed = page.get(page.location)
    assert "链接已收回" in closed.text
    assert closed.all("input", id="share-link") == []
    page.submit(closed, "撤销")
    assert page.get(page.location).one("input", id="share-link").get("value")


def test_new_link_is_another_one(page, session, album):
    old = album.token
    page.post(f"/albums/{album.id}/link/withdraw")
    page.submit(page.get(page.location), "换一个新链接")
    session.refresh(album)
    assert album.token != old
    assert album.withdrawn_at is None


def test_days_are_counted_from_now_also_after_the_end(page, session, album, now):
    album.expires_at = now - timedelta(days=3)
    got = page.get(f"/albums/{album.id}")
    assert "链接到期" in got.text
    page.submit(got, "改期限", days="30")
    session.refresh(album)
    assert timedelta(0) <= album.expires_at - now - timedelta(days=30) < timedelta(minutes=5)


@pytest.mark.parametrize("days", ["", "0", "-1", "91", "x", "1.5", "９９９"])
def test_wrong_days_are_explained(page, session, album, days):
    before = album.expires_at
    got = page.post(f"/albums/{album.id}/link", {"days": days}, 422)
    assert f"写 1 到 {DAYS_MAX}" in got.text
    session.refresh(album)
    assert album.expires_at == before


def test_album_is_renamed(page, session, album):
    form = page.get(f"/albums/{album.id}/name")
    assert form.one("input", id="name").get("value") == album.name
    page.submit(form, "保存", name="新到的壶")
    assert page.get(page.location).h1 == "新到的壶"
    page.post(f"/albums/{album.id}/name", {"name": ""}, 422)


def test_removed_album_comes_back_for_a_day(page, session, album, now):
    page.submit(page.get(f"/albums/{album.id}"), "删掉图册")
    gone = page.get(page.location)
    assert f"删掉了图册「{album.name}」" in gone.text
    page.get(f"/albums/{album.id}", 404)
    page.submit(gone, "撤销")
    page.get(f"/albums/{album.id}")
    album.removed_at = now - timedelta(hours=25)
    page.post(f"/albums/{album.id}/restore")
    assert "照片已经清掉了" in page.get(page.location).text
    page.get(f"/albums/{album.id}", 404)


def test_photo_taken_out_long_ago_does_not_come_back(page, session, album, settings, now):
    (row,) = put_in(session, album, settings.albums_dir, "red")
    row.removed_at = now - timedelta(hours=25)
    page.post(f"/albums/{album.id}/photos/1/restore")
    assert "照片已经清掉了" in page.get(page.location.partition("#")[0]).text
    assert shown(session, album) == []


@pytest.mark.parametrize("number", [0, 2, 2_147_483_647])
def test_photo_that_is_not_there_is_not_found(page, session, album, settings, number):
    put_in(session, album, settings.albums_dir, "red")
    page.post(f"/albums/{album.id}/photos/{number}/remove", status=404)
    page.post(f"/albums/{album.id}/photos/{number}/restore", status=404)


def test_list_goes_on_to_the_next_page(page, session, store, staff, now):
    for number in range(32):
        at = now - timedelta(minutes=number // 2)  # two at the same moment
        make_album(session, f"图册 {number}", store, staff, now=at)
    first = page.get("/albums")
    second = page.get(first.link("下一页"))
    names = [text for got in (first, second) for text in got.links if "图册 " in text]
    assert len(names) == len(set(names)) == 32
    page.get("/albums?cursor=nonsense", 422)


def test_acts_stand_in_the_audit_log(page, session, album):
    page.post(f"/albums/{album.id}/link/withdraw")
    page.sign_in(make_staff(session, Role.OWNER))
    text = page.get("/audit").text
    assert "收回图册链接" in text
    assert f"图册 {album.id}" in text
    subjects = session.scalars(select(AuditEntry.subject)).all()
    assert f"album:{album.id}" in subjects
    assert album.token not in str(session.execute(select(AuditEntry)).all())


def test_link_that_only_the_shop_can_open_is_said(page, album):
    assert "只在店里的网络能打开" in page.get(f"/albums/{album.id}").text
