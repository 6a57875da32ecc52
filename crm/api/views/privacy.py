"""One person's own data: all of it, or none."""

from typing import Any

from crm import clock
from crm.accounts.access import current_actor
from crm.accounts.rules import Permission
from crm.api.schemas.people import ContactOut, PersonExport
from crm.api.views.base import reads, resource, writes
from crm.api.views.contacts import shown
from crm.i18n import _, fmt
from crm.lifecycle.rules.privacy import StillOpen
from crm.lifecycle.service.erasing import anonymise
from crm.lifecycle.service.exporting import export
from crm.web.errors import problem
from crm.web.session import unit_of_work

bp = resource("privacy", "One person's own data")


@bp.get("/contacts/<int:contact_id>/export")
@reads(Permission.ADMINISTER)
@bp.response(200, PersonExport)
def take_out(contact_id: int) -> Any:
    """Return everything that is kept of one person; that it was taken is written down."""
    with unit_of_work() as session:
        return export(session, contact_id, actor=current_actor(), now=clock.now())


@bp.post("/contacts/<int:contact_id>/anonymise")
@writes(Permission.ADMINISTER)
@bp.response(200, ContactOut)
@bp.alt_response(409, "CONFLICT")
def forget(contact_id: int) -> Any:
    """Forget who a person is, for good; 409 while a complaint of hers is open."""
    try:
        with unit_of_work() as session:
            contact = anonymise(session, contact_id, actor=current_actor(), now=clock.now())
    except StillOpen as error:
        numbers = fmt.listed(f"#{one}" for one in error.short_nos)
        return problem(409, _("api.still_open", numbers=numbers))
    return shown([contact])[0]
