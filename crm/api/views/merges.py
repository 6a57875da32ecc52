"""Two contacts become one, and two again."""

from typing import Any

from crm import clock
from crm.accounts.access import current_actor
from crm.accounts.rules import Permission
from crm.api.schemas.merges import MergeIn, MergeOut, MergeProblem
from crm.api.views.base import resource, writes
from crm.api.views.document import PROBLEM
from crm.i18n import _
from crm.lifecycle.rules.merging import LaterMerge, Merge, OwnSelf, Sealed
from crm.lifecycle.service import merging
from crm.web.errors import problem
from crm.web.session import unit_of_work

bp = resource("merges", "Merging contacts")


@bp.post("/contacts/<int:contact_id>/merge")
@writes(Permission.MERGE_CONTACTS)
@bp.arguments(MergeIn)
@bp.response(201, MergeOut)
@bp.alt_response(409, "CONFLICT")
def merge(body: dict[str, int], contact_id: int) -> Any:
    """Merge another contact into this one, who keeps her own words and takes what she lacks.

    The other id answers 404 with `kept_id` from then on; what names it in a body is hers.
    """
    command, actor = Merge(contact_id, body["other_id"]), current_actor()
    try:
        with unit_of_work() as session:
            made = merging.merge(session, command, actor=actor, now=clock.now())
    except OwnSelf:
        return problem(409, _("api.merge_herself"))
    return {"merge_id": made.id, "kept_id": made.kept_id}


@bp.post("/merges/<int:merge_id>/undo")
@writes(Permission.MERGE_CONTACTS)
@bp.response(200, MergeOut)
@bp.alt_response(409, schema=MergeProblem, content_type=PROBLEM)
def undo(merge_id: int) -> Any:
    """Make two contacts again; 409 with `merge_id` where a later merge comes first."""
    try:
        with unit_of_work() as session:
            made = merging.undo(session, merge_id, actor=current_actor(), now=clock.now())
    except LaterMerge as later:
        return problem(409, _("api.later_merge"), merge_id=later.merge_id)
    except Sealed:
        return problem(409, _("api.merge_sealed"))
    return {"merge_id": made.id, "kept_id": made.kept_id}
