"""Groups, chat, complaints."""

from typing import Any

import marshmallow as ma
from marshmallow import validate

from crm.api.schemas.fields import (
    Command,
    Day,
    Id,
    Line,
    ListQuery,
    Moment,
    Problem,
    RowIdText,
    Shown,
    Text,
    Whole,
)
from crm.complaints.rules import commands, words
from crm.complaints.rules.clocks import Rule
from crm.complaints.rules.explain import StretchKind
from crm.complaints.rules.privacy import RequestKind
from crm.groups.rules import Detection, NewGroup, NewMessage, mask_phones
from crm.groups.rules import terms as groups

MESSAGES_MAX = 1000
POSTABLE = [kind.value for kind in words.EventType if kind not in words.WRITTEN_BY_SHUKE]
TIMES = ("until", "due_at")
"""Times in what an event carries."""
FORMATS = ("auto", "w1", "w2", "w3", "w4", "w5", "w6", "q", "x1", "x2", "x3", "x4", "note")


class GroupIn(Command):
    name = Line(groups.GROUP_NAME_MAX, 1, required=True)
    store_id = Id(required=True)
    external_chat_id = Line(groups.EXTERNAL_ID_MAX, load_default=None, allow_none=True)
    owner_id = Id(load_default=None, allow_none=True)
    member_count = Whole(0, groups.MEMBERS_MAX, load_default=None, allow_none=True)
    complaint_detection = ma.fields.Enum(Detection, by_value=True, load_default=Detection.OPEN)

    @ma.post_load
    def command(self, data: dict[str, Any], **_: Any) -> NewGroup:
        return NewGroup(**{**data, "external_chat_id": data["external_chat_id"] or None})


class GroupOut(ma.Schema):
    id = Id()
    name = ma.fields.String()
    store_id = Id()
    external_chat_id = ma.fields.String(allow_none=True)
    owner_id = Id(allow_none=True)
    member_count = ma.fields.Integer(allow_none=True)
    complaint_detection = ma.fields.Enum(Detection, by_value=True)


class GroupList(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(GroupOut))
    next_cursor = ma.fields.String(allow_none=True)


class MessageIn(Command):
    message_id = Line(groups.EXTERNAL_ID_MAX, load_default=None, allow_none=True)
    sender = Line(groups.SENDER_MAX, 1, required=True)
    contact_id = Id(load_default=None, allow_none=True)
    is_staff = ma.fields.Boolean(required=True, truthy={True}, falsy={False})
    sent_at = Moment(required=True)
    text = Text(groups.TEXT_MAX, required=True)

    @ma.post_load
    def command(self, data: dict[str, Any], **_: Any) -> NewMessage:
        external_id = data.pop("message_id") or None
        return NewMessage(**data, external_id=external_id)


class MessagesIn(Command):
    messages = ma.fields.List(
        ma.fields.Nested(MessageIn),
        required=True,
        validate=validate.Length(min=1, max=MESSAGES_MAX),
    )

    @ma.post_load
    def lines(self, data: dict[str, Any], **_: Any) -> list[NewMessage]:
        return list(data["messages"])


class SuspectedOut(ma.Schema):
    index = ma.fields.Integer()
    score = ma.fields.Float()
    reason = ma.fields.String()


class MessagesOut(ma.Schema):
    accepted = ma.fields.Integer()
    duplicates = ma.fields.Integer()
    suspected = ma.fields.List(ma.fields.Nested(SuspectedOut))
    complaint_ids = ma.fields.List(Id())


class ChatIn(Command):
    text = ma.fields.String(required=True, validate=validate.Length(min=1, max=groups.PASTE_MAX))
    format = ma.fields.String(load_default="auto", validate=validate.OneOf(FORMATS))
    date = Day(load_default=None, allow_none=True)
    dry_run = ma.fields.Boolean(load_default=False, truthy={True}, falsy={False})


class ChatLineOut(ma.Schema):
    sender = Shown()
    sent_at = Moment(allow_none=True)
    text = Shown()
    matched_contact_id = Id(allow_none=True)
    suspected = ma.fields.Boolean()


class ChatOut(ma.Schema):
    format = ma.fields.String()
    messages = ma.fields.List(ma.fields.Nested(ChatLineOut))
    unparsed = ma.fields.List(Shown())
    duplicates = ma.fields.Integer()
    accepted = ma.fields.Integer()


class ComplaintIn(Command):
    channel = ma.fields.Enum(words.Channel, by_value=True, required=True)
    text = Text(words.TEXT_MAX, 1, required=True)
    occurred_at = Moment(required=True)
    group_id = Id(load_default=None, allow_none=True)
    contact_id = Id(load_default=None, allow_none=True)
    reporter_name = Line(words.ALIAS_MAX, load_default="")
    store_id = Id(required=True)
    category = ma.fields.Enum(words.Category, by_value=True, load_default=words.Category.OTHER)
    severity = Whole(1, 4, load_default=None, allow_none=True)
    order_no = Line(words.REF_MAX, load_default="")
    product_ref = Line(words.REF_MAX, load_default="")
    audience_size = Whole(0, words.AUDIENCE_MAX, load_default=None, allow_none=True)
    external_due_at = Moment(load_default=None, allow_none=True)
    request_kind = ma.fields.Enum(RequestKind, by_value=True, load_default=None, allow_none=True)

    @ma.post_load
    def command(self, data: dict[str, Any], **_: Any) -> commands.LogComplaint:
        return commands.LogComplaint(**data)


class EventData(Command):
    """What an event carries; which parts it needs depends on its type."""

    intent = ma.fields.Enum(words.Intent, by_value=True)
    recalled = ma.fields.Boolean(truthy={True}, falsy={False})
    signal = ma.fields.Enum(words.SignalKind, by_value=True)
    member = Line(words.ALIAS_MAX, allow_none=True)
    to_id = Id()
    reason = Text(words.REASON_MAX)
    until = Moment()
    due_at = Moment()
    task = Line(words.REF_MAX, allow_none=True)
    severity = Whole(1, 4)
    kind = ma.fields.Enum(words.ClockKind, by_value=True)
    cycle = Id()
    promise = Id()
    into_id = Id()
    seq = Id()


class EventIn(Command):
    type = ma.fields.String(required=True, validate=validate.OneOf(POSTABLE))
    at = Moment(required=True)
    text = Text(words.TEXT_MAX, load_default="")
    data = ma.fields.Nested(EventData, load_default=dict)

    @ma.post_load
    def command(self, data: dict[str, Any], **_: Any) -> commands.NewEvent:
        return commands.NewEvent(**{**data, "type": words.EventType(data["type"])})


class StateProblem(Problem):
    """The state forbids the event; these it takes."""

    allowed = ma.fields.List(ma.fields.Enum(words.EventType, by_value=True))


class ClockOut(ma.Schema):
    kind = ma.fields.Enum(words.ClockKind, by_value=True)
    cycle = ma.fields.Integer()
    basis = ma.fields.Enum(words.Basis, by_value=True)
    state = ma.fields.Enum(words.ClockState, by_value=True)
    started_at = Moment()
    due_at = Moment(allow_none=True)
    task = Shown()
    met_at = Moment(allow_none=True)
    breached_at = Moment(allow_none=True)
    provisional = ma.fields.Boolean()


class Happened(ma.fields.Dict):
    """What an event carried, its times in UTC with Z and its words as everywhere."""

    def _serialize(self, value: Any, *_where: Any, **_kwargs: Any) -> dict[str, Any]:
        times = {name: str(value[name]).replace("+00:00", "Z") for name in TIMES if name in value}
        said = {name: mask_phones(one) for name, one in value.items() if isinstance(one, str)}
        return {**value, **said, **times}


class EventOut(ma.Schema):
    seq = ma.fields.Integer()
    type = ma.fields.Enum(words.EventType, by_value=True)
    at = Moment()
    recorded_at = Moment()
    actor_id = Id(allow_none=True)
    visibility = ma.fields.Enum(words.Visibility, by_value=True, allow_none=True)
    text = Shown()
    data = Happened()


class ComplaintOut(ma.Schema):
    id = Id()
    short_no = ma.fields.Integer()
    channel = ma.fields.Enum(words.Channel, by_value=True)
    category = ma.fields.Enum(words.Category, by_value=True)
    text = Shown()
    occurred_at = Moment()
    logged_at = Moment()
    store_id = Id()
    group_id = Id(allow_none=True)
    contact_id = Id(allow_none=True)
    reporter_name = Shown(attribute="reporter_alias")
    order_no = Shown(attribute="order_ref")
    product_ref = Shown()
    audience_size = ma.fields.Integer(allow_none=True)
    state = ma.fields.Enum(words.State, by_value=True)
    severity = ma.fields.Integer()
    visibility = ma.fields.Enum(words.Visibility, by_value=True)
    owner_id = Id(allow_none=True, attribute="assignee_id")
    incident_id = Id(allow_none=True)
    cycle = ma.fields.Integer()
    chase_count = ma.fields.Integer()
    cause = ma.fields.Enum(words.Cause, by_value=True, allow_none=True)
    previous_id = Id(allow_none=True)
    merged_into_id = Id(allow_none=True)
    first_response_at = Moment(allow_none=True)
    resolved_at = Moment(allow_none=True)
    closed_at = Moment(allow_none=True)
    clocks = ma.fields.List(ma.fields.Nested(ClockOut))


class ComplaintDetail(ComplaintOut):
    events = ma.fields.List(ma.fields.Nested(EventOut))


class ComplaintQuery(ListQuery):
    state = ma.fields.Enum(words.State, by_value=True, load_default=None)
    store_id = RowIdText(load_default=None)
    group_id = RowIdText(load_default=None)
    breached = ma.fields.Boolean(load_default=None)


class ComplaintList(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(ComplaintOut))
    next_cursor = ma.fields.String(allow_none=True)


class SpanOut(ma.Schema):
    start = Moment()
    end = Moment()
    kind = ma.fields.Enum(StretchKind, by_value=True)


class MoveOut(ma.Schema):
    """A changed due time; `seconds` is what it gave, or took with a minus."""

    cause = ma.fields.String()
    at = Moment()
    old = Moment()
    new = Moment()
    seconds = ma.fields.Float()


class ExplainedClock(ClockOut):
    """Counted and left together are the target and what the moves gave or took."""

    target_seconds = ma.fields.Integer()
    rule = ma.fields.Enum(Rule, by_value=True)
    counted_seconds = ma.fields.Float()
    left_seconds = ma.fields.Float()
    spans = ma.fields.List(ma.fields.Nested(SpanOut))
    moves = ma.fields.List(ma.fields.Nested(MoveOut))


class ExplainOut(ma.Schema):
    policy_no = Id()
    policy_at = Moment()
    calendar_no = Id()
    calendar_at = Moment()
    known_until = Day()
    clocks = ma.fields.List(ma.fields.Nested(ExplainedClock))


class ScoresIn(Command):
    texts = ma.fields.List(
        ma.fields.String(validate=validate.Length(max=groups.TEXT_MAX)),
        required=True,
        validate=validate.Length(min=1, max=MESSAGES_MAX),
    )


class ScoreOut(ma.Schema):
    score = ma.fields.Float(allow_none=True)
    reason = ma.fields.String()


class ScoresOut(ma.Schema):
    threshold_ask = ma.fields.Float()
    threshold_open = ma.fields.Float()
    items = ma.fields.List(ma.fields.Nested(ScoreOut))
