import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.integrations import rules
from crm.integrations.rules import AddressProblem, ChannelKind, Verdict

NOW = datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)  # 1 700 000 000
WECOM, DINGTALK, FEISHU = (
    ChannelKind.WECOM_ROBOT,
    ChannelKind.DINGTALK_ROBOT,
    ChannelKind.FEISHU_ROBOT,
)
DINGTALK_SECRET = "SEC000000000000000000000000000000000000000000000000000000000000abcd"


def route(kind, *, url="https://host.example/send?a=1", secret=""):
    return rules.Route(channel_id=1, kind=kind, url=url, secret=secret, address="")


# Addresses


@pytest.mark.parametrize(
    ("kind", "url", "problem"),
    [
        (WECOM, "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=k", None),
        (WECOM, "https://qyapi.weixin.qq.com:443/cgi-bin/webhook/send?key=k", None),
        (DINGTALK, "https://oapi.dingtalk.com/robot/send?access_token=t", None),
        (FEISHU, "https://open.feishu.cn/open-apis/bot/v2/hook/t", None),
        (FEISHU, "https://open.larksuite.com/open-apis/bot/v2/hook/t", None),
        (ChannelKind.WEBHOOK, "https://erp.shop.example/alerts", None),
        (WECOM, "http://127.0.0.1:9000/cgi-bin/webhook/send?key=k", None),
        (ChannelKind.EMAIL, "smtps://boss%40shop.example@smtp.exmail.qq.com:465", None),
        (ChannelKind.EMAIL, "smtp://127.0.0.1:9000", None),
        (WECOM, "", AddressProblem.EMPTY),
        (WECOM, "http://qyapi.weixin.qq.com/cgi-bin/webhook/send", AddressProblem.SCHEME),
        (WECOM, "file:///etc/passwd", AddressProblem.SHAPE),
        (WECOM, "ftp://qyapi.weixin.qq.com/", AddressProblem.SCHEME),
        (WECOM, "https://qyapi.weixin.qq.com:8443/", AddressProblem.HOST),
        (WECOM, "https://oapi.dingtalk.com/robot/send", AddressProblem.HOST),
        (WECOM, "https://qyapi.weixin.qq.com.evil.example/", AddressProblem.HOST),
        (WECOM, "https://qyapi.weixin.qq.com@evil.example/", AddressProblem.SHAPE),
        (WECOM, "https://qyapi.weixin.qq.com:x/", AddressProblem.SHAPE),
        (WECOM, "https://[::1/", AddressProblem.SHAPE),
        (WECOM, "https://qyapi.weixin.qq.com/a b", AddressProblem.SHAPE),
        (WECOM, "https://127.0.0.1/", AddressProblem.HOST),
        (WECOM, "http://127.0.0.1:9001/", AddressProblem.HOST),
        (WECOM, "https://169.254.169.254/latest/meta-data", AddressProblem.HOST),
        (ChannelKind.WEBHOOK, "https://somewhere.example/", AddressProblem.HOST),
        (ChannelKind.EMAIL, "https://smtp.exmail.qq.com", AddressProblem.SCHEME),
        (ChannelKind.EMAIL, "smtp://user:word@smtp.exmail.qq.com", AddressProblem.SHAPE),
        (ChannelKind.EMAIL, "smtp://10.0.0.5:25", AddressProblem.HOST),
        (ChannelKind.EMAIL, "smtp://localhost:25", AddressProblem.HOST),
    ],
)
def test_address_leads_only_to_the_vendor_or_to_an_allowed_host(kind, url, problem):
    allowed = ("127.0.0.1:9000", "erp.shop.example")
    assert rules.check_address(kind, url, allowed=allowed) is problem


@given(st.sampled_from(ChannelKind), st.text(max_size=60))
def test_address_check_answers_any_text(kind, text):
    assert rules.check_address(kind, text, allowed=()) in {None, *AddressProblem}
    assert rules.check_address(kind, f"https://{text}/", allowed=()) in {None, *AddressProblem}


@pytest.mark.parametrize(
    ("host", "port", "allowed", "expected"),
    [
        ("127.0.0.1", 9000, ("127.0.0.1",), True),
        ("127.0.0.1", 9000, ("127.0.0.1:9000",), True),
        ("127.0.0.1", 9001, ("127.0.0.1:9000",), False),
        ("::1", 9000, ("[::1]:9000",), True),
        ("evil.example", 443, ("erp.shop.example",), False),
    ],
)
def test_operator_allows_a_host_with_or_without_its_port(host, port, allowed, expected):
    assert rules.is_allowed(host, port, allowed=allowed) is expected


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("101.91.40.24", True),
        ("2402:4e00::1", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("192.168.0.7", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("::ffff:127.0.0.1", False),
    ],
)
def test_only_addresses_of_the_open_network_are_public(address, public):
    assert rules.is_public(address) is public


# Answers


def answer(kind, status=200, body=b"", **headers):
    return rules.read_answer(kind, status, body, **headers)


def robot(kind, code):
    words = {FEISHU: ("code", "msg")}.get(kind, ("errcode", "errmsg"))
    return answer(kind, body=json.dumps({words[0]: code, words[1]: "some\ntext"}).encode())


@pytest.mark.parametrize("kind", [WECOM, DINGTALK, FEISHU])
def test_robot_is_reached_only_when_its_json_says_code_zero(kind):
    assert robot(kind, 0).delivered
    for body in (
        b"",
        b"ok",
        b"<html></html>",
        b'{"errcode":',
        b"[]",
        b"null",
        b"\xff",
        b"[" * 5000,
    ):
        outcome = answer(kind, body=body)
        assert (outcome.verdict, outcome.delivered) == (Verdict.TEMPORARY, False)


@pytest.mark.parametrize("code", [None, "0", False, 0.0, [], {}])
def test_robots_code_must_be_the_number_zero(code):
    assert robot(WECOM, code).code == "no_code"


@pytest.mark.parametrize(
    ("kind", "code", "verdict", "minutes"),
    [
        (WECOM, 45009, Verdict.TEMPORARY, 1),
        (WECOM, -1, Verdict.TEMPORARY, None),
        (WECOM, 99999, Verdict.TEMPORARY, None),
        (WECOM, 40058, Verdict.REFUSED, None),
        (WECOM, 45002, Verdict.REFUSED, None),
        (WECOM, 40008, Verdict.REFUSED, None),
        (WECOM, 93000, Verdict.DISABLED, None),
        (WECOM, 93004, Verdict.DISABLED, None),
        (DINGTALK, 130101, Verdict.TEMPORARY, 10),
        (DINGTALK, 310000, Verdict.REFUSED, None),
        (DINGTALK, 300001, Verdict.DISABLED, None),
        (FEISHU, 11232, Verdict.TEMPORARY, 1),
        (FEISHU, 9499, Verdict.REFUSED, None),
        (FEISHU, 19021, Verdict.REFUSED, None),
        (FEISHU, 19001, Verdict.DISABLED, None),
    ],
)
def test_vendors_codes_inside_an_http_200_are_failures(kind, code, verdict, minutes):
    outcome = robot(kind, code)
    assert (outcome.verdict, outcome.code, outcome.detail) == (verdict, str(code), "some text")
    assert outcome.wait == (timedelta(minutes=minutes) if minutes else None)


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        (204, Verdict.DELIVERED),
        (302, Verdict.REFUSED),
        (400, Verdict.REFUSED),
        (404, Verdict.REFUSED),
        (408, Verdict.TEMPORARY),
        (429, Verdict.TEMPORARY),
        (500, Verdict.TEMPORARY),
        (502, Verdict.TEMPORARY),
    ],
)
def test_http_status_of_a_webhook_decides(status, verdict):
    assert answer(ChannelKind.WEBHOOK, status).verdict is verdict


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, 60),
        ("5", 60),
        ("300", 300),
        ("99999", 3600),
        ("9" * 50, 60),
        ("tomorrow", 60),
        ("²", 60),
    ],
)
def test_too_many_requests_waits_as_asked_within_reason(header, seconds):
    outcome = answer(WECOM, 429, retry_after=header)
    assert outcome.wait == timedelta(seconds=seconds)


@given(st.sampled_from(ChannelKind), st.integers(100, 599), st.binary(max_size=80))
def test_any_answer_has_a_meaning(kind, status, body):
    assert answer(kind, status, body).code


# Signatures and bodies


def test_dingtalk_signature_equals_the_vector():
    signature = rules.dingtalk_signature("1700000000000", DINGTALK_SECRET)
    assert signature == "LfRah3Ez4ZqolKBE6aWwJvYZ+oYrCgeT747Rkk7rtDI="


def test_dingtalk_signature_is_encoded_once_in_the_address():
    url, body = rules.robot_request(route(DINGTALK, secret=DINGTALK_SECRET), "短", at=NOW)
    assert url == (
        "https://host.example/send?a=1&timestamp=1700000000000"
        "&sign=LfRah3Ez4ZqolKBE6aWwJvYZ%2BoYrCgeT747Rkk7rtDI%3D"
    )
    assert body == {"msgtype": "text", "text": {"content": "短"}}


def test_feishu_signature_equals_the_vector():
    signature = rules.feishu_signature("1700000000", "fsSecretExample0001")
    assert signature == "+nmtw/jrRLAk2TebryX4jUScjcMaBgMcwhYW8btWdRU="


def test_feishu_signature_stands_in_the_body_in_seconds():
    _, body = rules.robot_request(route(FEISHU, secret="fsSecretExample0001"), "短", at=NOW)
    assert body == {
        "timestamp": "1700000000",
        "sign": "+nmtw/jrRLAk2TebryX4jUScjcMaBgMcwhYW8btWdRU=",
        "msg_type": "text",
        "content": {"text": "短"},
    }


@pytest.mark.parametrize("kind", [WECOM, DINGTALK, FEISHU])
def test_robot_without_secret_is_not_signed(kind):
    url, body = rules.robot_request(route(kind), "短", at=NOW)
    assert url == "https://host.example/send?a=1"
    assert "sign" not in body


def test_webhook_signature_is_hmac_of_the_body():
    # RFC 4231, test case 2
    signature = rules.webhook_signature(b"what do ya want for nothing?", "Jefe")
    assert signature == "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"


def test_secrets_stay_out_of_what_may_be_logged():
    shown = repr(route(WECOM, url="https://h/send?key=sesame", secret="sesame"))
    shown += repr(rules.NewChannel(WECOM, url="https://h/send?key=sesame", secret="sesame"))
    assert "sesame" not in shown


# Splitting


def test_text_that_fits_is_one_part():
    assert rules.split_text("客" * 682 + "ab", limit=2048) == ["客" * 682 + "ab"]


def test_text_is_split_by_bytes_on_line_ends_and_numbered():
    text = "\n".join(f"{number:03} " + "诉" * 60 for number in range(30))
    parts = rules.split_text(text, limit=2048)
    assert [part.partition("\n")[0] for part in parts] == ["(1/3)", "(2/3)", "(3/3)"]
    assert all(len(part.encode()) <= 2048 for part in parts)
    assert all(part.partition("\n")[2][:3].isdigit() for part in parts)


@given(st.text(alphabet="a客\n😀é", max_size=2000), st.integers(32, 300))
def test_parts_keep_the_limit_and_lose_nothing(text, limit):
    parts = rules.split_text(text, limit=limit)
    assert all(len(part.encode()) <= limit for part in parts)
    bodies = parts if len(parts) == 1 else [part.partition("\n")[2] for part in parts]
    assert "".join(bodies) == text


# The bucket


def take_all(gap, count):
    """Ask every `gap` seconds; return the seconds at which a message left."""
    bucket, sent, at = None, [], NOW
    for _ in range(count):
        if bucket is None or at >= rules.free_at(bucket):
            bucket = rules.take_token(bucket, now=at)
            sent.append((at - NOW).total_seconds())
        at += timedelta(seconds=gap)
    return sent


def test_bucket_lets_two_leave_at_once_and_then_one_every_3333_ms():
    bucket = rules.take_token(None, now=NOW)
    assert rules.free_at(bucket) == NOW
    bucket = rules.take_token(bucket, now=NOW)
    assert (rules.free_at(bucket) - NOW).total_seconds() == pytest.approx(60 / 18)


@pytest.mark.parametrize("gap", [0.05, 0.7, 3.33, 3.4])
def test_any_sixty_seconds_hold_at_most_twenty(gap):
    sent = take_all(gap, int(300 / gap))
    most = max(sum(start <= at < start + 60 for at in sent) for start in sent)
    assert most <= 20
    assert len(sent) >= 75  # 18 a minute for five minutes, less the grid of the asking


@given(st.lists(st.floats(0, 20), max_size=200))
def test_bucket_keeps_the_limit_for_any_pattern_of_asking(gaps):
    bucket, sent, at = None, [], NOW
    for gap in gaps:
        at = max(at + timedelta(seconds=gap), rules.free_at(bucket) if bucket else at)
        bucket = rules.take_token(bucket, now=at)
        sent.append(at)
    assert all(
        sum(start <= at < start + timedelta(seconds=60) for at in sent) <= 20 for start in sent
    )


@pytest.mark.parametrize(
    ("levels", "carried"),
    [((), True), ((rules.Level.L0,), True), ((rules.Level.W1, rules.Level.W2), False)],
)
def test_channel_without_levels_carries_all(levels, carried):
    assert rules.matches(levels, rules.Level.L0) is carried
