"""Where the lines of an inbox happened: the group, else the store."""

from collections.abc import Sequence

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from crm.alerts.models import Alert
from crm.alerts.rules import COMPLAINT_KINDS
from crm.complaints.models import Complaint
from crm.groups.models import ChatGroup
from crm.stores.queries import store_names

_GROUPS = (
    select(Complaint.id, ChatGroup.name)
    .join(ChatGroup, ChatGroup.id == Complaint.group_id)
    .where(Complaint.id.in_(bindparam("ids", expanding=True)))
)


def places(session: Session, alerts: Sequence[Alert]) -> dict[int, str]:
    """Return the place of each alert that has one."""
    about = {alert.subject_id for alert in alerts if alert.kind in COMPLAINT_KINDS}
    groups = dict(session.execute(_GROUPS, {"ids": tuple(about)}).all()) if about else {}
    stores = store_names(session)
    found = {
        alert.id: (alert.kind in COMPLAINT_KINDS and groups.get(alert.subject_id))
        or stores.get(alert.store_id or 0)
        for alert in alerts
    }
    return {alert_id: place for alert_id, place in found.items() if place}
