"""Shape and wording of the forms about complaints. What was typed stays as typed."""

from crm.complaints.forms.acts import (
    PAUSE_FOR,
    QUOTED,
    ActForm,
    EndForm,
    EventForm,
    ExtendForm,
    MergeForm,
    MessageForm,
    PauseForm,
    PromiseForm,
    SeverityForm,
    SignalForm,
    act_form,
)
from crm.complaints.forms.closing import CauseForm, PlatformForm, ToldForm
from crm.complaints.forms.deadlines import DeadlinesForm
from crm.complaints.forms.detection import AsksForm, ComplaintWordForm, TrySentenceForm
from crm.complaints.forms.incident import MatterForm, OriginForm
from crm.complaints.forms.keeping import KeepingForm
from crm.complaints.forms.moments import read_moment
from crm.complaints.forms.new import NewComplaintForm
from crm.complaints.forms.wording import TextForm

__all__ = [
    "PAUSE_FOR",
    "QUOTED",
    "ActForm",
    "AsksForm",
    "CauseForm",
    "ComplaintWordForm",
    "DeadlinesForm",
    "EndForm",
    "EventForm",
    "ExtendForm",
    "KeepingForm",
    "MatterForm",
    "MergeForm",
    "MessageForm",
    "NewComplaintForm",
    "OriginForm",
    "PauseForm",
    "PlatformForm",
    "PromiseForm",
    "SeverityForm",
    "SignalForm",
    "TextForm",
    "ToldForm",
    "TrySentenceForm",
    "act_form",
    "read_moment",
]
