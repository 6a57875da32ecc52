"""Repurchase lists."""

from typing import Any

import marshmallow as ma
from marshmallow import validate

from crm.api.schemas.fields import Command, Id, Text
from crm.campaigns.rules import (
    COPY_MAX,
    HOLDOUT_MAX,
    NAME_MAX,
    SEED_MAX,
    FilterRefused,
    NewCampaign,
    parse_filter,
)
from crm.i18n import _


class CampaignIn(Command):
    name = Text(NAME_MAX, 1, required=True)
    filter = ma.fields.Raw(required=True)
    holdout_percent = ma.fields.Integer(
        required=True, strict=True, validate=validate.Range(min=0, max=HOLDOUT_MAX)
    )
    copy = Text(COPY_MAX, required=True)
    seed = Text(SEED_MAX, 1, load_default=None, allow_none=True)

    @ma.post_load
    def command(self, data: dict[str, Any], **_kwargs: Any) -> NewCampaign:
        try:
            conditions = parse_filter(data.pop("filter"))
        except FilterRefused as error:
            raise ma.ValidationError(
                {problem.field: [_(problem.message)] for problem in error.problems}
            ) from error
        return NewCampaign(conditions=conditions, **data)


class CampaignOut(ma.Schema):
    id = Id()
    name = ma.fields.String()
    state = ma.fields.String()
    filter = ma.fields.Dict()
    holdout_percent = ma.fields.Integer()
    copy = ma.fields.String()
    seed = ma.fields.String(attribute="salt")


class SuppressedOut(ma.Schema):
    reason = ma.fields.String()
    count = ma.fields.Integer()


class PersonOut(ma.Schema):
    contact_id = Id()
    status = ma.fields.String()
    reasons = ma.fields.List(ma.fields.String())


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
    verdict = ma.fields.String()
