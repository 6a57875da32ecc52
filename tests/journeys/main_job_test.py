"""The main job from the first page to the exported list, in a real browser on the served product.

Nothing is seeded: an owner sets the shop up, logs two contacts, pastes a group chat, is told by a
robot, answers, logs time past a limit, imports orders and sends a list. The robot is a server of
its own; the clock is the real one.
"""

import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.databases import free_port
from tests.fakes.robots import FakeRobots
from tests.rules.shop_orders_samples import as_csv, as_xlsx, order_cells

ROOT = Path(__file__).resolve().parents[2]
ZONE = ZoneInfo("Asia/Shanghai")
PASSWORD = "long enough 1"
PHONE = "13800000142"
PATIENCE = 20
DUE_TO_RECEIVED = 3.0
"""Seconds within which an alert must arrive after it was due."""
HALF, DUE = timedelta(minutes=2, seconds=30), timedelta(minutes=5)
"""First warning and deadline of the first sign of life in an urgent public complaint."""


@pytest.fixture
def robots() -> Iterator[FakeRobots]:
    with FakeRobots() as fake:
        yield fake


@pytest.fixture
def address(fresh_database: Callable[[], str], robots: FakeRobots, tmp_path: Path) -> Iterator[str]:
    """The product as `shuke serve` starts it, web and worker, over an empty database."""
    port = free_port()
    environ = {
        **os.environ,
        "SHUKE_DATA_DIR": str(tmp_path / "data"),
        "SHUKE_DATABASE_URL": fresh_database(),
        "SHUKE_ALLOWED_WEBHOOK_HOSTS": robots.host,
        "SHUKE_BASE_URL": f"http://127.0.0.1:{port}",
    }
    command = [sys.executable, "-m", "crm.cli", "serve", "--port", str(port)]
    with (tmp_path / "serve.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=log, stderr=log)
        try:
            _wait_for_ticks(f"http://127.0.0.1:{port}/healthz")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(PATIENCE)


def _wait_for_ticks(url: str) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                answer.read()
                return
        except OSError:
            time.sleep(0.2)
    raise AssertionError("the product did not begin to tick")


@pytest.fixture
def phone(browser: Browser, address: str) -> Iterator[Page]:
    """A phone's browser, 360 points wide."""
    context = browser.new_context(
        viewport={"width": 360, "height": 600}, locale="zh-CN", base_url=address
    )
    context.set_default_timeout(PATIENCE * 1000)
    yield context.new_page()
    context.close()


def test_main_job_from_first_use_to_exported_list(
    phone: Page, robots: FakeRobots, tmp_path: Path
) -> None:
    _set_up(phone)
    chen = _log_contacts(phone)
    _connect_robot(phone, robots)
    said_at, due_at = _paste_complaint(phone)
    _be_told(robots, due_at)
    _answer(phone, said_at)
    _log_time(phone, chen)
    _import_orders(phone, tmp_path)
    _see_loyalty(phone, chen)
    _send_list(phone)


def _press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).first.click()
    page.wait_for_load_state()


def _set_up(page: Page) -> None:
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_have_text("第一次使用")
    for label, value in (
        ("店名", "锦禾女装"),
        ("第一家门店", "人民路店"),
        ("你的名字", "阿俊"),
        ("用户名", "ajun"),
        ("密码", PASSWORD),
    ):
        page.get_by_label(label, exact=True).fill(value)
    _press(page, "建好，开始用")
    expect(page.get_by_role("heading", level=1)).to_have_text("顾客")


def _log_contacts(page: Page) -> str:
    """Log two contacts who moved from the store, with consent; find one by name and phone tail."""
    for name, number in (("陈姐", PHONE), ("李姐", "13800000391")):
        page.goto("/contacts/new")
        page.get_by_label("怎么称呼", exact=True).fill(name)
        page.get_by_label("手机（可不填）", exact=True).fill(
            f"{number[:3]} {number[3:7]} {number[7:]}"
        )
        page.locator("select[name=moved]").select_option(index=1)
        page.locator("label.chip:has(input[name=consent_basis][value=consent])").click()
        _press(page, "保存")
    for query in ("陈姐", "0142", "cj"):
        page.goto("/contacts")
        page.get_by_role("searchbox").fill(query)
        _press(page, "搜索")
        expect(page.get_by_role("link", name="陈姐").first).to_be_visible()
        expect(page.get_by_role("link", name="李姐")).to_have_count(0)
    page.get_by_role("link", name="陈姐").first.click()
    expect(page.get_by_text("138****0142")).to_be_visible()
    assert PHONE not in page.content()
    return page.url


def _connect_robot(page: Page, robots: FakeRobots) -> None:
    page.goto("/settings/alerts")
    page.get_by_label("企业微信机器人地址").fill(robots.wecom())
    _press(page, "发一条试试")
    expect(page.get_by_text("成功").first).to_be_visible()
    assert robots.accepted
    assert robots.wecom() not in page.content()


def _paste_complaint(page: Page) -> tuple[datetime, datetime]:
    """Paste a chat in which the next warning or the deadline is soon; return said and due."""
    page.goto("/groups")
    page.get_by_role("link", name="加群").first.click()
    page.get_by_label("群名", exact=False).first.fill("人民路 2 群")
    _press(page, "保存")
    page.get_by_role("link", name="粘贴聊天记录").click()
    now = datetime.now(ZONE)
    minute = now.replace(second=0, microsecond=0)
    soon = now.second < 15
    said_at = minute - timedelta(minutes=2 if soon else 4)
    before = said_at - timedelta(minutes=3)
    page.get_by_role("textbox", name="聊天记录").fill(
        f"阿莲 {before:%Y/%-m/%-d %-H:%M}\n这件还有 M 码吗？\n\n"
        f"陈姐 {said_at:%Y/%-m/%-d %-H:%M}\n收到的裙子吊牌不对，是不是假货？质量太差了，要退款\n"
    )
    _press(page, "预览导入")
    expect(page.get_by_text("识别到 2 条消息")).to_be_visible()
    expect(page.get_by_text("陈姐（人民路店）")).to_be_visible()
    _press(page, "导入 2 条")
    expect(page.get_by_role("link", name="客诉 #1")).to_be_visible()
    _paste_again_as_mail(page, before, said_at)
    return said_at, said_at + (HALF if soon else DUE)


def _paste_again_as_mail(page: Page, before: datetime, said_at: datetime) -> None:
    """The same stretch, sent from a phone by mail, brings only its new line."""
    days = [f"—————  {one:%Y-%m-%d}  —————\n\n\n" for one in (before, said_at)]
    first, second = days[0], "" if days[0] == days[1] else days[1]
    page.get_by_role("link", name="粘贴聊天记录").click()
    page.get_by_role("textbox", name="聊天记录").fill(
        "微信群“人民路 2 群”的聊天记录如下:\n\n"
        f"{first}阿莲  {before:%H:%M}\n\n这件还有 M 码吗？\n\n"
        f"{second}陈姐  {said_at:%H:%M}\n\n收到的裙子吊牌不对，是不是假货？质量太差了，要退款\n\n"
        f"阿云  {said_at:%H:%M}\n\n几点开播\n"
    )
    _press(page, "预览导入")
    expect(page.get_by_text("2 条已导过")).to_be_visible()
    _press(page, "导入 1 条")


def _be_told(robots: FakeRobots, due_at: datetime) -> None:
    """The robot's message for what falls due must arrive within three seconds of it."""
    end = due_at.timestamp() + DUE_TO_RECEIVED
    while time.time() < end:
        late = [r for r in robots.accepted if r.at >= due_at.timestamp() and "#1" in r.text]
        if late:
            waited = late[0].at - due_at.timestamp()
            assert waited <= DUE_TO_RECEIVED
            assert "陈姐" not in late[0].text
            assert "人民路 2 群" in late[0].text
            return
        time.sleep(0.02)
    told = [(round(r.at - due_at.timestamp(), 2), r.text) for r in robots.accepted]
    raise AssertionError(f"nothing arrived by {DUE_TO_RECEIVED} s after it was due: {told}")


def _answer(page: Page, said_at: datetime) -> None:
    page.goto("/inbox")
    expect(page.get_by_text("#1").first).to_be_visible()
    page.goto("/today")
    page.get_by_role("link", name="去处理").first.click()
    page.get_by_label("回复内容").fill("陈姐您好，这件拿错了，马上给您换")
    _press(page, "已在群里回复，停止计时")
    expect(page.get_by_text("首次回复，用时").first).to_be_visible()
    expect(page.get_by_role("button", name="已在群里回复，停止计时")).to_have_count(0)


def _log_time(page: Page, contact: str) -> None:
    """One tap logs three minutes; past the limit the log is taken, and a reason asked for."""
    page.goto(contact)
    _press(page, "微信聊")
    expect(page.get_by_text("3 / 30 分钟")).to_be_visible()
    for minutes in ("20 分钟", "10 分钟"):
        page.goto(f"/log?who={contact.rsplit('/', 1)[1]}")
        chip = page.get_by_role("radio", name=minutes, exact=True)
        chip.evaluate("chip => chip.scrollIntoView({block: 'center'})")  # above the save bar
        chip.check()
        page.get_by_role("button", name="保存").click()
        page.wait_for_url("**/today*")
    page.goto(contact)
    expect(page.get_by_text("33 / 30 分钟")).to_be_visible()
    page.goto("/today")
    expect(page.get_by_text("说一下原因").first).to_be_visible()


def _import_orders(page: Page, folder: Path) -> None:
    """Three months of orders as csv (GB18030), then the same file as xlsx: nothing changes."""
    today = datetime.now(ZONE)
    rows = []
    for number, days in enumerate((200, 120, 40)):
        ordered = today - timedelta(days=days)
        changes = {
            "收件人手机": PHONE,
            "订单下单时间": f"{ordered:%Y-%m-%d %H:%M:%S}",
            "支付时间": f"{ordered:%Y-%m-%d %H:%M:%S}",
            "企业微信加密id": "",
        }
        rows.append(order_cells(f"37070000000000{number}", **changes))
    other = {**rows[0], "订单号": "370700000000009", "收件人手机": "13800000391"}
    rows.append(other)
    for name, data, words in (
        ("orders.csv", as_csv(rows, "gb18030"), "新订单 4，有变化 0，没变化 0"),
        ("orders.xlsx", as_xlsx(rows), "新订单 0，有变化 0，没变化 4"),
    ):
        path = folder / name
        path.write_bytes(data)
        page.goto("/settings/data")
        page.get_by_label("选择文件").set_input_files(path)
        _press(page, "预览导入")
        page.get_by_role("button", name="个订单").first.click()
        _wait_for_file(page, words)


def _wait_for_file(page: Page, words: str) -> None:
    until = time.monotonic() + PATIENCE
    while not page.get_by_text(words).count() and time.monotonic() < until:
        time.sleep(0.3)
        page.reload()
    expect(page.get_by_text(words)).to_be_visible()


def _see_loyalty(page: Page, contact: str) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        page.goto(contact)
        if page.get_by_text("忠诚：3 次").count():
            break
        time.sleep(0.5)
    expect(page.get_by_text("忠诚：3 次").first).to_be_visible()
    expect(page.get_by_text("12 个月").first).to_be_attached()


def _send_list(page: Page) -> None:
    """The complainer is left out with the reason; words are checked; the list goes out as csv."""
    page.goto("/campaigns")
    _press(page, "新建名单")
    expect(page.get_by_text("客诉没结 1")).to_be_visible()
    page.goto(page.url.split("?")[0] + "?step=copy")
    page.get_by_label("文案").fill("{name}，新款全网最低价")
    _press(page, "检查用语")
    expect(page.get_by_role("alert").get_by_text("不能用").first).to_be_visible()
    page.get_by_label("文案").fill("{name}，您上次的裙子出了新色")
    _press(page, "检查用语")
    page.goto(page.url.split("?")[0] + "?step=tasks")
    page.get_by_role("link", name="派给店长").click()
    _press(page, "确认派发")
    page.goto(page.url.split("?")[0] + "?step=tasks")
    page.get_by_role("link", name="导出（号码遮住）").click()
    with page.expect_download() as download:
        _press(page, "确认导出")
    text = Path(download.value.path()).read_text("utf-8-sig")
    assert text.splitlines()[0] == "contact_id,name,phone_masked,store,owner,reason,copy"
    assert "陈姐" not in text
    assert PHONE not in text
