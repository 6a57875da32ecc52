"""What a line of a customer file says is kept to the letter; what cannot be kept is told."""

# ruff: noqa: F811  fixtures of the tests of files

import pytest
from sqlalchemy import select

from crm.contacts.models import ContactNote, ContactTag
from tests.rules.contact_files_samples import NOTES, as_csv
from tests.services.contacts_files_test import (  # noqa: F401  fixtures
    bring,
    noise,
    owner,
    people,
    store,
)

pytestmark = pytest.mark.usefixtures("noise")


def test_signs_that_mean_something_to_a_database_are_kept(session, store, bring):
    said = '\\N\t甲\\.\n{乙},"丙"\\'
    line = {"姓名": r"\N", "手机号": "10000000001", "标签": r"C:\t", "跟进记录": said}
    bring(as_csv([line], header=(*NOTES, "标签")))
    (person,) = people(session, store)
    assert (person.name, person.search_text) == (r"\N", "\\n\nc:\\t\nn")
    tags = select(ContactTag.tag).where(ContactTag.contact_id == person.id)
    assert session.scalars(tags).all() == [r"C:\t"]
    assert session.scalars(select(ContactNote.text)).all() == [said]
