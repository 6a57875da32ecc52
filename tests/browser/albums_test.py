"""Albums on a phone: a dozen photos at once, nothing lost, nothing twice; what customers see."""

import re
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import FilePayload, Page, Route, expect

from tests.browser import checks
from tests.browser.visits import Visit, Visits

HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"
COUNT = 12
TURNED = 0x0112


@pytest.fixture(scope="module")
def shots(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """A dozen photos as a phone makes them: large, on their side, with a place in them."""
    folder = tmp_path_factory.mktemp("shots")
    paths = [folder / f"IMG_{number:04}.jpg" for number in range(COUNT)]
    for number, path in enumerate(paths):
        picture = Image.effect_noise((1400, 1050), 60).convert("RGB")
        ImageDraw.Draw(picture).rectangle((100, 100, 500, 500), fill=(number * 20, 60, 40))
        exif = Image.Exif()
        exif[TURNED] = 6
        exif[0x010E] = "at home"
        picture.save(path, quality=95, exif=exif)
    return paths


@pytest.fixture
def album(visit: Visit) -> Page:
    """A new album, opened by the manager."""
    page = visit("/albums")
    page.get_by_role("link", name="新图册").click()
    page.get_by_role("button", name="建好，去放照片").click()
    page.wait_for_url(re.compile(r"/albums/\d+$"))
    page.wait_for_selector("html[data-ready='1']")
    return page


def choose(page: Page, *paths: Path) -> None:
    page.get_by_label("放照片").set_input_files([str(path) for path in paths])


def said(page: Page, text: str) -> None:
    expect(page.locator("[data-photos-said]")).to_have_text(text, timeout=90_000)


def numbers(page: Page) -> list[str]:
    return page.locator("#album-photos .photos a").all_inner_texts()


def test_dozen_photos_go_in_at_once_although_an_answer_is_lost(
    album: Page, shots: list[Path], tmp_path: Path
) -> None:
    bad = tmp_path / "IMG_bad.jpg"
    bad.write_bytes(HEIC)
    sent: list[bytes] = []

    def lose_the_third_answer(route: Route) -> None:
        sent.append(route.request.post_data_buffer or b"")
        if len(sent) == 3:
            route.fetch()  # the server keeps it, the phone never hears of it
            route.abort()
        else:
            route.continue_()

    album.route("**/photos", lose_the_third_answer)
    choose(album, *shots[:5], bad, *shots[5:])
    said(album, f"放进了 {COUNT} 张 · 1 张没放进")
    assert len(sent) == COUNT + 2  # the bad one, and one twice
    assert numbers(album) == [f"第 {n} 张" for n in range(1, COUNT + 1)]
    expect(album.locator("[data-photos-refused]")).to_contain_text("IMG_bad.jpg：这是 HEIC 照片")
    assert checks.overflow(album, 360, "") == []
    for body in sent:  # what leaves the phone is small, and says no place
        assert len(body) < shots[0].stat().st_size
        assert b"at home" not in body

    choose(album, *shots)
    said(album, f"{COUNT} 张已经在图册里")
    assert len(numbers(album)) == COUNT


def test_words_come_behind_the_photos_that_they_are_about(album: Page, shots: list[Path]) -> None:
    def slow(route: Route) -> None:
        if route.request.resource_type == "fetch":
            album.wait_for_timeout(1000)
        route.continue_()

    album.route(re.compile(r"/albums/\d+$"), slow)
    choose(album, *shots[:2])
    said(album, "放进了 2 张")
    assert numbers(album) == ["第 1 张", "第 2 张"]


def test_photo_is_upright_after_the_phone_made_it_smaller(album: Page, shots: list[Path]) -> None:
    choose(album, shots[0])
    said(album, "放进了 1 张")
    answer = album.request.get(album.url + "/../" + _large(album))
    with Image.open(BytesIO(answer.body())) as picture:
        assert picture.height > picture.width


def _large(page: Page) -> str:
    href = page.locator("#album-photos .photos a").first.get_attribute("href") or ""
    return href.removeprefix("/albums/")


def test_without_network_photos_wait_on_the_phone_and_go_up_later(
    album: Page, shots: list[Path]
) -> None:
    album.context.set_offline(True)
    choose(album, *shots[:2])
    said(album, "没有网络，照片还在手机里，联网后接着传（还有 2 张）。别关这一页")
    album.context.set_offline(False)
    said(album, "放进了 2 张")
    assert len(numbers(album)) == 2


def test_who_was_signed_out_is_told_and_nothing_is_twice(album: Page, shots: list[Path]) -> None:
    choose(album, shots[0])
    said(album, "放进了 1 张")
    album.context.clear_cookies(name="shuke")
    choose(album, shots[1])
    said(album, "登录过期了。重新登录后再选一次，已经放进的不会重复")


def answer_once_with(page: Page, at: int, status: int, times: int = 1) -> None:
    """Let the upload number `at`, and as many more as wanted of that file, be answered so."""
    sent: list[bytes] = []

    def deal(route: Route) -> None:
        body = (route.request.post_data_buffer or b"").split(b"Content-Type: image", 1)[1][:9000]
        sent.append(body)
        if len(sent) >= at and body == sent[at - 1] and sent.count(body) <= times:
            route.fulfill(status=status, content_type="text/html", body="<title>no</title>")
        else:
            route.continue_()

    page.route("**/photos", deal)


@pytest.mark.parametrize(
    ("status", "times", "last", "line"),
    [
        (500, 1, "放进了 3 张", ""),
        (500, 9, "放进了 2 张 · 1 张没放进", "IMG_0000.jpg：服务器没收下"),
        (200, 1, "放进了 3 张", ""),
        (413, 9, "放进了 2 张 · 1 张没放进", "IMG_0000.jpg：照片太大"),
    ],
    ids=["fails once", "always fails", "foreign network", "proxy"],
)
def test_photo_that_the_server_does_not_take_holds_no_other_back(
    album: Page, visits: Visits, shots: list[Path], status: int, times: int, last: str, line: str
) -> None:
    visits.expected.append(f"status of {status}")
    answer_once_with(album, 1, status, times)
    choose(album, *shots[:3])
    said(album, last)
    expect(album.locator("[data-photos-refused]")).to_contain_text(line)
    expect(album.locator("#album-photos .photos a")).to_have_count(2 if line else 3)


@pytest.mark.parametrize(
    ("status", "words"),
    [(404, "图册不在了"), (400, "登录过期了"), (401, "登录过期了")],
)
def test_what_went_up_before_the_stop_is_said_and_shown(
    album: Page, visits: Visits, shots: list[Path], status: int, words: str
) -> None:
    visits.expected.append(f"status of {status}")
    answer_once_with(album, 3, status)
    choose(album, *shots[:4])
    expect(album.locator("[data-photos-said]")).to_contain_text(words)
    expect(album.locator("[data-photos-said]")).to_contain_text("放进了 2 张 · ")
    expect(album.locator("#album-photos .photos a")).to_have_count(2)


def test_without_script_the_form_sends_all_at_once(visit: Visit, shots: list[Path]) -> None:
    page = visit("/albums/new", java_script_enabled=False)
    page.get_by_role("button", name="建好，去放照片").click()
    choose(page, *shots[:2])
    page.get_by_role("button", name="上传").click(timeout=60_000)
    expect(page.get_by_role("status").filter(has_text="放进了 2 张")).to_be_visible()
    assert len(numbers(page)) == 2


def test_link_is_copied_with_one_tap_and_opens_without_sign_in(
    album: Page, visit: Visit, shots: list[Path]
) -> None:
    choose(album, *shots[:2])
    said(album, "放进了 2 张")
    button = album.get_by_role("button", name="复制链接")
    button.click()
    expect(album.get_by_role("button", name="已复制，去微信粘贴")).to_be_visible()
    link = album.locator("#share-link").input_value()
    customer = visit(_path(link), "")
    customer.get_by_role("link", name="第 2 张").click()
    expect(customer.get_by_role("heading", level=1)).to_contain_text("第 2 张")
    assert customer.locator("img").evaluate("one => one.decode().then(() => one.naturalWidth)") > 0
    customer.get_by_role("link", name="上一张").click()
    customer.get_by_role("link", name="全部照片").click()
    expect(customer.get_by_role("link", name="第 1 张")).to_be_visible()

    album.get_by_text("改期限、收回链接").click()
    album.get_by_role("button", name="收回链接").click()
    expect(album.get_by_role("button", name="撤销")).to_be_visible()
    assert customer.request.get(link).status == 410
    album.get_by_role("button", name="撤销").click()
    expect(album.get_by_role("button", name="复制链接")).to_be_visible()
    assert customer.request.get(link).status == 200


@pytest.mark.parametrize("path", ["/albums", "/albums/new", "{own}", "{link}", "{link}/photo/1"])
def test_page_passes_the_checks_of_every_page(album: Page, visit: Visit, path: str) -> None:
    picture = BytesIO()
    Image.new("RGB", (400, 300), "sienna").save(picture, "PNG")
    file: FilePayload = {"name": "a.png", "mimeType": "image/png", "buffer": picture.getvalue()}
    album.get_by_label("放照片").set_input_files(file)
    said(album, "放进了 1 张")
    link = album.locator("#share-link").input_value()
    there = path.format(own=_path(album.url), link=_path(link))
    page = visit(there, "" if "{link}" in path else "manager")
    page.wait_for_selector("html[data-ready='1']")
    assert checks.axe(page) == []
    assert checks.focus_faults(page) == []
    for language in ("zh", "en"):
        page.goto(f"{page.url.partition('?')[0]}?lang={language}")
        assert checks.small_targets(page) == []
        assert checks.overflow(page, 320, "") + checks.overflow(page, 360, "xl") == []


def _path(url: str) -> str:
    return url[url.index("/", len("http://")) :]


def test_customer_s_first_view_is_light(album: Page, visit: Visit, shots: list[Path]) -> None:
    """The page itself keeps the budget of every page; each small picture is a fraction of one."""
    choose(album, *shots)
    said(album, f"放进了 {COUNT} 张")
    link = album.locator("#share-link").input_value()
    customer = visit("/login", "")
    sizes: dict[str, int] = {}
    customer.on("response", lambda one: sizes.setdefault(one.url, len(one.body())))
    customer.goto(link)
    customer.wait_for_load_state("networkidle")
    small = [size for url, size in sizes.items() if url.endswith("-small.jpg")]
    assert 6 <= len(small) <= COUNT
    assert max(small) < 30_000
    assert not [url for url in sizes if url.endswith(".jpg") and not url.endswith("-small.jpg")]
