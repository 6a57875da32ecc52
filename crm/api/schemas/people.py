"""Stores, contacts, one-on-one time."""

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
from crm.attention.rules import (
    CLIENT_KEY_MAX,
    MINUTES_MAX,
    NOTE_MAX,
    LogTouch,
    State,
    Topic,
    TouchKind,
)
from crm.contacts.rules import (
    CONSENT_NOTE_MAX,
    DETAIL_MAX,
    EXTERNAL_ID_MAX,
    NAME_MAX,
    NICKNAME_MAX,
    REMARK_MAX,
    TAG_MAX,
    TAGS_MAX,
    WECHAT_ID_MAX,
    Consent,
    ConsentBasis,
    IdentityKind,
    MovedFrom,
    MoveKind,
    NewContact,
)
from crm.lifecycle.rules.privacy import SECTIONS
from crm.lifecycle.rules.timeline import Kind
from crm.stores.rules import CODE_MAX, NewStore, StoreState
from crm.stores.rules import NAME_MAX as STORE_NAME_MAX

PHONE_TEXT_MAX = 40
"""As people write it, with spaces and dashes."""


class StoreIn(Command):
    """A new store."""

    name = Line(STORE_NAME_MAX, 1, required=True)
    code = Line(CODE_MAX, 1, required=True)
    state = ma.fields.Enum(StoreState, by_value=True, load_default=StoreState.OPEN)
    closed_on = Day(load_default=None, allow_none=True)

    @ma.post_load
    def command(self, data: dict[str, Any], **_: Any) -> NewStore:
        return NewStore(**data)


class StoreOut(ma.Schema):
    id = Id()
    name = ma.fields.String()
    code = ma.fields.String()
    state = ma.fields.Enum(StoreState, by_value=True)
    closed_on = Day(allow_none=True)


class StoreList(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(StoreOut))
    next_cursor = ma.fields.String(allow_none=True)


class MovedIn(Command):
    kind = ma.fields.Enum(MoveKind, by_value=True, required=True)
    store_id = Id(load_default=None, allow_none=True)
    group_id = Id(load_default=None, allow_none=True)
    detail = Line(DETAIL_MAX, load_default="")
    at = Moment(load_default=None, allow_none=True)

    @ma.post_load
    def command(self, data: dict[str, Any], **_: Any) -> MovedFrom:
        return MovedFrom(**data)


class ConsentIn(Command):
    basis = ma.fields.Enum(ConsentBasis, by_value=True, required=True)
    at = Moment(required=True)
    note = Line(CONSENT_NOTE_MAX, load_default="")

    @ma.post_load
    def command(self, data: dict[str, Any], **_: Any) -> Consent:
        return Consent(**data)


class ContactIn(Command):
    name = Line(NAME_MAX, 1, required=True)
    nickname = Line(NICKNAME_MAX, load_default="")
    remark = Line(REMARK_MAX, load_default="")
    phone = Line(PHONE_TEXT_MAX, load_default="")
    wechat_id = Line(WECHAT_ID_MAX, load_default="")
    external_userid = Line(EXTERNAL_ID_MAX, load_default="")
    unionid = Line(EXTERNAL_ID_MAX, load_default="")
    store_id = Id(required=True)
    moved_from = ma.fields.Nested(MovedIn, load_default=None, allow_none=True)
    consent = ma.fields.Nested(ConsentIn, load_default=None, allow_none=True)
    tags = ma.fields.List(Line(TAG_MAX, 1), load_default=[], validate=validate.Length(max=TAGS_MAX))

    @ma.post_load
    def command(self, data: dict[str, Any], **_: Any) -> NewContact:
        known = [(kind, data.pop(kind.value)) for kind in IdentityKind if kind.value in data]
        return NewContact(
            **{**data, "tags": tuple(data["tags"])},
            identities=tuple((kind, value) for kind, value in known if value),
        )


class KnownProblem(Problem):
    """An identity leads to somebody already; null for somebody of stores one does not see."""

    existing_id = Id(allow_none=True)


class HandOnIn(Command):
    to_id = Id(required=True)


class OwnerProblem(Problem):
    """Who looks after a contact now, if anybody does."""

    owner_id = Id(allow_none=True)


class ContactPatch(Command):
    name = Line(NAME_MAX, 1)
    nickname = Line(NICKNAME_MAX)
    remark = Line(REMARK_MAX)
    tags = ma.fields.List(Line(TAG_MAX, 1), validate=validate.Length(max=TAGS_MAX))


class ContactOut(ma.Schema):
    id = Id()
    name = Shown()
    nickname = Shown()
    remark = Shown()
    phone_masked = ma.fields.String(allow_none=True)
    store_id = Id()
    owner_id = Id(allow_none=True)
    tags = ma.fields.List(Shown())
    do_not_contact = ma.fields.Boolean()
    created_at = Moment()


class ContactQuery(ListQuery):
    q = Line(100, load_default="")
    store_id = RowIdText(load_default=None)
    tag = Line(TAG_MAX, load_default="")


class ContactList(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(ContactOut))
    next_cursor = ma.fields.String(allow_none=True)


class Phone(ma.Schema):
    phone = ma.fields.String(allow_none=True)


class PersonExport(ma.Schema):
    """Everything about one person, section by section, as the tables hold it."""

    contact_id = Id()
    exported_at = ma.fields.String()

    class Meta:
        """Read by the library: sections come as they are."""

        include = {name: ma.fields.List(ma.fields.Dict()) for name in SECTIONS}  # noqa: RUF012  declared so by the library


class TimelineEntry(ma.Schema):
    type = ma.fields.String(validate=validate.OneOf([kind.value for kind in Kind]))
    id = Id()
    at = Moment()
    text = Shown()


class Timeline(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(TimelineEntry))
    next_cursor = ma.fields.String(allow_none=True)


class TouchIn(Command):
    contact_id = Id(required=True)
    kind = ma.fields.Enum(TouchKind, by_value=True, required=True)
    minutes = Whole(1, MINUTES_MAX, required=True)
    happened_at = Moment(required=True)
    client_key = Line(CLIENT_KEY_MAX, 1, required=True)
    note = Text(NOTE_MAX, load_default="")
    topic = ma.fields.Enum(Topic, by_value=True, load_default=Topic.PRE_SALE)
    complaint_id = Id(load_default=None, allow_none=True)

    @ma.post_load
    def command(self, data: dict[str, Any], **_: Any) -> LogTouch:
        return LogTouch(**data)


class AllowanceOut(ma.Schema):
    window_days = ma.fields.Integer()
    cap_minutes = ma.fields.Integer()
    used_minutes = ma.fields.Integer()
    exempt_minutes = ma.fields.Integer()
    remaining_minutes = ma.fields.Integer()
    state = ma.fields.Enum(State, by_value=True)
    margin_fen = ma.fields.Integer()
    cost_fen = ma.fields.Integer()
    policy = ma.fields.String()


class TouchOut(ma.Schema):
    id = Id()
    allowance = ma.fields.Nested(AllowanceOut)
