"""Every text kept beside a person is either emptied when she is forgotten, or kept for a reason.

A new column that can hold words or an identity fails here until somebody has decided; that those
called emptied are so is shown by tests/services/lifecycle_erasing_test.py.
"""

from sqlalchemy import JSON, Column, Enum, LargeBinary, String, Text
from sqlalchemy.sql.util import find_tables

from crm.db import Base
from crm.demo import seed  # noqa: F401  loads every model
from crm.lifecycle.queries.person import SECTIONS

EMPTIED = {
    "cap_override": ("reason",),
    "complaint": ("text", "reporter_alias", "parcel_ref"),
    "complaint_event": ("text", "data"),
    "consent": ("note",),
    "contact": ("name", "nickname", "remark", "phone_hint", "search_text"),
    "contact_identity": ("value_encrypted", "value_hash", "tail_hash"),
    "contact_merge": ("carried",),
    "contact_move": ("detail",),
    "contact_note": ("text", "author_name", "content_hash"),
    "contact_tag": ("tag",),
    "follow_up": ("words",),
    "group_member": ("nickname",),
    "group_message": ("sender", "text", "quote"),
    "onlooker_told": ("name",),
    "shop_order": ("external_hash", "unionid_hash", "phone_hash", "phone_hint", "content_hash"),
    "sla_clock": ("task",),
    "suspicion": ("reason",),
    "touch": ("note",),
}
BY_NAME = {"album": ("name",)}
"""Beside nobody's row, and typed by the shop: emptied of her name wherever it stands."""
KEPT = {
    "campaign_member.task_key": "numbers of the list and the contact",
    "complaint.batch_ref": "names goods of the shop",
    "complaint.client_key": "a random number of a form",
    "complaint.order_ref": "the number of an order, which stays as a figure",
    "complaint.packer_ref": "names who packed, for the cause",
    "complaint.product_ref": "names goods of the shop",
    "follow_up.dedupe_key": "numbers and dates",
    "group_message.external_id": "a random number by which a line is not taken twice",
    "order_line.category": "names goods of the shop",
    "order_line.product": "names goods of the shop",
    "rule_tag.facts": "counts and dates of orders",
    "shop_order.order_no": "the key by which the shop's own system changes the order",
    "shop_order.status_text": "a state of the order in the words of the other program",
    "touch.client_key": "a random number of a form",
}
DERIVED = {
    "contact.search_text": "made of names, remark and tags, which are given",
    "contact_identity.tail_hash": "a keyed number made of a value that is given",
    "contact_identity.value_hash": "a keyed number made of a value that is given",
    "contact_merge.carried": "which rows moved; the rows are given",
    "contact_note.content_hash": "a number made of a note that is given",
    "shop_order.content_hash": "a number made of an order that is given",
    "shop_order.external_hash": "empty once an order is hers; the identity is given",
    "shop_order.phone_hash": "empty once an order is hers; the identity is given",
    "shop_order.unionid_hash": "empty once an order is hers; the identity is given",
}
"""Emptied with what it was made of, and not given for itself."""
NOT_GIVEN = {
    "alert_step": "how the software counts",
    "contact_merge": "two numbers; the person is one in the file",
    "not_the_same": "a decision about two numbers",
    "order_change": "a queue of the software",
    "suspicion_tap": "how staff corrected the software",
    "unanswered_item": "how the software counts lines that are given",
}


HASHES = "forgotten_identity"
"""Stays when she goes, so that no customer file brings her back: numbers that lead to nobody."""


def test_what_stays_of_who_was_forgotten_is_keyed_numbers_alone() -> None:
    columns = Base.metadata.tables[HASHES].columns
    assert [column.name for column in columns] == ["value_hash"]
    assert HASHES not in reachable()


def reachable() -> set[str]:
    """Tables with a row that leads to a contact."""
    found, grew = {"contact"}, True
    while grew:
        more = {
            table.name
            for table in Base.metadata.tables.values()
            if any(key.column.table.name in found for key in table.foreign_keys)
        }
        grew = not more <= found
        found |= more
    return found


def holds_words(column: Column) -> bool:
    is_text = isinstance(column.type, String | Text | JSON | LargeBinary)
    return is_text and not isinstance(column.type, Enum)


def test_every_text_beside_a_person_is_decided_about() -> None:
    there = {
        f"{name}.{column.name}"
        for name in reachable()
        for column in Base.metadata.tables[name].columns
        if holds_words(column)
    }
    emptied = {f"{table}.{name}" for table, names in EMPTIED.items() for name in names}
    assert emptied.isdisjoint(KEPT)
    assert reachable().isdisjoint(BY_NAME)
    assert there - emptied - KEPT.keys() == set()  # decide: emptied, or kept for a reason
    assert (emptied | KEPT.keys()) - there == set()  # gone from the tables


def test_every_table_beside_a_person_is_given_to_her_or_left_out_for_a_reason() -> None:
    given = {
        table.name
        for statement in SECTIONS.values()
        for joined in statement.get_final_froms()
        for table in find_tables(joined)
    }
    assert reachable() - given - NOT_GIVEN.keys() == set()  # decide: given to her, or why not
    assert NOT_GIVEN.keys() <= reachable()


def test_all_that_erasing_empties_is_in_the_copy_she_gets() -> None:
    given = {
        f"{column.table.name}.{column.name}"
        for statement in SECTIONS.values()
        for chosen in statement.selected_columns
        for column in chosen.base_columns
        if isinstance(column, Column)
    }
    emptied = {f"{table}.{name}" for table, names in EMPTIED.items() for name in names}
    assert emptied - given - DERIVED.keys() == set()  # give it, or say what it was made of
    assert emptied >= DERIVED.keys()
    assert given.isdisjoint(DERIVED)
