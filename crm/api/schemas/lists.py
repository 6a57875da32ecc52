"""Repurchase lists."""

from typing import Any

import marshmallow as ma

from crm.api.schemas.fields import Command, Id, Line, Problem, Text, Whole, clean
from crm.api.schemas.trade import FindingOut
from crm.campaigns.queries import Status
from crm.campaigns.rules import (
    COPY_MAX,
    HOLDOUT_MAX,
    NAME_MAX,
    SEED_MAX,
    Field,
    FilterRefused,
    NewCampaign,
    Op,
    Reason,
    State,
    Verdict,
    parse_filter,
)
from crm.campaigns.rules.audience import CONDITIONS_MAX, VALUES_MAX, WORD_MAX
from crm.i18n import _

SEED_NUMBER_MAX = 2**63
_ONE = [{"type": "integer", "minimum": 0}, {"type": "string", "maxLength": WORD_MAX}]
_SOME = {"type": "array", "items": {"anyOf": _ONE}, "maxItems": VALUES_MAX}
_CONDITION = {
    "type": "object",
    "required": ["field", "op", "value"],
    "additionalProperties": False,
    "properties": {
        "field": {"enum": [field.value for field in Field]},
        "op": {"enum": [op.value for op in Op]},
        "value": {"anyOf": [*_ONE, _SOME]},
    },
}
FILTER = {
    "type": "object",
    "required": ["all"],
    "additionalProperties": False,
    "properties": {
        "all": {"type": "array", "maxItems": CONDITIONS_MAX, "items": _CONDITION},
    },
}
SEED = {
    "anyOf": [
        {"type": "string", "minLength": 1, "maxLength": SEED_MAX},
        {"type": "integer"},
        {"type": "null"},
    ]
}
"""What the document says of fields that are no plain type."""


class Seed(ma.fields.Field[str]):
    """What fixes the draw: a text or a whole number."""

    default_error_messages = {"invalid": "Not a text of 1 to 64 characters, nor a whole number."}  # noqa: RUF012

    def _deserialize(self, value: Any, *_where: Any, **_kwargs: Any) -> str:
        if isinstance(value, bool) or not isinstance(value, int | str):
            raise self.make_error("invalid")
        if isinstance(value, int) and abs(value) > SEED_NUMBER_MAX:
            raise self.make_error("invalid")
        text = clean(str(value))
        if not 0 < len(text) <= SEED_MAX:
            raise self.make_error("invalid")
        return text


class CampaignIn(Command):
    name = Line(NAME_MAX, 1, required=True)
    filter = ma.fields.Raw(required=True, metadata=FILTER)
    holdout_percent = Whole(0, HOLDOUT_MAX, required=True)
    copy = Text(COPY_MAX, required=True)
    seed = Seed(load_default=None, allow_none=True, metadata=SEED)

    @ma.post_load
    def command(self, data: dict[str, Any], **_kwargs: Any) -> NewCampaign:
        try:
            conditions = parse_filter(data.pop("filter"))
        except FilterRefused as error:
            raise ma.ValidationError(
                {p.field: [_(p.message, **dict(p.values))] for p in error.problems}
            ) from error
        return NewCampaign(conditions=conditions, **data)


class CampaignOut(ma.Schema):
    id = Id()
    name = ma.fields.String()
    state = ma.fields.Enum(State, by_value=True)
    filter = ma.fields.Dict(metadata=FILTER)
    holdout_percent = ma.fields.Integer()
    copy = ma.fields.String()
    seed = ma.fields.String(attribute="salt")


class SuppressedOut(ma.Schema):
    reason = ma.fields.Enum(Reason, by_value=True)
    count = ma.fields.Integer()


class PersonOut(ma.Schema):
    contact_id = Id()
    status = ma.fields.Enum(Status, by_value=True)
    reasons = ma.fields.List(ma.fields.Enum(Reason, by_value=True))


class AudienceOut(ma.Schema):
    matched = ma.fields.Integer()
    reachable = ma.fields.Integer()
    held_out = ma.fields.Integer()
    suppressed = ma.fields.List(ma.fields.Nested(SuppressedOut))
    items = ma.fields.List(ma.fields.Nested(PersonOut))
    next_cursor = ma.fields.String(allow_none=True)


class SideOut(ma.Schema):
    people = ma.fields.Integer()
    buyers = ma.fields.Integer()
    net_fen = ma.fields.Integer()


class ResultsOut(ma.Schema):
    treated = ma.fields.Nested(SideOut)
    holdout = ma.fields.Nested(SideOut)
    uplift_points = ma.fields.Float(allow_none=True)
    low = ma.fields.Float(allow_none=True)
    high = ma.fields.Float(allow_none=True)
    verdict = ma.fields.Enum(Verdict, by_value=True)


class CopyProblem(Problem):
    """Why a list may not go out: what was found in its copy."""

    findings = ma.fields.List(ma.fields.Nested(FindingOut))
