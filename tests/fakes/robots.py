"""A local HTTP server that plays the three group robots and a webhook receiver.

It answers as the vendors do: HTTP 200 whatever happened, with the failure as a code inside. Faults
are queued and taken by the next requests, or the next ones for their path.
"""

import base64
import hashlib
import hmac
import json
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from secrets import token_hex
from urllib.parse import parse_qs, urlsplit

WECOM_LIMITS = {"text": 2048, "markdown": 4096, "markdown_v2": 4096}
GOOD_KEY = "6f2a1c9e-0000-4000-8000-00000000abcd"
DINGTALK_TOKEN = "dingtalk-token-0001"
FEISHU_TOKEN = "feishu-hook-0001"


@dataclass(frozen=True)
class Request:
    at: float
    method: str
    path: str
    query: dict[str, str]
    raw_query: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def text(self):
        """The words, whichever robot they were written for."""
        body = self.json
        content = body.get("text") or body.get("content") or {}
        return (
            body["text"] if isinstance(content, str) else content.get("content") or content["text"]
        )

    @property
    def alert_ids(self):
        """The alerts that a webhook was told of, many of them in one message."""
        return [one["id"] for one in self.json.get("alerts", [self.json])]


@dataclass
class Fault:
    """What one of the next requests meets instead of an answer."""

    path: str = ""
    status: int = 0
    body: bytes | None = None
    code: int | None = None
    hang: float = 0
    reset: bool = False
    headers: dict[str, str] = field(default_factory=dict)
    before_answer: Callable[[Request], None] | None = None


class FakeRobots:
    """Use as a context manager; `url` is the base address."""

    def __init__(self, *, clock=time.time, dingtalk_secret="", feishu_secret="", port=0):
        self.clock = clock
        self.dingtalk_secret = dingtalk_secret
        self.feishu_secret = feishu_secret
        self.requests: list[Request] = []
        self.accepted: list[Request] = []
        self.faults: deque[Fault] = deque()
        self.windows: dict[str, deque[float]] = {}
        self.blocked_until: dict[str, float] = {}
        self.latency = 0.0
        self.lock = threading.Lock()
        self.released = threading.Event()
        self.server = ThreadingHTTPServer(("127.0.0.1", port), _handler(self))
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)

    @property
    def host(self):
        return f"127.0.0.1:{self.server.server_address[1]}"

    @property
    def url(self):
        return f"http://{self.host}"

    def wecom(self, key=GOOD_KEY):
        return f"{self.url}/cgi-bin/webhook/send?key={key}"

    def dingtalk(self, token=DINGTALK_TOKEN):
        return f"{self.url}/robot/send?access_token={token}"

    def feishu(self, token=FEISHU_TOKEN):
        return f"{self.url}/open-apis/bot/v2/hook/{token}"

    def webhook(self):
        return f"{self.url}/hook"

    def fail(self, *, times=1, **fault):
        self.faults.extend(Fault(**fault) for _ in range(times))

    def next_fault(self, request):
        """The first fault that is for this path, or for any."""
        for fault in self.faults:
            if fault.path in {"", request.path}:
                self.faults.remove(fault)
                return fault
        return Fault()

    def wait_for(self, count, *, seconds=20.0):
        """Wait until so many messages were accepted; return them."""
        end = time.monotonic() + seconds
        while len(self.accepted) < count and time.monotonic() < end:
            time.sleep(0.01)
        return list(self.accepted)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.released.set()  # whoever hangs goes home
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    # What each vendor answers

    def answer(self, request):
        if request.path == "/cgi-bin/webhook/send":
            return self._wecom(request)
        if request.path == "/robot/send":
            return self._dingtalk(request)
        if request.path.startswith("/open-apis/bot/v2/hook/"):
            return self._feishu(request)
        return self._accept(request, {})  # a program of the shop's own, or a watcher

    def refuse(self, request, code):
        if request.path.startswith("/open-apis/"):
            return {"code": code, "msg": "refused by the fake", "data": {}}
        tail = f" invalid Request Parameter, hint: [{token_hex(8)}], from ip: 127.0.0.1"
        return {"errcode": code, "errmsg": "refused by the fake." + tail}

    def _wecom(self, request):
        body = request.json
        kind = body.get("msgtype")
        if request.query.get("key") != GOOD_KEY:
            return self.refuse(request, 93000)
        if kind not in WECOM_LIMITS:
            return self.refuse(request, 40008)
        if len(body[kind]["content"].encode()) > WECOM_LIMITS[kind]:
            return self.refuse(request, 40058)
        if not self._within(request, limit=20, seconds=60):
            return self.refuse(request, 45009)
        return self._accept(request, {"errcode": 0, "errmsg": "ok"})

    def _dingtalk(self, request):
        now = self.clock()
        if now < self.blocked_until.get(request.path, 0):
            return self.refuse(request, 130101)
        if request.query.get("access_token") != DINGTALK_TOKEN:
            return self.refuse(request, 300001)
        if self.dingtalk_secret:
            stamp = request.query.get("timestamp", "0")
            good = _sign(self.dingtalk_secret, f"{stamp}\n{self.dingtalk_secret}")
            if request.query.get("sign") != good:
                return {"errcode": 310000, "errmsg": "sign not match"}
            if abs(now - int(stamp) / 1000) > 3600:
                return {"errcode": 310000, "errmsg": "invalid timestamp"}
        if not self._within(request, limit=20, seconds=60):
            self.blocked_until[request.path] = now + 600
            return {"errcode": 130101, "errmsg": "send too fast, exceed 20 times per minute"}
        return self._accept(request, {"errcode": 0, "errmsg": "ok"})

    def _feishu(self, request):
        body = request.json
        if self.feishu_secret:
            stamp = body.get("timestamp", "0")
            good = _sign(f"{stamp}\n{self.feishu_secret}", "")
            if body.get("sign") != good or abs(self.clock() - int(stamp)) > 3600:
                text = "sign match fail or timestamp is not within one hour from current time"
                return {"code": 19021, "data": {}, "msg": text}
        if body.get("msg_type") != "text":
            return {"code": 9499, "msg": "Bad Request", "data": {}}
        if not self._within(request, limit=5, seconds=1):
            return {"code": 11232, "msg": "frequency limited", "data": {}}
        ok = {"code": 0, "msg": "success", "data": {}, "Extra": None}
        return self._accept(request, ok | {"StatusCode": 0, "StatusMessage": "success"})

    def _accept(self, request, answer):
        self.accepted.append(request)
        return answer

    def _within(self, request, *, limit, seconds):
        """A sliding window a robot: its path and key."""
        window = self.windows.setdefault(f"{request.path}?{request.query.get('key')}", deque())
        now = self.clock()
        while window and window[0] <= now - seconds:
            window.popleft()
        if len(window) >= limit:
            return False
        window.append(now)
        return True


def _sign(key, message):
    return base64.b64encode(
        hmac.new(key.encode(), message.encode(), hashlib.sha256).digest()
    ).decode()


def _handler(fake):  # noqa: C901  one class of small methods
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.do_POST()

        def do_POST(self):
            request = self._request()
            with fake.lock:
                fake.requests.append(request)
                fault = fake.next_fault(request)
            if fault.hang or fake.latency:
                fake.released.wait(fault.hang or fake.latency)
            if fault.before_answer:
                fault.before_answer(request)
            if fault.reset:
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            with fake.lock:
                self._answer(fault.status or 200, self._content(request, fault), fault.headers)

        def _content(self, request, fault):
            if fault.body is not None:
                return fault.body
            if fault.code is not None:
                return json.dumps(fake.refuse(request, fault.code)).encode()
            if fault.status:
                return b"<html><body>gateway</body></html>"
            return json.dumps(fake.answer(request)).encode()

        def _request(self):
            parts = urlsplit(self.path)
            return Request(
                at=fake.clock(),
                method=self.command,
                path=parts.path,
                query={name: values[0] for name, values in parse_qs(parts.query).items()},
                raw_query=parts.query,
                headers=dict(self.headers),
                body=self.rfile.read(int(self.headers.get("Content-Length", 0))),
            )

        def _answer(self, status, content, headers):
            try:
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Type", "application/json; charset=utf-8")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)
            except OSError:
                self.close_connection = True  # the caller gave up, or was killed

        def date_time_string(self, timestamp=None):
            return super().date_time_string(fake.clock() if timestamp is None else timestamp)

        def log_message(self, *_):
            """Silence: a test's output is its own."""

    return Handler
