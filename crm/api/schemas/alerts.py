"""Alerts and the routes by which they leave."""

import marshmallow as ma
from marshmallow import validate

from crm.alerts.rules import AlertState
from crm.api.schemas.fields import Command, Id, Line, ListQuery, Moment, RowIdText
from crm.integrations.rules import ADDRESS_MAX, SECRET_MAX, URL_MAX, ChannelKind, Level


class AlertOut(ma.Schema):
    id = Id()
    complaint_id = Id(allow_none=True)
    level = ma.fields.Enum(Level, by_value=True, allow_none=True)
    repeat = ma.fields.Integer()
    recipient = ma.fields.String()
    channel = ma.fields.String(validate=validate.OneOf(["inbox", *(k.value for k in ChannelKind)]))
    state = ma.fields.Enum(AlertState, by_value=True)
    fire_at = Moment()
    sent_at = Moment(allow_none=True)
    acknowledged_at = Moment(allow_none=True)
    text = ma.fields.String()


class AlertQuery(ListQuery):
    complaint_id = RowIdText(load_default=None)
    state = ma.fields.Enum(AlertState, by_value=True, load_default=None)


class AlertList(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(AlertOut))
    next_cursor = ma.fields.String(allow_none=True)


class RouteIn(Command):
    kind = ma.fields.Enum(ChannelKind, by_value=True, required=True)
    url = Line(URL_MAX, load_default="")
    secret = Line(SECRET_MAX, load_default="")
    address = Line(ADDRESS_MAX, load_default="")
    store_id = Id(load_default=None, allow_none=True)
    levels = ma.fields.List(ma.fields.Enum(Level, by_value=True), load_default=[])


class RouteOut(ma.Schema):
    id = Id()
    kind = ma.fields.Enum(ChannelKind, by_value=True)
    address = ma.fields.String()
    store_id = Id(allow_none=True)
    levels = ma.fields.List(ma.fields.Enum(Level, by_value=True))
    state = ma.fields.String()
    last_code = ma.fields.String()
    last_at = Moment(allow_none=True)


class RouteList(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(RouteOut))
    next_cursor = ma.fields.String(allow_none=True)


class TestOut(ma.Schema):
    delivered = ma.fields.Boolean()
    code = ma.fields.String()
    detail = ma.fields.String()
