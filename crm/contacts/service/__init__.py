"""What may be done with a contact. Nothing here decides what to ask or how to word an error."""

from crm.contacts.service.books import reassign
from crm.contacts.service.identities import add_identity, reveal_phone
from crm.contacts.service.indexing import (
    Retold,
    index_contact,
    index_texts,
    rebuild_index,
)
from crm.contacts.service.ledger import record_consent, record_move
from crm.contacts.service.people import (
    allow_contact,
    do_not_contact,
    edit_contact,
    log_contact,
    log_typed_contact,
    mark_active,
)
from crm.contacts.service.tags import Given, put_back, tag, take_back, untag

__all__ = [
    "Given",
    "Retold",
    "add_identity",
    "allow_contact",
    "do_not_contact",
    "edit_contact",
    "index_contact",
    "index_texts",
    "log_contact",
    "log_typed_contact",
    "mark_active",
    "put_back",
    "reassign",
    "rebuild_index",
    "record_consent",
    "record_move",
    "reveal_phone",
    "tag",
    "take_back",
    "untag",
]
