"""Tables of what happens to one person everywhere."""

from crm.lifecycle.models.leaving import HandOver, HandOverItem
from crm.lifecycle.models.merging import ContactMerge, NotTheSame
from crm.lifecycle.models.privacy import PrivacyRequest

__all__ = ["ContactMerge", "HandOver", "HandOverItem", "NotTheSame", "PrivacyRequest"]
