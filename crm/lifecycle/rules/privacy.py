"""What a person may ask about her own data, and which act fulfils it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from crm.complaints.rules.privacy import RequestKind

WORDS_MAX = 500
KEY_MAX = 40


SECTIONS = (
    "contact",
    "identities",
    "moves",
    "steps",
    "notes",
    "consents",
    "tags",
    "orders",
    "order_lines",
    "loyalty",
    "rule_tags",
    "touches",
    "follow_ups",
    "more_time",
    "lists",
    "groups",
    "messages",
    "complaints",
    "complaint_events",
    "promises",
    "suspected",
    "explained_to_her",
    "told_of_a_fault",
    "requests",
    "who_did_what",
)
"""The parts of the file that a person gets about herself."""


@dataclass(frozen=True)
class NewRequest:
    """What she asks for, in her words if she gave any; the same form again is the same request."""

    kind: RequestKind
    words: str = ""
    client_key: str = ""


FULFILLED_BY: Mapping[RequestKind, frozenset[str]] = {
    RequestKind.ACCESS: frozenset({"contact.exported"}),
    RequestKind.CORRECTION: frozenset({"contact.edited", "contact.tagged", "contact.untagged"}),
    RequestKind.DELETION: frozenset({"contact.anonymised"}),
    RequestKind.WITHDRAWAL: frozenset({"contact.opted_out", "contact.consent_withdrawn"}),
}
"""The entries of the audit log that prove that it was done."""


class StillOpen(Exception):
    """Complaints of hers are not over: they need what she said."""

    def __init__(self, short_nos: list[int]) -> None:
        super().__init__(short_nos)
        self.short_nos = short_nos


class NotDone(Exception):
    """The act that fulfils the request has not been done since it came."""
