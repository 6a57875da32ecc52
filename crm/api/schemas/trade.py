"""Orders, loyalty, copy check."""

from typing import Any

import marshmallow as ma
from marshmallow import validate

from crm.api.schemas.fields import Command, Day, Id, Line, Moment, Whole
from crm.claims.rules import Finding, Industry, Level
from crm.i18n import _ as words
from crm.loyalty.rules import RhythmState
from crm.orders.rules import NewLine, NewOrder, OrderChannel, OrderStatus, status_of

ORDERS_MAX = 1000
LINES_MAX = 200
TEXT_MAX = 10_000
SEVERITIES = ("block", "warn")


class LineIn(Command):
    product = Line(200, 1, required=True)
    category = Line(40, load_default="")
    quantity = Whole(1, 1_000_000, required=True)
    amount_fen = Whole(required=True)

    @ma.post_load
    def command(self, data: dict[str, Any], **_: Any) -> NewLine:
        return NewLine(**data)


class BuyerIn(Command):
    id = Id(load_default=None, allow_none=True)
    external_userid = Line(64, load_default=None, allow_none=True)
    unionid = Line(64, load_default=None, allow_none=True)
    phone = Line(40, load_default=None, allow_none=True)


class OrderIn(Command):
    channel = ma.fields.Enum(OrderChannel, by_value=True, required=True)
    order_no = Line(64, 1, required=True)
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
    from_ = Day(data_key="from")
    to = Day()


class RhythmOut(ma.Schema):
    median_interval_days = ma.fields.Float(allow_none=True)
    expected_next_on = Day(allow_none=True)
    window = ma.fields.Nested(WindowOut, allow_none=True)
    state = ma.fields.Enum(RhythmState, by_value=True, allow_none=True)


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
    severity = ma.fields.String(validate=validate.OneOf(SEVERITIES))
    level = ma.fields.Enum(Level, by_value=True)
    suggestion = ma.fields.String()

    @ma.pre_dump
    def shown(self, finding: Finding, **_: Any) -> dict[str, Any]:
        """`severity` is the rule's level in two words; a rule without one gives a hint."""
        return {
            **{name: getattr(finding, name) for name in ("start", "end", "text", "rule")},
            "severity": "block" if finding.level is Level.BLOCK else "warn",
            "level": finding.level or Level.HINT,
            "suggestion": finding.advice,
        }


class CheckOut(ma.Schema):
    findings = ma.fields.List(ma.fields.Nested(FindingOut))
