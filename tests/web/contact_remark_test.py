"""A number in a remark: covered on every page, as it was after an edit."""

import pytest

from crm.accounts.rules import Role
from tests.factories.contacts import make_contact
from tests.factories.stores import make_staff, make_store


@pytest.fixture
def chen(session, page):
    store = make_store(session)
    page.sign_in(make_staff(session, Role.MANAGER, store))
    return make_contact(session, "陈姐", store=store)


def test_number_in_a_remark_is_masked_on_every_page_and_survives_an_edit(page, session, chen):
    chen.remark = "儿子 13900000142"
    session.commit()
    form = page.get(f"/contacts/{chen.id}/edit")
    assert "139****0142" in page.response.get_data(as_text=True)
    assert "13900000142" not in page.response.get_data(as_text=True)
    page.submit(form, "保存", nickname="小陈")
    session.expire_all()
    assert (chen.nickname, chen.remark) == ("小陈", "儿子 13900000142")


def test_remark_that_is_too_long_with_its_number_is_told_and_kept(page, session, chen):
    chen.remark = "儿子 +86 139-0000-0142"
    session.commit()
    typed = f"139****0142{'喜' * 189}"
    form = page.get(f"/contacts/{chen.id}/edit")
    got = page.submit(form, "保存", 422, remark=typed)
    assert "连同遮住的号码最多 200 个字" in got.text
    assert got.one("input", name="remark").get("value") == typed


def test_numbers_that_look_the_same_are_asked_for(page, session, chen):
    chen.remark = "妈妈13811110142 爸爸13822220142"
    session.commit()
    form = page.get(f"/contacts/{chen.id}/edit")
    got = page.submit(form, "保存", 422, remark="爸爸138****0142")
    assert "请把要留的号码写全" in got.text
    session.expire_all()
    assert chen.remark.startswith("妈妈13811110142")
