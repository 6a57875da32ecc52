"""The use cases of alerts: raise and take back, deliver, read.

Nothing here sends: `delivery` decides before and after, the job sends between.
"""

from crm.alerts.service.delivery import Parcel, claim
from crm.alerts.service.inbox import acknowledge, beat, mark_all_seen, retry_dead
from crm.alerts.service.outcomes import mark
from crm.alerts.service.raising import (
    alarm,
    forget,
    raise_alert,
    raise_update,
    resume,
    suppress,
)
from crm.alerts.service.wording import line

__all__ = [
    "Parcel",
    "acknowledge",
    "alarm",
    "beat",
    "claim",
    "forget",
    "line",
    "mark",
    "mark_all_seen",
    "raise_alert",
    "raise_update",
    "resume",
    "retry_dead",
    "suppress",
]
