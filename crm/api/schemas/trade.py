"""Orders, loyalty, copy check."""

from typing import Any

import marshmallow as ma
from marshmallow import validate

from crm.api.schemas.fields import Command, Id, Moment, Text, Whole
from crm.claims.rules import Industry
from crm.i18n import _ as words
from crm.orders.rules import NewLine, NewOrder, OrderChannel, OrderStatus, status_of

ORDERS_MAX = 1000
LINES_MAX = 200
TEXT_MAX = 10_000


class LineIn(Command):
    product = Text(200, 1, required=True)
    category = Text(40, load_default="")
    quantity = Whole(1, 1_000_000, required=True)
    amount_fen = Whole(required=True)

    @ma.post_load
    def command(self, data: dict[str, Any], **_: Any) -> NewLine:
        return NewLine(**data)


class BuyerIn(Command):
    id = Id(load_default=None, allow_none=True)
    external_userid = Text(64, load_default=None, allow_none=True)
    unionid = Text(64, load_default=None, allow_none=True)
    phone = Text(40, load_default=None, allow_none=True)


class OrderIn(Command):
    channel = ma.fields.Enum(OrderChannel, by_value=True, required=True)
    order_no = Text(64, 1, required=True)
    ordered_at = Moment(required=True)
    paid_fen = Whole(required=True)
    refunded_fen = Whole(load_default=0)
    status = ma.fields.Enum(OrderStatus, by_value=True, load_default=None)
    contact = ma.fields.Nested(BuyerIn, required=True)
    store_id = Id(load_default=None, allow_none=True)
    lines = ma.fields.List(
        ma.fields.Nested(LineIn), required=True, validate=validate.Length(min=1, max=LINES_MAX)
    )

    @ma.validates_schema
    def refund_within_paid(self, data: dict[str, Any], **_: Any) -> None:
        if data["refunded_fen"] > data["paid_fen"]:
            raise ma.ValidationError({"refunded_fen": [words("api.refund_too_large")]})

    @ma.post_load
    def command(self, data: dict[str, Any], **_: Any) -> NewOrder:
        buyer = data.pop("contact")
        status = data.pop("status") or status_of(
            "", paid_fen=data["paid_fen"], refunded_fen=data["refunded_fen"]
        )
        return NewOrder(
            **{**data, "lines": tuple(data["lines"])},
            status=status,
            contact_id=buyer["id"],
            external_userid=buyer["external_userid"],
            unionid=buyer["unionid"],
            phone=buyer["phone"],
        )


class OrdersIn(Command):
    orders = ma.fields.List(
        ma.fields.Nested(OrderIn), required=True, validate=validate.Length(min=1, max=ORDERS_MAX)
    )


class TakenOut(ma.Schema):
    created = ma.fields.Integer()
    updated = ma.fields.Integer()
    unchanged = ma.fields.Integer()
    unmatched = ma.fields.Integer()


class TagOut(ma.Schema):
    name = ma.fields.String()
    reason = ma.fields.String()


class RfmOut(ma.Schema):
    recency_days = ma.fields.Integer()
    frequency = ma.fields.Integer()
    monetary_fen = ma.fields.Integer()
    score = ma.fields.Integer(allow_none=True)


class WindowOut(ma.Schema):
    from_ = ma.fields.Date(data_key="from")
    to = ma.fields.Date()


class RhythmOut(ma.Schema):
    median_interval_days = ma.fields.Float(allow_none=True)
    expected_next_on = ma.fields.Date(allow_none=True)
    window = ma.fields.Nested(WindowOut, allow_none=True)
    state = ma.fields.String(allow_none=True)


class LoyaltyOut(ma.Schema):
    tags = ma.fields.List(ma.fields.Nested(TagOut))
    orders_count = ma.fields.Integer()
    net_spent_fen = ma.fields.Integer()
    rfm = ma.fields.Nested(RfmOut, allow_none=True)
    rhythm = ma.fields.Nested(RhythmOut)
    next_category = ma.fields.String(allow_none=True)
    probability_90d = ma.fields.Float(allow_none=True)


class CheckIn(Command):
    text = ma.fields.String(required=True, validate=validate.Length(max=TEXT_MAX))
    industry = ma.fields.Enum(Industry, by_value=True, load_default=Industry.GENERAL)


class FindingOut(ma.Schema):
    start = ma.fields.Integer()
    end = ma.fields.Integer()
    text = ma.fields.String()
    rule = ma.fields.String()
    severity = ma.fields.String()
    level = ma.fields.String()
    suggestion = ma.fields.String()


class CheckOut(ma.Schema):
    findings = ma.fields.List(ma.fields.Nested(FindingOut))
