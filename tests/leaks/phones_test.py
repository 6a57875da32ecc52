"""No full phone number anywhere in the demo before a reveal: pages, JSON, CSV, logs, alerts.

Each shop is walked by every role; beside its customers stand some whose numbers were typed where
no number belongs.
"""

import io
import itertools
import json
import logging
import re
import sys
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from crm import clock, crypto, worker
from crm import log as logs
from crm.accounts import service as accounts
from crm.accounts.models import Staff
from crm.accounts.rules import Role, Scope
from crm.albums.models import Album
from crm.audit.models import AuditEntry
from crm.campaigns.models import Campaign
from crm.config import Settings
from crm.contacts.models import ContactFile, ContactIdentity
from crm.contacts.rules import IdentityKind
from crm.groups.models import ChatGroup, GroupMember
from crm.integrations import gateways
from crm.integrations.rules import ChannelKind
from tests.client import PageClient
from tests.factories.alerts import make_channel
from tests.factories.stores import actor_of
from tests.fakes.robots import FakeRobots
from tests.house.route_rules import PART
from tests.html import Page
from tests.journeys.conftest import AS_OF, Visit

Post = Callable[[str, dict[str, Any]], Any]
AT = AS_OF.isoformat()
OWNERS = {"apparel": "ajun", "tonics": "fangjie", "teapots": "xiaobu"}
PHONE = re.compile(
    r"(?<![\w.-])(?:\+?86[ -]?)?(?:wx)?1(?:00|[3-9]\d)[ -]?\d{4}[ -]?\d{4}(?![\w-])", re.IGNORECASE
)
SPACED = re.compile(r"(?<=\d)[ -](?=\d)")
ELEVEN = re.compile(r"(?<!\d)\d{11}(?!\d)")
WRITTEN = (  # the ways in which people write a number
    "13912345670",
    "+86 139 1234 5671",
    "139-1234-5672",
    "wx13912345673",
    "１３９１２３４５６７４",
)
REVEALS = ("/phone", "/export")
"""Of a contact: what tells her number, and writes down whom it told."""
LATER = (timedelta(0), timedelta(hours=15), timedelta(hours=15, minutes=1))
"""When the worker runs: now, and twice next morning, when every store is open."""
PAGES_LEAST = 150
EACH = 2
"""Addresses of one kind that are opened where pages lead."""


def told(text: str, known: set[str]) -> set[str]:
    """Return what looks like a phone number, or is one, however it is written."""
    text = unicodedata.normalize("NFKC", text)
    return set(PHONE.findall(text)) | set(ELEVEN.findall(SPACED.sub("", text))) & known


def known_numbers(session: Session) -> set[str]:
    """Return every phone number of the shop, as it is stored."""
    rows = session.scalars(
        select(ContactIdentity.value_encrypted).where(ContactIdentity.kind == IdentityKind.PHONE)
    )
    return {crypto.decrypt(row, purpose="identity") for row in rows}


@dataclass
class Walk:
    """A shop whose answers are read; what was found is kept, with where it stood."""

    page: PageClient
    known: set[str] = field(default_factory=set)
    rows: dict[str, list[Any]] = field(default_factory=dict)
    """What parts of addresses name."""
    found: list[str] = field(default_factory=list)
    pages: int = 0
    answers: int = 0

    def read(self, who: str, path: str, answer: Any) -> None:
        """Look through an answer with its headers and its address."""
        assert answer.status_code != 500, path
        body = answer.get_data().decode("utf-8", "replace")
        if answer.mimetype.endswith("json"):
            body = json.dumps(answer.json, ensure_ascii=False)
        text = "\n".join([unquote(path), unquote(str(answer.headers)), body])
        self.found += [f"{who} {path}: {number}" for number in told(text, self.known)]
        self.answers += 1

    def follow(self, role: Role) -> None:
        """Open every page that has no row in its address, ours, and what those lead to."""
        seen, kinds = set[str](), Counter[str]()
        waiting = [path for path in self.addresses() if not path.startswith("/api/")]
        ours = set(waiting)
        while waiting:
            path = waiting.pop(0).partition("#")[0]
            if path in seen or not (kind := self._kind(path)):
                continue
            seen.add(path)
            kinds[kind] += path not in ours
            if kinds[kind] > EACH:
                continue
            answer = self.page.client.get(path)
            self.read(role.value, path, answer)
            if answer.mimetype == "text/html" and answer.status_code == 200:
                self.pages += 1
                page = Page(answer.get_data(as_text=True))
                links = page.all("a") + page.all("form", method="get")
                waiting += [one.get("href") or one.get("action") or "" for one in links]

    def _kind(self, path: str) -> str:
        parts = urlsplit(path)
        if not path.startswith("/") or path.startswith(("/static/", "/assets/")):
            return ""
        try:
            endpoint, _ = self.page.app.url_map.bind("localhost").match(parts.path, "GET")
        except (HTTPException, RequestRedirect):
            return ""
        return f"{endpoint}?{sorted(one.partition('=')[0] for one in parts.query.split('&'))}"

    def ask(self, role: Role, head: dict[str, str]) -> None:
        """Ask the API for every list and for each of our rows."""
        for path in self.addresses():
            if path.startswith("/api/") and not path.endswith(REVEALS):
                self.read(role.value, path, self.page.client.get(path, headers=head))

    def addresses(self) -> Iterator[str]:
        """Give the addresses that can be read, one for each row that they may name."""
        for rule in self.page.app.url_map.iter_rules():
            if "GET" not in (rule.methods or ()) or "path:" in rule.rule:
                continue
            names = [part["name"] for part in PART.finditer(rule.rule)]
            for values in itertools.zip_longest(*(self.rows.get(name, [1]) for name in names)):
                given = dict(zip(names, values, strict=True))
                given = {n: v or self.rows.get(n, [1])[0] for n, v in given.items()}
                yield PART.sub(lambda part, of=given: str(of[part["name"]]), rule.rule)
            if not names:
                yield rule.rule


def pass_of(page: PageClient, staff: Staff) -> dict[str, str]:
    """Return the headers of a program that acts for somebody."""
    secret = accounts.make_token(page.session, staff, "t", Scope.WRITE, actor=None, now=AS_OF)
    page.session.commit()
    return {"Authorization": f"Bearer {secret}"}


def write_numbers(walk: Walk, owner: Staff) -> None:
    """Type numbers where none belongs, through every door; what is answered is read too."""
    head, session = pass_of(walk.page, owner), walk.page.session
    group = session.scalars(select(ChatGroup).order_by(ChatGroup.id)).first()
    assert group is not None
    rows = walk.rows = {"contact_id": [], "complaint_id": [], "group_id": [group.id]}

    def post(path: str, body: dict[str, Any]) -> Any:
        answer = walk.page.client.post(f"/api/v1{path}", json=body, headers=head)
        assert answer.status_code < 300, (path, answer.text)
        walk.read("writing", path, answer)
        return answer.json

    for number in WRITTEN:
        _write_person(post, number, rows, group)
        _write_complaint(post, number, rows, group)
    private = {
        "channel": "private",
        "text": f"打 {WRITTEN[0]}",
        "occurred_at": AT,
        "contact_id": rows["contact_id"][0],
    }
    rows["complaint_id"].append(post("/complaints", {**private, "store_id": group.store_id})["id"])
    members = select(GroupMember.id).where(GroupMember.group_id == group.id)
    rows["member_id"] = list(session.scalars(members.order_by(GroupMember.id.desc()).limit(5)))
    rows["campaign_id"] = list(session.scalars(select(Campaign.id)))
    _send_file(walk)
    _make_albums(walk, group.store_id)


def _write_person(post: Post, number: str, rows: dict[str, list[int]], group: ChatGroup) -> None:
    moved = {"kind": "other", "detail": number}
    consent = {"basis": "other", "at": AT, "note": number}
    person = {"name": number, "nickname": number, "remark": f"{number} 老客", "tags": [number]}
    person |= {"store_id": group.store_id, "moved_from": moved, "consent": consent}
    contact = post("/contacts", person)["id"]
    rows["contact_id"].append(contact)
    touch = {"kind": "chat", "minutes": 1, "happened_at": AT, "client_key": number}
    post("/touches", {**touch, "contact_id": contact, "note": f"打 {number}"})
    line = {"sender": number, "is_staff": False, "sent_at": AT, "text": f"{number} 不退我就投诉"}
    post(f"/groups/{group.id}/messages", {"messages": [line]})
    pasted = {"text": f"{number} 2025-06-18 20:01:00\n退款打 {number}", "dry_run": True}
    post(f"/groups/{group.id}/chat-imports", pasted)


def _write_complaint(post: Post, number: str, rows: dict[str, list[int]], group: ChatGroup) -> None:
    case = {"channel": "group", "group_id": group.id, "text": f"{number} 坏了", "severity": 1}
    case |= {"reporter_name": number, "product_ref": number, "order_no": number}
    case |= {"store_id": group.store_id, "occurred_at": AT}
    complaint = post("/complaints", case)["id"]
    rows["complaint_id"].append(complaint)
    for kind, data in (
        ("customer_message", {"intent": "info"}),
        ("onlooker_signal", {"signal": "doubt", "member": number}),
        ("promised", {"due_at": "2025-06-19T18:00:00+08:00", "task": number}),
        ("severity_changed", {"severity": 2, "reason": number}),
        ("private_reply", {}),
    ):
        event = {"type": kind, "at": AT, "text": f"回 {number}", "data": data}
        post(f"/complaints/{complaint}/events", event)


def _send_file(walk: Walk) -> None:
    """A file of customers in whose every column a number stands, and lines that are wrong."""
    lines = [f"{number},{number},{number}" for number in WRITTEN]
    sheet = "\n".join(["昵称,手机号,备注", *lines, *(f"客{n}x,{n}x,{n}" for n in WRITTEN)])
    sent = {"file": (io.BytesIO(sheet.encode()), f"{WRITTEN[0]}.csv")}
    answer = walk.page.client.post("/imports", data={**sent, "csrf_token": walk.page.csrf_token()})
    walk.read("writing", "/imports", answer)
    walk.rows["file_id"] = list(walk.page.session.scalars(select(ContactFile.id)))
    assert walk.rows["file_id"], answer.text


def _make_albums(walk: Walk, store_id: int) -> None:
    """Albums with a number in their names; customers see them too."""
    for number in WRITTEN:
        typed = {"name": f"王姐 {number} 的壶", "days": "7", "store_id": str(store_id)}
        answer = walk.page.client.post(
            "/albums", data={**typed, "csrf_token": walk.page.csrf_token()}
        )
        walk.read("writing", "/albums", answer)
        assert answer.status_code == 303, answer.text
    made = walk.page.session.scalars(select(Album).order_by(Album.id.desc()).limit(len(WRITTEN)))
    walk.rows |= {"album_id": [], "token": []}
    for album in made:
        walk.rows["album_id"].append(album.id)
        walk.rows["token"].append(album.token)


def run_worker(walk: Walk, robots: FakeRobots, settings: Settings) -> list[str]:
    """Let every job of the worker run, and return what left for the robots."""
    out = gateways.build(allowed_hosts=(robots.host,), base_url="https://shop.example")
    factory = walk.page.app.extensions["session_factory"]
    walk.page.session.commit()
    tools = worker.Tools(settings, factory, out, started_at=AS_OF)
    for later in LATER:  # what the ladders raise leaves when they have caught up
        clock.set_offset(timedelta(0))
        clock.set_offset(AS_OF + later - clock.now())
        for job in worker.JOBS.values():
            job.run(tools)
    walk.page.session.expire_all()
    return [f"{one.path}?{one.raw_query}\n{one.body.decode()}" for one in robots.accepted]


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """All that server and worker say, at their most talkative."""
    root, words, before = logging.getLogger(), io.StringIO(), structlog.get_config()
    handlers, level = list(root.handlers), root.level
    monkeypatch.setattr(sys, "stderr", words)
    logs.configure("DEBUG")
    yield words
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.configure(**before)


def _by_role(session: Session) -> dict[Role, Staff]:
    people = session.scalars(select(Staff).where(Staff.disabled_at.is_(None)).order_by(Staff.id))
    return {one.role: one for one in people}


@pytest.mark.parametrize("shop", OWNERS)
def test_no_full_number_is_anywhere_before_a_reveal(
    log: io.StringIO, visit: Visit, settings: Settings, shop: str
) -> None:
    walk = Walk(visit(shop, OWNERS[shop], small=True))
    page, session = walk.page, walk.page.session
    people = _by_role(session)
    walk.known = known_numbers(session)
    assert len(walk.known) > len(WRITTEN)
    with FakeRobots(clock=lambda: clock.now().timestamp()) as robots:
        for kind, url in (
            (ChannelKind.WECOM_ROBOT, robots.wecom()),
            (ChannelKind.DINGTALK_ROBOT, robots.dingtalk()),
            (ChannelKind.FEISHU_ROBOT, robots.feishu()),
            (ChannelKind.WEBHOOK, robots.webhook()),
        ):
            make_channel(session, actor_of(session, people[Role.OWNER]), kind, url=url)
        write_numbers(walk, people[Role.OWNER])
        bodies = run_worker(walk, robots, settings)
    walk.known |= known_numbers(session)
    for role, staff in people.items():
        page.sign_in(staff)
        walk.follow(role)
        walk.ask(role, pass_of(page, staff))
    said = log.getvalue()
    for place, texts in (("alert", bodies), ("log", said.splitlines())):
        walk.found += [f"{place}: {one[:300]}" for one in texts if told(one, walk.known)]
    assert not walk.found, "\n".join(dict.fromkeys(walk.found))
    assert {one.partition("?")[0] for one in bodies} >= {"/cgi-bin/webhook/send", "/hook"}
    assert "alerts sent" in said
    assert walk.pages > PAGES_LEAST


@pytest.mark.parametrize(
    ("door", "action"),
    [
        ("POST /contacts/{}/phone", "contact.phone_revealed"),
        ("GET /api/v1/contacts/{}/phone", "contact.phone_revealed"),
        ("POST /contacts/{}/export", "contact.exported"),
        ("GET /api/v1/contacts/{}/export", "contact.exported"),
    ],
)
def test_reveal_tells_the_number_in_its_answer_alone_and_is_written_down(
    log: io.StringIO, visit: Visit, door: str, action: str
) -> None:
    walk = Walk(visit("apparel", OWNERS["apparel"], small=True))
    page, session = walk.page, walk.page.session
    owner = _by_role(session)[Role.OWNER]
    write_numbers(walk, owner)
    contact, number = walk.rows["contact_id"][0], WRITTEN[0]
    rows = select(AuditEntry).where(
        AuditEntry.action == action, AuditEntry.subject == f"contact:{contact}"
    )
    assert not session.scalars(rows).all()
    method, path = door.format(contact).split()
    headers = pass_of(page, owner) if "/api/" in path else {}
    data = {} if headers else {"csrf_token": page.csrf_token()}
    answer = page.client.open(path, method=method, headers=headers, data=data)
    assert number in answer.text
    assert number not in f"{path}{unquote(str(answer.headers))}"
    (row,) = session.scalars(rows)
    assert row.actor_id == owner.id
    assert number not in f"{row.before}{row.after}"
    after = page.client.get(f"/contacts/{contact}")
    walk.read("after", path, after)
    assert walk.found == []
    assert told(log.getvalue(), {number}) == set()
