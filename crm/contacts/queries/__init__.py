"""Every select about contacts, by question."""

from crm.contacts.queries.books import book_of
from crm.contacts.queries.files import file_errors, notes_of
from crm.contacts.queries.identities import (
    contacts_by_identity,
    covered_phones_in,
    highest_rank,
    identity_digest,
    masked_identities,
    phone_of,
    tail_digest,
)
from crm.contacts.queries.merging import led_to
from crm.contacts.queries.people import (
    consents_of,
    contact_for_update,
    contact_names,
    contact_to_name,
    contacts_by_alias,
    contacts_in_scope,
    forgotten_of,
    group_choices,
    known_in_scope,
    logged_just_now,
    moves_of,
    opted_out,
    recently_added,
    remembered,
    tag_row,
    tags_of,
    visible_contact,
)
from crm.contacts.queries.search import (
    Wanted,
    contact_page,
    found_ids,
    search_contacts,
)

__all__ = [
    "Wanted",
    "book_of",
    "consents_of",
    "contact_for_update",
    "contact_names",
    "contact_page",
    "contact_to_name",
    "contacts_by_alias",
    "contacts_by_identity",
    "contacts_in_scope",
    "covered_phones_in",
    "file_errors",
    "forgotten_of",
    "found_ids",
    "group_choices",
    "highest_rank",
    "identity_digest",
    "known_in_scope",
    "led_to",
    "logged_just_now",
    "masked_identities",
    "moves_of",
    "notes_of",
    "opted_out",
    "phone_of",
    "recently_added",
    "remembered",
    "search_contacts",
    "tag_row",
    "tags_of",
    "tail_digest",
    "visible_contact",
]
