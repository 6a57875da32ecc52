"""Tables of complaints: the log of events, and copies of what replaying it gives.

Only the log is the truth; every other column here that events decide is written in the transaction
of the event, by one function, from one projection.
"""

from crm.complaints.models.case import Complaint, ComplaintEvent
from crm.complaints.models.clocks import AlertStep, SlaClock
from crm.complaints.models.doubts import Suspicion
from crm.complaints.models.incident import Incident, IncidentBuyer
from crm.complaints.models.keeping import ComplaintFigure, ComplaintKeeping
from crm.complaints.models.onlookers import OnlookerTold, ReplyTemplate
from crm.complaints.models.privacy import PrivacyRequest
from crm.complaints.models.promise import DeadlinePreset, SlaCalendar, SlaPolicyVersion
from crm.complaints.models.scoring import (
    ComplaintWord,
    DetectionSetting,
    ScorerModel,
    SuspicionTap,
)

__all__ = [
    "AlertStep",
    "Complaint",
    "ComplaintEvent",
    "ComplaintFigure",
    "ComplaintKeeping",
    "ComplaintWord",
    "DeadlinePreset",
    "DetectionSetting",
    "Incident",
    "IncidentBuyer",
    "OnlookerTold",
    "PrivacyRequest",
    "ReplyTemplate",
    "ScorerModel",
    "SlaCalendar",
    "SlaClock",
    "SlaPolicyVersion",
    "Suspicion",
    "SuspicionTap",
]
