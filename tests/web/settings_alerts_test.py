"""The settings page of the alert route: addresses go in, come out only as dots, and are tried."""

from datetime import timedelta

import pytest

from crm.accounts.rules import Role
from crm.integrations import gateways as network
from crm.integrations import service
from crm.integrations.models import Channel
from crm.integrations.queries import channels, outside_ping, shop_robot
from crm.integrations.rules import ChannelKind, ChannelState, Level
from tests.factories.alerts import make_channel
from tests.factories.stores import actor_of, make_staff, make_store
from tests.fakes.mail import FakeMail
from tests.fakes.robots import GOOD_KEY, FakeRobots

PATH = "/settings/alerts"


@pytest.fixture
def fake():
    with FakeRobots() as server:
        yield server


@pytest.fixture
def owner(session, page, app, fake):
    make_store(session)
    app.extensions["gateways"] = network.build(allowed_hosts=(fake.host,), base_url="")
    staff = make_staff(session, Role.OWNER)
    page.sign_in(staff)
    return actor_of(session, staff)


def test_page_says_who_hears_when_and_leads_to_the_ladder(page, owner):
    got = page.get(PATH)
    assert "50% → " in got.text
    assert "100% → " in got.text
    assert got.link("改步骤和对象") == "/settings/deadlines/ladder"


# The WeCom robot


def test_robot_is_saved_and_its_address_never_shown_again(page, session, owner, fake):
    got = page.submit(page.get(PATH), "保存", wecom_url=fake.wecom())
    assert page.location == PATH
    got = page.get(PATH)
    body = page.response.get_data(as_text=True)
    assert GOOD_KEY not in body
    assert got.one("input", name="wecom_url").get("placeholder") == "••••"
    assert service.open_route(shop_robot(session)).url == fake.wecom()


def test_saving_an_empty_address_keeps_the_one_there_is(page, session, owner, fake):
    make_channel(session, owner, url=fake.wecom())
    page.submit(page.get(PATH), "保存")
    assert service.open_route(shop_robot(session)).url == fake.wecom()


def test_saving_an_empty_address_without_a_robot_says_what_to_do(page, owner):
    got = page.submit(page.get(PATH), "保存", status=422)
    assert "粘贴机器人的地址" in got.text


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("https://127.0.0.1/cgi-bin/webhook/send?key=k", "官方地址"),
        ("https://169.254.169.254/latest", "官方地址"),
        ("https://qyapi.weixin.qq.com.evil.example/", "官方地址"),
        ("http://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=k", "https://"),
        ("6f2a1c9e-0000", "不像一个地址"),
        ("https://qyapi.weixin.qq.com/" + "k" * 500, "最多 500 个字符"),
    ],
)
def test_address_that_cannot_be_is_refused_in_words_and_kept(page, session, owner, url, words):
    got = page.submit(page.get(PATH), "保存", status=422, wecom_url=url)
    assert words in got.text
    assert got.title.startswith("错误：")
    assert got.one("input", name="wecom_url").get("value") == url
    assert channels(session) == []


def test_trying_says_that_it_arrived_and_when(page, session, owner, fake):
    make_channel(session, owner, url=fake.wecom())
    page.submit(page.get(PATH), "发一条试试")
    got = page.get(PATH)
    assert "已送到" in got.text
    assert "最近一次：20:22 成功" in got.text
    assert "测试消息" in fake.accepted[0].text


def test_trying_a_new_address_saves_it_first(page, session, owner, fake):
    page.submit(page.get(PATH), "发一条试试", wecom_url=fake.wecom())
    assert len(fake.accepted) == 1
    assert shop_robot(session).state is ChannelState.OK


@pytest.mark.parametrize(
    ("fault", "code", "words"),
    [
        ({"code": 93000}, "93000", "这个机器人不存在（93000）"),
        ({"code": 45009}, "45009", "发得太快（45009）"),
        ({"code": 40058}, "40058", "对方回了 40058"),
        ({"body": b"<html>"}, "not_json", "地址是不是复制全了"),
        ({"status": 500}, "http_500", "对方回了 http_500"),
        ({"reset": True}, "unreachable", "连不上对方"),
    ],
)
def test_trying_reads_the_vendors_code(page, session, owner, fake, fault, code, words):
    make_channel(session, owner, url=fake.wecom())
    fake.fail(**fault)
    page.submit(page.get(PATH), "发一条试试")
    got = page.get(PATH)
    assert words in got.text
    assert "没送到" in got.text
    assert shop_robot(session).last_code == code


def test_robot_that_is_gone_is_off_until_it_gets_a_new_address(page, session, owner, fake):
    make_channel(session, owner, url=fake.wecom(key="gone"))
    page.submit(page.get(PATH), "发一条试试")
    assert "已停用" in page.get(PATH).text
    page.submit(page.get(PATH), "发一条试试", wecom_url=fake.wecom())
    assert "已停用" not in page.get(PATH).text
    assert len(channels(session)) == 1


def test_trying_holds_no_transaction_open(page, session, factory, owner, fake):
    channel = make_channel(session, owner, url=fake.wecom())
    seen = []

    def write(_request):
        with factory() as other, other.begin():
            other.get_one(Channel, channel.id).last_code = "mine"
            seen.append("written")

    fake.fail(before_answer=write)
    page.submit(page.get(PATH), "发一条试试")
    assert seen == ["written"]


def test_trying_without_a_robot_asks_for_its_address(page, owner):
    got = page.submit(page.get(PATH), "发一条试试", status=422)
    assert "粘贴机器人的地址" in got.text


def test_removing_the_robot_can_be_taken_back(page, session, owner, fake):
    channel = make_channel(session, owner, url=fake.wecom())
    page.submit(page.get(PATH), f"移除 企业微信机器人 {channel.id}")
    assert channels(session) == []
    got = page.get(PATH)
    assert "已移除" in got.text
    page.submit(page.get(PATH), f"撤销 企业微信机器人 {channel.id}")  # the toast is gone by now
    assert [c.id for c in channels(session)] == [channel.id]


# Other channels


def add(page, status=303, **fields):
    return page.post(f"{PATH}/channels", fields, status)


@pytest.mark.parametrize(
    ("kind", "made"),
    [
        (ChannelKind.DINGTALK_ROBOT, "dingtalk"),
        (ChannelKind.FEISHU_ROBOT, "feishu"),
        (ChannelKind.WEBHOOK, "webhook"),
        (ChannelKind.WECOM_ROBOT, "wecom"),
    ],
)
def test_channel_of_any_kind_is_added_tried_and_removed(page, session, owner, fake, kind, made):
    make_channel(session, owner, url=fake.wecom())
    add(page, kind=kind.value, url=getattr(fake, made)(), levels=["L0", "L2"])
    channel = channels(session)[-1]
    assert (channel.kind, channel.levels) == (kind, (Level.L0, Level.L2))
    page.post(f"{PATH}/channels/{channel.id}/test")
    assert len(fake.accepted) == 1
    page.post(f"{PATH}/channels/{channel.id}/remove")
    assert len(channels(session)) == 1


def test_secret_of_a_channel_is_never_shown(page, session, owner, fake):
    add(page, kind="dingtalk_robot", url=fake.dingtalk(), secret="SECsesame")
    page.get(PATH)
    body = page.response.get_data(as_text=True)
    assert "sesame" not in body
    assert "access_token" not in body


def test_mail_goes_through_the_given_server(page, session, owner, app):
    with FakeMail() as server:
        app.extensions["gateways"] = network.build(allowed_hosts=(server.host,), base_url="")
        add(page, kind="email", url=server.url, address="boss@shop.example")
        (channel,) = channels(session)
        page.post(f"{PATH}/channels/{channel.id}/test")
    assert [mail["To"] for mail in server.mails] == ["boss@shop.example"]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "选一种通道"),
        ({"kind": "pigeon", "url": "https://open.feishu.cn/x"}, "选一种通道"),
        ({"kind": "feishu_robot"}, "粘贴机器人的地址"),
        (
            {"kind": "feishu_robot", "url": "https://oapi.dingtalk.com/robot/send"},
            "飞书机器人的官方地址",
        ),
        ({"kind": "webhook", "url": "https://somewhere.example/"}, "SHUKE_ALLOWED_WEBHOOK_HOSTS"),
        ({"kind": "email", "url": "smtps://smtp.exmail.qq.com"}, "写上收件邮箱"),
        (
            {"kind": "email", "url": "smtps://smtp.exmail.qq.com", "address": "阿俊"},
            "邮箱要像",
        ),
        (
            {"kind": "email", "url": "smtps://smtp.exmail.qq.com", "address": "a@b.cn," * 40},
            "最多 254 个字符",
        ),
        (
            {"kind": "feishu_robot", "url": "https://open.feishu.cn/", "secret": "s" * 201},
            "最多 200",
        ),
        ({"kind": "feishu_robot", "url": "https://open.feishu.cn/", "levels": "L9"}, "列出的提醒"),
    ],
)
def test_channel_with_bad_fields_is_refused_in_words(page, session, owner, fields, words):
    got = add(page, 422, **fields)
    assert words in got.text
    assert channels(session) == []


def test_channel_of_one_store_hears_of_that_store(page, session, owner, fake):
    store = make_store(session, "西湖店")
    session.flush()
    add(page, kind="feishu_robot", url=fake.feishu(), store=str(store.id), levels=["L2"])
    (channel,) = channels(session)
    assert (channel.store_id, channel.levels) == (store.id, (Level.L2,))
    got = page.get(PATH)
    assert "西湖店 · 超时找店主" in got.text
    page.submit(got, f"保存 飞书机器人 {channel.id}", **{f"c{channel.id}-store": ""})
    session.expire_all()
    assert (channel.store_id, channel.levels) == (None, (Level.L2,))


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [("store", "999", "选列表里的一家店"), ("levels", "L9", "只能选上面列出的提醒")],
)
def test_channel_cannot_be_given_what_is_not_there(page, session, owner, fake, field, value, words):
    channel = make_channel(session, owner, url=fake.wecom())
    got = page.post(f"{PATH}/channels/{channel.id}", {f"c{channel.id}-{field}": value}, 422)
    assert words in got.text
    add(page, 422, kind="feishu_robot", url=fake.feishu(), **{field: value})


@pytest.mark.parametrize(("minutes", "words"), [(-150, "慢 2 小时"), (150, "快 2 小时")])
def test_trying_a_signed_robot_says_how_far_the_clock_is_off(
    page, session, owner, now, app, minutes, words
):
    def theirs():
        return (now - timedelta(minutes=minutes)).timestamp()

    with FakeRobots(clock=theirs, dingtalk_secret="SECRET") as far:
        app.extensions["gateways"] = network.build(allowed_hosts=(far.host,), base_url="")
        add(page, kind="dingtalk_robot", url=far.dingtalk(), secret="SECRET")
        (channel,) = channels(session)
        page.post(f"{PATH}/channels/{channel.id}/test")
        got = page.get(PATH)
    assert "310000" in got.text
    assert f"这台机器的时间比对方{words}" in got.text


def test_outside_heartbeat_is_kept_hidden_and_removed(page, session, owner, fake):
    page.submit(page.get(PATH), "保存 外部心跳", ping_url=fake.url + "/ping/sesame")
    got = page.get(PATH)
    assert "sesame" not in page.response.get_data(as_text=True)
    assert got.one("input", name="ping_url").get("placeholder") == "••••"
    page.submit(got, "保存 外部心跳")
    assert service.ping_address(outside_ping(session)) == fake.url + "/ping/sesame"
    page.submit(page.get(PATH), "移除 外部心跳")
    session.expire_all()
    assert outside_ping(session) is None


@pytest.mark.parametrize("url", ["https://hc.example/x", "http://169.254.169.254/", "nonsense"])
def test_outside_heartbeat_goes_to_allowed_hosts_only(page, session, owner, url):
    got = page.submit(page.get(PATH), "保存 外部心跳", status=422, ping_url=url)
    assert got.one("input", name="ping_url").get("value") == url
    assert outside_ping(session) is None


@pytest.mark.parametrize("act", ["test", "remove", "restore"])
def test_unknown_or_removed_channel_is_not_found(page, session, owner, fake, act):
    channel = make_channel(session, owner, url=fake.wecom())
    service.remove_channel(
        session, channel.id, actor=owner, now=channel.created_at - timedelta(days=2)
    )
    for channel_id in (channel.id, 999_999):
        page.post(f"{PATH}/channels/{channel_id}/{act}", status=404)


# Who may


@pytest.mark.parametrize("role", [Role.LEAD, Role.MANAGER, Role.ASSISTANT])
def test_only_the_owner_sees_and_changes_the_route(page, session, role):
    page.sign_in(make_staff(session, role, make_store(session)))
    page.get(PATH, status=403)
    ways = ("channels", "channels/1", "channels/1/test", "channels/1/remove", "channels/1/restore")
    for path in (PATH, f"{PATH}/ping", *(f"{PATH}/{way}" for way in ways)):
        page.post(path, status=403)


def test_page_speaks_english_too(page, session, owner, fake):
    make_channel(session, owner, url=fake.wecom())
    make_channel(session, owner, ChannelKind.FEISHU_ROBOT, url=fake.feishu())
    got = page.get(PATH, lang="en")
    assert got.h1 == "Alert route"
    assert {"Save", "Send a test"} <= set(got.buttons)
