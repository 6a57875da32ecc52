"""Merging contacts."""

import marshmallow as ma

from crm.api.schemas.fields import Command, Id, Problem


class MergeIn(Command):
    other_id = Id(required=True)


class MergeOut(ma.Schema):
    merge_id = Id()
    kept_id = Id()


class MergeProblem(Problem):
    """Which merge has to be undone first, where one has."""

    merge_id = Id()
