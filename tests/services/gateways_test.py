"""The senders against servers that answer as the vendors do, and as broken ones do."""

import json
import logging
import socket
import threading
import time
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest

from crm.alerts.rules import LEASE
from crm.integrations import gateways
from crm.integrations.gateways import mail as mailing
from crm.integrations.gateways import posting
from crm.integrations.rules import ChannelKind, Message, Route, Verdict, webhook_signature
from tests.fakes.mail import FakeMail
from tests.fakes.robots import FakeRobots

NOW = datetime(2026, 6, 6, 7, 7, tzinfo=UTC)
WECOM, DINGTALK, FEISHU = (
    ChannelKind.WECOM_ROBOT,
    ChannelKind.DINGTALK_ROBOT,
    ChannelKind.FEISHU_ROBOT,
)
ROBOTS = (WECOM, DINGTALK, FEISHU)


@pytest.fixture
def fake():
    with FakeRobots(clock=NOW.timestamp) as server:
        yield server


def message(text="客诉 #17"):
    return Message(text=text, title="客诉 #17", payload={"id": 5, "text": text}, delivery_id="5-1")


def address(fake, kind):
    made = {
        WECOM: fake.wecom,
        DINGTALK: fake.dingtalk,
        FEISHU: fake.feishu,
        ChannelKind.WEBHOOK: fake.webhook,
    }
    return made[kind]()


def send(fake, kind, *, text="客诉 #17", url=None, secret="", allowed=None, at=NOW):
    out = gateways.build(
        allowed_hosts=(fake.host,) if allowed is None else allowed, base_url="https://shop.example"
    )
    route = Route(1, kind, url or address(fake, kind), secret, "")
    return out.send(route, message(text), at=at)


@pytest.mark.parametrize("kind", ROBOTS)
def test_robot_takes_the_text(fake, kind):
    assert send(fake, kind).delivered
    assert [request.text for request in fake.accepted] == ["客诉 #17"]


@pytest.mark.parametrize("kind", ROBOTS)
@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"status": 502}, "http_502"),
        ({"status": 429}, "http_429"),
        ({"body": b""}, "not_json"),
        ({"body": b'{"errcode": 0, "errm'}, "not_json"),
        ({"body": b"<html>ok</html>"}, "not_json"),
        ({"body": b'"ok"'}, "no_code"),
        ({"reset": True}, "unreachable"),
        ({"code": 77777}, "77777"),
    ],
)
def test_robot_failure_is_temporary_and_keeps_its_code(fake, kind, fault, code):
    fake.fail(**fault)
    outcome = send(fake, kind)
    assert (outcome.verdict, outcome.code) == (Verdict.TEMPORARY, code)
    assert fake.accepted == []


@pytest.mark.parametrize("kind", [WECOM, ChannelKind.WEBHOOK])
def test_redirect_is_not_followed(fake, kind):
    fake.fail(status=307, headers={"Location": fake.webhook()})
    outcome = send(fake, kind)
    assert (outcome.verdict, outcome.code) == (Verdict.REFUSED, "http_307")
    assert len(fake.requests) == 1


def test_robot_that_hangs_is_left_after_the_time_limit(fake, monkeypatch):
    monkeypatch.setattr(posting, "TIMEOUT_SECONDS", 0.3)
    fake.fail(hang=30)
    outcome = send(fake, WECOM)
    assert (outcome.verdict, outcome.code) == (Verdict.TEMPORARY, "timeout")


def test_robot_that_drips_its_answer_is_left_after_the_time_limit(monkeypatch):
    monkeypatch.setattr(posting, "TIMEOUT_SECONDS", 0.3)
    with FakeDrip() as drip:
        outcome = send(drip, WECOM, url=f"http://{drip.host}/send")
    assert (outcome.verdict, outcome.code) == (Verdict.TEMPORARY, "timeout")


class FakeDrip:
    """Sends a head at once, then a byte now and then, for ever."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.host = f"127.0.0.1:{self.socket.getsockname()[1]}"
        self.done = threading.Event()
        self.thread = threading.Thread(target=self.serve)

    def serve(self):
        connection, _ = self.socket.accept()
        with connection:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
            while not self.done.wait(0.1):
                try:
                    connection.sendall(b" ")
                except OSError:
                    return

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.done.set()
        self.thread.join()
        self.socket.close()


def test_wecom_key_that_is_gone_disables_the_channel(fake):
    outcome = send(fake, WECOM, url=fake.wecom(key="gone"))
    assert (outcome.verdict, outcome.code) == (Verdict.DISABLED, "93000")


@pytest.mark.parametrize("unit", ["客", "😀", "a"])
def test_long_text_arrives_in_parts_that_keep_the_byte_limit(fake, unit):
    text = "\n".join(unit * 200 for _ in range(20))
    assert send(fake, WECOM, text=text).delivered
    parts = [request.text for request in fake.accepted]
    assert len(parts) > 1
    assert "".join(part.partition("\n")[2] for part in parts) == text


def test_part_that_fails_fails_the_message(fake):
    fake.fail(code=0)
    fake.fail(code=45009)
    outcome = send(fake, WECOM, text="客" * 1500)
    assert (outcome.verdict, outcome.code) == (Verdict.TEMPORARY, "45009")


def test_the_twentyfirst_message_in_a_minute_is_reported_as_refused(fake):
    outcomes = [send(fake, WECOM) for _ in range(22)]
    assert [outcome.delivered for outcome in outcomes] == [True] * 20 + [False] * 2
    assert {outcome.code for outcome in outcomes[20:]} == {"45009"}


def test_dingtalk_ban_of_ten_minutes_is_waited_for(fake):
    outcomes = [send(fake, DINGTALK) for _ in range(21)]
    assert (outcomes[-1].code, outcomes[-1].wait) == ("130101", timedelta(minutes=10))


def test_dingtalk_signature_is_accepted_and_encoded_once():
    with FakeRobots(clock=NOW.timestamp, dingtalk_secret="SEC1+/=") as fake:
        assert send(fake, DINGTALK, secret="SEC1+/=").delivered
        assert "%25" not in fake.requests[0].raw_query
        assert send(fake, DINGTALK, secret="other").code == "310000"
        late = send(fake, DINGTALK, secret="SEC1+/=", at=NOW - timedelta(hours=2))
    assert (late.code, late.detail) == ("310000", "invalid timestamp")


def test_feishu_signature_is_accepted_and_a_wrong_one_recorded():
    with FakeRobots(clock=NOW.timestamp, feishu_secret="fs1") as fake:
        assert send(fake, FEISHU, secret="fs1").delivered
        refused = send(fake, FEISHU, secret="other")
    assert (refused.verdict, refused.code) == (Verdict.REFUSED, "19021")


def test_webhook_posts_the_alert_signed(fake):
    assert send(fake, ChannelKind.WEBHOOK, secret="s3cret").delivered
    (request,) = fake.accepted
    assert json.loads(request.body) == {"id": 5, "text": "客诉 #17"}
    assert request.headers["X-Shuke-Signature"] == webhook_signature(request.body, "s3cret")
    assert request.headers["X-Shuke-Delivery"] == "5-1"


def test_host_that_is_not_allowed_is_never_called(fake):
    outcome = send(fake, WECOM, allowed=())
    assert (outcome.verdict, outcome.code) == (Verdict.REFUSED, "address_host")
    assert fake.requests == []


@pytest.mark.parametrize("address", ["127.0.0.1", "169.254.169.254", "10.0.0.8", "::1"])
def test_official_name_that_resolves_into_the_own_network_is_refused(fake, monkeypatch, address):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    found = [(family, socket.SOCK_STREAM, 6, "", (address, 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    outcome = send(fake, WECOM, url="https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=k")
    assert (outcome.verdict, outcome.code) == (Verdict.REFUSED, "address_private")


def test_proxy_of_the_environment_does_not_decide_where_alerts_go(fake, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert send(fake, WECOM).delivered


def test_keys_stay_out_of_the_log(fake, caplog):
    caplog.set_level(logging.DEBUG)
    send(fake, WECOM)
    fake.fail(reset=True)
    send(fake, WECOM)
    assert "key=" not in caplog.text


@pytest.mark.parametrize(
    "date", ["Fri, 31 Dec 99999999999999 23:59:59 GMT", "Fri, 31 Dec 12024 23:59:59 GMT", "soon"]
)
def test_date_that_cannot_be_is_not_read(fake, date):
    fake.fail(status=204, headers={"Date": date})
    assert send(fake, ChannelKind.WEBHOOK).delivered


def test_attempt_ends_before_the_lease_of_its_alert_with_time_to_note_it():
    assert mailing.MAIL_SECONDS < gateways.SEND_SECONDS
    assert LEASE.total_seconds() > gateways.SEND_SECONDS + 5


@pytest.fixture
def silent_dns(monkeypatch):
    """A name server that never answers."""
    done = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: done.wait(30) and [])
    yield
    done.set()


@pytest.mark.usefixtures("silent_dns")
@pytest.mark.parametrize("limit", ["of a question", "of the whole"])
def test_name_server_that_never_answers_is_not_waited_for(fake, monkeypatch, limit):
    where = (posting, "TIMEOUT_SECONDS") if limit == "of a question" else (gateways, "SEND_SECONDS")
    monkeypatch.setattr(*where, 0.3)
    started = time.monotonic()
    outcome = send(fake, WECOM, url="https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=k")
    assert (outcome.verdict, outcome.code) == (Verdict.TEMPORARY, "timeout")
    assert time.monotonic() - started < 4


def test_error_that_nobody_thought_of_is_a_failed_attempt_and_tells_no_secret(fake, caplog, capsys):
    outcome = send(fake, FEISHU, secret="s3cret\ud800")  # cannot be written as UTF-8
    assert (outcome.verdict, outcome.code) == (Verdict.TEMPORARY, "send_error")
    told = caplog.text + "".join(capsys.readouterr())
    assert "UnicodeEncodeError" in told
    assert "s3cret" not in told
    assert "hook" not in told


# E-mail


def send_mail(server, *, to="boss@shop.example", url=None, secret="", allowed=None):
    out = gateways.build(
        allowed_hosts=(server.host,) if allowed is None else allowed,
        base_url="https://shop.example",
    )
    route = Route(1, ChannelKind.EMAIL, url or server.url, secret, to)
    return out.send(route, message("客诉 #17\nhttps://shop.example/complaints/17"), at=NOW)


def test_mail_arrives_with_subject_and_text():
    with FakeMail() as server:
        assert send_mail(server).delivered
    (mail,) = server.mails
    assert (mail["To"], mail["Subject"]) == ("boss@shop.example", "客诉 #17")
    assert "https://shop.example/complaints/17" in mail.get_content()


@pytest.mark.parametrize(
    ("answer", "verdict", "code"),
    [
        ("550 no such user", Verdict.REFUSED, "smtp_550"),
        ("451 later", Verdict.TEMPORARY, "smtp_451"),
    ],
)
def test_mail_refused_for_all_is_read_by_its_code(answer, verdict, code):
    with FakeMail(refuse={"boss@shop.example": answer}) as server:
        outcome = send_mail(server)
    assert (outcome.verdict, outcome.code) == (verdict, code)


def test_mail_refused_for_some_is_a_failure_too():
    with FakeMail(refuse={"gone@shop.example": "550 no"}) as server:
        outcome = send_mail(server, to="boss@shop.example, gone@shop.example")
    assert (outcome.verdict, outcome.code) == (Verdict.REFUSED, "smtp_partly")


def test_mail_password_is_never_sent_without_tls():
    with FakeMail() as server:
        outcome = send_mail(server, secret="word")
    assert (outcome.verdict, outcome.code) == (Verdict.REFUSED, "smtp_no_tls")


def test_mail_server_in_the_own_network_is_refused():
    with FakeMail() as server:
        assert send_mail(server, allowed=()).code == "address_host"


def test_mail_server_that_is_away_is_tried_again():
    with FakeMail() as server:
        host, url = server.host, server.url
    outcome = send_mail(server, url=url, allowed=(host,))
    assert (outcome.verdict, outcome.code) == (Verdict.TEMPORARY, "unreachable")


def test_mail_server_that_takes_its_time_for_every_answer_is_left_in_time(monkeypatch):
    monkeypatch.setattr(mailing, "MAIL_SECONDS", 0.8)
    with FakeMail(slow=0.3) as server:  # each answer for itself is in time
        outcome = send_mail(server)
    assert (outcome.verdict, outcome.code) == (Verdict.TEMPORARY, "timeout")
    assert server.mails == []


def test_mail_to_a_server_that_was_hard_to_find_leaves_in_time_or_never(monkeypatch):
    monkeypatch.setattr(mailing, "MAIL_SECONDS", 1.5)
    ask, answers = socket.getaddrinfo, iter([(1, "1.1.1.1"), (0, "127.0.0.1")])

    def slowly(_host, *rest, **more):
        seconds, address = next(answers)
        time.sleep(seconds)
        return ask(address, *rest, **more)

    with FakeMail(slow=0.2) as server:  # the conversation alone is in time
        monkeypatch.setattr(socket, "getaddrinfo", slowly)
        port = server.host.partition(":")[2]
        outcome = send_mail(server, url=f"smtp://mail.example:{port}", allowed=())
    assert (outcome.verdict, outcome.code) == (Verdict.TEMPORARY, "timeout")
    assert server.mails == []


def test_mail_that_arrived_counts_though_the_server_hangs_at_the_farewell(monkeypatch):
    monkeypatch.setattr(mailing, "MAIL_SECONDS", 2)
    with FakeMail(hang_at="QUIT") as server:
        assert send_mail(server).delivered
    assert len(server.mails) == 1


@pytest.mark.parametrize(
    ("user", "secret"), [("老板", "word"), ("boss", "密码")], ids=["user", "password"]
)
def test_login_that_cannot_be_said_to_a_mail_server_is_refused(user, secret):
    with FakeMail() as server:
        outcome = send_mail(server, url=f"smtps://{quote(user)}@{server.host}", secret=secret)
    assert (outcome.verdict, outcome.code) == (Verdict.REFUSED, "smtp_not_ascii")
