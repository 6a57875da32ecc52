"""The shell's way to bring customers in."""

import json

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from crm.contacts.cli import import_contacts
from crm.contacts.models import Contact
from tests.factories.stores import make_store
from tests.rules.contact_files_samples import as_csv, as_xlsx, member

GOOD = as_xlsx([member(1), member(2)])


@pytest.fixture
def store(session):
    store = make_store(session, code="RM")
    session.commit()
    return store


@pytest.fixture
def shell(factory, tmp_path, store):
    def run(data, *options, code="RM"):
        file = tmp_path / "customers.file"
        file.write_bytes(data)
        told = [*options, "--store", code] if code else options
        return CliRunner().invoke(import_contacts, [str(file), *told], obj=factory)

    return run


def names(session):
    session.expire_all()
    return list(session.scalars(select(Contact.name).order_by(Contact.id)))


def test_file_is_taken_and_again_changes_nothing(shell, session):
    first, second = shell(GOOD), shell(GOOD)
    assert (first.exit_code, second.exit_code) == (0, 0)
    assert first.output == "created 2, updated 0, unchanged 0, refused 0\n"
    assert second.output == "created 0, updated 0, unchanged 2, refused 0\n"
    assert names(session) == ["顾客1", "顾客2"]


def test_dry_run_changes_nothing(shell, session):
    assert shell(GOOD, "--dry-run").output.startswith("created 2")
    assert names(session) == []


def test_refused_rows_exit_with_three_and_are_written(shell, session, tmp_path):
    data = as_csv([member(1), member(2, 手机号="1.38E+10")], "gbk")
    result = shell(data, "--errors", str(tmp_path / "errors.csv"))
    assert result.exit_code == 3
    lines = (tmp_path / "errors.csv").read_text(encoding="utf-8-sig").splitlines()
    assert [line.split(",")[:2] for line in lines[1:]] == [["3", "手机号"]]
    assert names(session) == ["顾客1"]


@pytest.mark.parametrize("data", [b"", as_csv([member(1, 手机号="1")]), as_csv([])])
def test_nothing_taken_exits_with_one(shell, data):
    result = shell(data)
    assert result.exit_code == 1
    assert "Traceback" not in result.output


def test_line_names_its_store_or_the_shell_does(shell, session):
    assert shell(as_csv([member(1)]), code=None).exit_code == 1
    assert shell(as_csv([member(1, 发卡门店="RM")]), code=None).exit_code == 0
    assert shell(GOOD, code="XX").exit_code == 2


def test_own_columns_are_mapped_by_field_or_by_usual_name(shell, session, tmp_path):
    data = as_csv([{"Who": "陈姐", "Mobile": "10000000001"}], header=("Who", "Mobile"))
    mapping = tmp_path / "mapping.json"
    mapping.write_text(json.dumps({"Who": "客户姓名", "Mobile": "phone"}), encoding="utf-8")
    assert shell(data, "--mapping", str(mapping)).exit_code == 0
    assert names(session) == ["陈姐"]


@pytest.mark.parametrize("text", ["", "[1]", '{"a": 1}', '{"Who": "shoe size"}'])
def test_mapping_that_is_none_is_refused_in_a_line(shell, tmp_path, text):
    mapping = tmp_path / "mapping.json"
    mapping.write_text(text, encoding="utf-8")
    result = shell(GOOD, "--mapping", str(mapping))
    assert result.exit_code == 2
    assert "Traceback" not in result.output
