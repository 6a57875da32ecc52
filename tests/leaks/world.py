"""Two stores that have one of everything, each full of words that nobody else uses.

A store is filled through the doors of the product, by its own manager: pages and the JSON API.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from flask import Flask
from sqlalchemy import Table, event, func, select
from sqlalchemy.orm import Session, sessionmaker

from crm.accounts import service as accounts
from crm.accounts.models import Staff
from crm.accounts.rules import Role, Scope
from crm.albums.models import Album
from crm.alerts import service as alerts
from crm.alerts.models import Alert
from crm.complaints.models import Complaint, SlaClock
from crm.complaints.rules.words import ClockKind
from crm.contacts import jobs as contact_jobs
from crm.contacts.models import Consent, ContactFile, ContactNote, StepTaken
from crm.db import Base
from crm.groups.models import ChatImport, GroupMember, UnansweredItem
from crm.lifecycle.models import HandOver, PrivacyRequest
from crm.orders.models import OrderFile
from crm.stores.models import Store
from tests.conftest import NOW
from tests.factories.albums import photo
from tests.factories.alerts import new_alert
from tests.factories.stores import make_staff, make_store
from tests.html import Page
from tests.leaks.visitor import Visitor
from tests.rules import contact_files_samples, shop_orders_samples


@dataclass(frozen=True)
class Words:
    """What marks a store: its customers' names begin so, its numbers end so, its codes begin so."""

    name: str
    code: str
    tail: str

    @property
    def phone(self) -> str:
        return f"1390077{self.tail}"

    @property
    def marks(self) -> tuple[str, ...]:
        return self.name, self.code, f"****{self.tail}", self.phone, f"77{self.tail}"


WRITING = ("INSERT", "UPDATE", "DELETE", "WITH")
OURS = Words("白鹭", "egret", "4452")
THEIRS = Words("蓝鲸", "whale", "8137")


@dataclass
class Half:
    """One store: who works in it, and for each parameter of a route the number of a row of it."""

    words: Words
    store: Store
    staff: dict[Role, Staff]
    ids: dict[str, Any] = field(default_factory=dict)
    inbox: dict[Role, int] = field(default_factory=dict)
    """An alert to each of its people."""
    rows: dict[str, set[int]] = field(default_factory=dict)
    """The ids of all its rows, by table."""


class World:
    """The shop; `ours` is there from the start, `theirs` once `add_theirs` was called."""

    def __init__(self, app: Flask, session: Session, factory: sessionmaker[Session]) -> None:
        self.app, self.session, self.factory = app, session, factory
        self.leaders = {
            role: make_staff(session, role, name=name)
            for role, name in ((Role.OWNER, "阿俊"), (Role.LEAD, "周琳"))
        }
        self.ours = self._filled(OURS)

    def add_theirs(self) -> Half:
        self.theirs = self._filled(THEIRS)
        return self.theirs

    def visitor(self, staff: Staff | None, scope: Scope | None = None) -> Visitor:
        """Somebody at a page, or with a scope her program."""
        secret = ""
        if staff is not None and scope is None:
            secret = accounts.start_session(self.session, staff, now=NOW)
        elif staff is not None and scope is not None:
            secret = accounts.make_token(self.session, staff, "t", scope, actor=None, now=NOW)
        self.session.commit()
        return Visitor(self.app, secret, is_program=scope is not None)

    def person(self, role: Role) -> Staff:
        return self.leaders.get(role) or self.ours.staff[role]

    @contextmanager
    def undone(self) -> Iterator["Changes"]:
        """Let requests happen and take back what they wrote; says meanwhile what they changed."""
        self.session.commit()
        connection = self.factory.kw["bind"]
        changes = Changes(self, connection)
        attempt = connection.begin_nested()
        event.listen(connection.engine, "before_cursor_execute", changes.note)
        try:
            yield changes
        finally:
            event.remove(connection.engine, "before_cursor_execute", changes.note)
            attempt.rollback()

    def tables(self) -> dict[str, dict[Any, tuple[Any, ...]]]:
        """Return every row of every table, by its key."""
        connection, found = self.factory.kw["bind"], {}
        for table in Base.metadata.sorted_tables:
            keys = [column.name for column in table.primary_key]
            rows = connection.execute(select(table)).mappings()
            found[table.name] = {tuple(row[k] for k in keys): _comparable(row) for row in rows}
        return found

    def settle(self) -> None:
        """Remember the tables as they are: `Changes` are told against them."""
        self.session.commit()
        self.before = self.tables()

    def _newest(self, column: Any, *conditions: Any) -> int:
        self.session.expire_all()
        number = self.session.scalar(select(func.max(column)).where(*conditions))
        assert number is not None, column
        return int(number)

    def _highest(self) -> dict[str, int]:
        found = {}
        for table in Base.metadata.sorted_tables:
            if "id" in table.columns:
                found[table.name] = self.session.scalar(select(func.max(table.c.id))) or 0
        return found

    def _filled(self, words: Words) -> Half:
        before = self._highest()
        store = make_store(self.session, f"{words.name}店", code=words.code)
        roles = (Role.MANAGER, Role.ASSISTANT)
        staff = {
            role: make_staff(self.session, role, store, name=f"{words.name}员") for role in roles
        }
        half = Half(words, store, staff)
        self.session.commit()
        _Filling(self, half).run()
        for name, highest in self._highest().items():
            half.rows[name] = set(range(before[name] + 1, highest + 1))
        return half


def _comparable(row: Any) -> tuple[Any, ...]:
    return tuple(str(value) if isinstance(value, dict | list) else value for value in row.values())


class Changes:
    """What requests wrote inside `World.undone`; the tables are read only if they wrote at all."""

    def __init__(self, world: World, connection: Any) -> None:
        self.world, self.connection, self.wrote = world, connection, False

    def note(self, _connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        self.wrote = self.wrote or statement.lstrip().upper().startswith(WRITING)

    def rows(self) -> Iterator[tuple[Table, dict[str, Any]]]:
        """Give each row that is new or changed or gone, as it is now or was."""
        after = self.world.tables() if self.wrote else self.world.before
        for table in Base.metadata.sorted_tables:
            old, new = self.world.before[table.name], after[table.name]
            for key in old.keys() | new.keys():
                if old.get(key) != new.get(key):
                    values = new.get(key) or old[key]
                    yield table, dict(zip(table.columns.keys(), values, strict=True))


class _Filling:
    """One of everything, by the manager of a store."""

    def __init__(self, world: World, half: Half) -> None:
        self.world, self.half, self.words, self.ids = world, half, half.words, half.ids
        manager = half.staff[Role.MANAGER]
        self.api = world.visitor(manager, Scope.WRITE)
        self.page = world.visitor(manager)
        self.place = {"store_id": half.store.id}
        self.at = (NOW - timedelta(minutes=8)).isoformat()

    def run(self) -> None:
        self.ids["store_id"] = self.half.store.id
        self.people()
        self.chat()
        self.cases()
        self.trade()
        self.files()
        self.lists()
        self.album()

    def _post(self, path: str, body: dict[str, Any]) -> Any:
        answer = self.api.json("POST", f"/api/v1{path}", body)
        assert answer.status_code < 300, (path, answer.text)
        return answer.json

    def _press(self, path: str, data: dict[str, Any] | None = None) -> None:
        answer = self.page.form(path, data or {})
        assert answer.status_code == 303, (path, answer.status_code, answer.text[-200:])

    def _person(self, part: str, **more: Any) -> int:
        name = f"{self.words.name}{part}"
        return int(self._post("/contacts", {"name": name, **self.place, **more})["id"])

    def people(self) -> None:
        code, name = self.words.code, self.words.name
        move = {"kind": "store", **self.place, "detail": f"{name}迁", "at": self.at}
        contact = self._person(
            "甲",
            nickname=f"{name}昵",
            remark=f"{name}注",
            tags=[f"{name}签"],
            phone=self.words.phone,
            wechat_id=f"{code}wx",
            external_userid=f"{code}ext",
            unionid=f"{code}union",
            moved_from=move,
            consent={"basis": "consent", "at": self.at, "note": f"{name}同意"},
        )
        self.ids |= {"contact_id": contact, "first_id": contact}
        self.ids["second_id"] = self.ids["other_id"] = self._person("甲")  # her double by name
        merged = self._person("丙", remark=f"{name}并")
        made = self._post(f"/contacts/{contact}/merge", {"other_id": merged})
        self.ids["merge_id"] = made["merge_id"]
        self._press(f"/contacts/{contact}/steps", {"step": "added"})
        self.ids |= {"second": int(NOW.timestamp()), "fraction": NOW.microsecond}  # of her tag
        self.ids["step_id"] = self.world._newest(StepTaken.id)
        self.ids["consent_id"] = self.world._newest(Consent.id)
        colleague = {"to_id": self.half.staff[Role.ASSISTANT].id}
        self._press(f"/contacts/{contact}/hand-on", colleague)
        self.ids["hand_over_id"] = self.world._newest(HandOver.id)
        touch = {"contact_id": contact, "kind": "chat", "minutes": 5, "happened_at": self.at}
        touch |= {"client_key": f"{code}-touch", "note": f"{name}聊"}
        self.ids["touch_id"] = self._post("/touches", touch)["id"]
        note = ContactNote(contact_id=contact, text=f"{name}记", author_name=f"{name}员")
        note.noted_at = note.recorded_at = NOW
        note.content_hash = code
        self.world.session.add(note)
        self.world.session.commit()

    def chat(self) -> None:
        name = self.words.name
        group = {"name": f"{name}群", **self.place, "external_chat_id": f"{self.words.code}chat"}
        self.ids["group_id"] = group_id = self._post("/groups", {**group, "member_count": 80})["id"]
        fake = f"{name}收到的裙子吊牌不对，是不是假货？质量太差了，要退款"
        lines = (
            (f"{name}骂客", fake),
            (f"{name}群友", f"{name}何时发货？"),
            (f"{name}甲", f"{name}还有货吗？"),
        )
        messages = [
            {"sender": who, "is_staff": False, "sent_at": self.at, "text": text}
            for who, text in lines
        ]
        taken = self._post(f"/groups/{group_id}/messages", {"messages": messages})
        self.ids["suspected_id"] = taken["complaint_ids"][0]
        self.ids["member_id"] = self.world._newest(GroupMember.id)
        self.ids["item_id"] = self.world._newest(UnansweredItem.id)
        self.ids["import_id"] = self.world._newest(ChatImport.id)

    def cases(self) -> None:
        name, code = self.words.name, self.words.code
        case = {
            "channel": "group",
            "text": f"{name}收到的是不是假货",
            "occurred_at": self.at,
            "group_id": self.ids["group_id"],
            "contact_id": self.ids["contact_id"],
            "reporter_name": f"{name}报",
            "category": "suspected_fake",
            "product_ref": f"{name}裙",
            "order_no": f"{code}-1",
            **self.place,
        }
        both = [self._post("/complaints", {**case, "text": case["text"] + end}) for end in "！？"]
        self.ids["complaint_id"] = first = both[0]["id"]
        for number, one in enumerate(both):
            signal = {"signal": "refund_ask", "member": f"{name}看客{number}"}
            self._event(one["id"], "onlooker_signal", data=signal)
        self._event(first, "public_reply", text=f"{name}已回")
        due = (NOW + timedelta(hours=3)).isoformat()
        promise = {"due_at": due, "task": f"{name}补发"}
        self.ids["seq"] = self._event(first, "promised", data=promise)
        found = self.world.session.get_one(Complaint, first)
        assert found.incident_id is not None
        self.ids["incident_id"] = found.incident_id
        promised = (SlaClock.complaint_id == first, SlaClock.kind == ClockKind.PROMISE)
        self.ids["clock_id"] = self.world._newest(SlaClock.id, *promised)
        asked = {"kind": "access", "words": f"{name}要资料", "client_key": f"{code}-ask"}
        self._press(f"/contacts/{self.ids['contact_id']}/privacy", asked)
        self.ids["request_id"] = self.world._newest(PrivacyRequest.id)
        people = {role: person.id for role, person in self.half.staff.items()}
        told = new_alert(*people.values(), base=code, subject_id=first, **self.place)
        with self.world.factory.begin() as session:
            alerts.raise_alert(session, told, now=NOW)
        for role, person in people.items():  # an inbox is her own
            self.half.inbox[role] = self.world._newest(Alert.id, Alert.staff_id == person)

    def _event(self, complaint_id: int, kind: str, **more: Any) -> int:
        """Record what happened and return its number in the log."""
        body = {"type": kind, "at": self.at, **more}
        return int(self._post(f"/complaints/{complaint_id}/events", body)["events"][-1]["seq"])

    def trade(self) -> None:
        name = self.words.name
        line = {"product": f"{name}裙", "category": f"{name}类", "quantity": 1, "amount_fen": 32900}
        for number, days in enumerate((90, 60, 30)):
            moment = (NOW - timedelta(days=days)).isoformat()
            order = {"channel": "pos", "order_no": f"{self.words.code}-{number}", "lines": [line]}
            order |= {"ordered_at": moment, "paid_fen": 32900, "status": "completed", **self.place}
            buyer = {"id": self.ids["contact_id"]}
            self._post("/orders", {"orders": [{**order, "contact": buyer}]})
        nobody = {**order, "order_no": f"{self.words.code}-9", "contact": {"phone": "13900000001"}}
        self._post("/orders", {"orders": [nobody]})

    def files(self) -> None:
        name, orders, people = self.words.name, shop_orders_samples, contact_files_samples
        cells = orders.order_cells(
            f"{self.words.code}-7", 收件人姓名=f"{name}收", 商品名称=f"{name}袍"
        )
        bad = orders.order_cells(f"{self.words.code}-8", 订单实际支付金额="abc")
        self._upload("orders", orders.as_csv([cells, bad], "utf-8"))
        self.ids["file_id"] = self.world._newest(OrderFile.id)
        row = {"会员姓名": f"{name}员外", "手机号": f"1390078{self.words.tail}"}
        broken = {"会员姓名": f"{name}坏", "手机号": "123"}
        data = people.as_csv([people.member(1, **row), people.member(2, **broken)])
        self._upload("contacts", data)
        self.ids["contact_file_id"] = file_id = self.world._newest(ContactFile.id)
        shown = Page(self.page.get(f"/imports/contacts/{file_id}").get_data(as_text=True))
        form = shown.one("form", action=f"/imports/contacts/{file_id}")
        self._press(f"/imports/contacts/{file_id}", {**shown.fields(form), "start": "1"})
        contact_jobs.take_files(self.world.factory, now=lambda: NOW)

    def _upload(self, kind: str, data: bytes) -> None:
        sent = {"kind": kind, "store": str(self.half.store.id)}
        sent["file"] = (io.BytesIO(data), f"{self.words.name}{kind}.csv")  # type: ignore[assignment]
        self._press("/imports", sent)

    def lists(self) -> None:
        wanted = {"field": "store_id", "op": "is", "value": self.half.store.id}
        sheet = {"name": f"{self.words.name}名单", "filter": {"all": [wanted]}}
        sheet |= {"holdout_percent": 0, "copy": "{name}，新到一批", "seed": "s"}
        self.ids["campaign_id"] = self._post("/campaigns", sheet)["id"]

    def album(self) -> None:
        self._press("/albums", {"name": f"{self.words.name}相册", "days": "7", **self.place})
        self.ids["album_id"] = album_id = self.world._newest(Album.id)
        sent = {"photos": (io.BytesIO(photo("red")), f"{self.words.name}.jpg")}
        self._press(f"/albums/{album_id}/photos", sent)
        shown = Page(self.page.get(f"/albums/{album_id}").get_data(as_text=True))
        source = next(
            image.get("src", "") for image in shown.all("img") if "files" in image.get("src", "")
        )
        self.ids |= {"number": 1, "album_file": source.rpartition("/")[2]}
