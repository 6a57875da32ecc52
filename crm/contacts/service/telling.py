"""By what a line of a customer file tells whom it is about."""

import hashlib
from collections.abc import Sequence

from crm.contacts.queries.identities import identity_digest
from crm.contacts.rules import IdentityKind, normalise_identity
from crm.groups.rules import cover_mobiles
from crm.integrations.formats.contact_files import ContactRow

STRONG = (
    IdentityKind.EXTERNAL_USERID,
    IdentityKind.UNIONID,
    IdentityKind.WECHAT_ID,
    IdentityKind.MEMBER_NO,
)
"""Identities that belong to one person; a phone may be a family's."""
Keys = list[tuple[IdentityKind, str, str]]
"""Kind, value and keyed hash of each identity."""


def without_numbers(row: ContactRow) -> tuple[ContactRow, Sequence[str]]:
    """Cover numbers where everybody sees them; they are her phone, beside one that is given."""
    if "".join((row.name, row.nickname, *row.tags)).isalpha():  # as nearly always
        return row, ()
    name, in_name = cover_mobiles(row.name)
    nickname, in_nickname = cover_mobiles(row.nickname)
    tags = [cover_mobiles(tag) for tag in row.tags]
    numbers = list(
        dict.fromkeys([*in_name, *in_nickname, *(n for _tag, some in tags for n in some)])
    )
    if not numbers:
        return row, numbers
    shown = tuple(dict.fromkeys(tag for tag, _some in tags))
    phone = row.phone or numbers[0]
    covered = row._replace(name=name, nickname=nickname, tags=shown, phone=phone)
    return covered, [number for number in numbers if number != phone]


def keys_of(row: ContactRow, more_phones: Sequence[str], store_id: int) -> Keys:
    """Kind, value and keyed hash of all by what she is found. A masked number is none of it.

    Whom nothing tells apart but her name is looked for in her own store only.
    """
    strong = (row.external_userid, row.unionid, row.wechat_id, row.member_no)
    found = []
    if any(strong):  # most lines have a number and nothing else
        given = zip(STRONG, strong, strict=True)
        found = [(kind, normalise_identity(kind, value)) for kind, value in given if value]
    if row.phone:
        found += [(IdentityKind.PHONE, phone) for phone in (row.phone, *more_phones)]
    if not found:
        joined = row.joined_at_local.isoformat() if row.joined_at_local else ""
        said = f"{row.name}\x1f{row.nickname}\x1f{row.phone_hint}\x1f{store_id}\x1f{joined}"
        found.append((IdentityKind.FILE_LINE, hashlib.sha256(said.encode()).hexdigest()))
    return [(kind, value, identity_digest(kind, value)) for kind, value in found]
