"""Tables of what happens to one person everywhere."""

from crm.complaints.models import PrivacyRequest
from crm.lifecycle.models.leaving import HandOver, HandOverItem
from crm.lifecycle.models.merging import ContactMerge, NotTheSame

__all__ = ["ContactMerge", "HandOver", "HandOverItem", "NotTheSame", "PrivacyRequest"]
