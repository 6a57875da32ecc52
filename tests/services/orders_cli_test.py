"""The shell's way to bring orders in and to count figures anew."""

import json

import click
import pytest
from click.testing import CliRunner
from sqlalchemy import select

from crm.loyalty import queries as loyalty
from crm.loyalty.cli import recompute
from crm.orders.cli import import_orders
from crm.orders.models import ShopOrder
from tests.factories.orders import make_buyer, make_orders
from tests.factories.stores import make_store
from tests.rules.shop_orders_samples import FIRST, SECOND, as_csv, as_xlsx, order_cells

GOOD = as_xlsx([FIRST, SECOND])


@pytest.fixture
def shell(factory, tmp_path):
    def run(data, *options):
        file = tmp_path / "orders.file"
        file.write_bytes(data)
        return CliRunner().invoke(import_orders, [str(file), *options], obj=factory)

    return run


def count(session):
    session.expire_all()
    return len(list(session.scalars(select(ShopOrder.id))))


def test_file_is_taken_and_again_changes_nothing(shell, session) -> None:
    first, second = shell(GOOD), shell(GOOD)
    assert (first.exit_code, second.exit_code) == (0, 0)
    assert first.output.startswith("created 1, updated 0, unchanged 0, unmatched 1")
    assert second.output.startswith("created 0, updated 0, unchanged 1")
    assert count(session) == 1


def test_dry_run_changes_nothing(shell, session) -> None:
    assert shell(GOOD, "--dry-run").output.startswith("created 1")
    assert count(session) == 0


def test_refused_rows_exit_with_three_and_are_written(shell, session, tmp_path) -> None:
    data = as_csv([FIRST, order_cells("2", 商品数量="x")], "gbk")
    result = shell(data, "--errors", str(tmp_path / "errors.csv"))
    assert result.exit_code == 3
    assert count(session) == 1
    lines = (tmp_path / "errors.csv").read_text(encoding="utf-8-sig").splitlines()
    assert [line.split(",")[:3] for line in lines[1:]] == [["3", "2", "商品数量"]]


@pytest.mark.parametrize("data", [b"", as_csv([order_cells("1", 商品数量="x")], "utf-8")])
def test_nothing_taken_exits_with_one(shell, data) -> None:
    assert shell(data).exit_code == 1


def test_store_is_named_by_its_code(shell, session) -> None:
    store = make_store(session, code="RM")
    session.commit()
    shell(GOOD, "--store", "RM")
    assert session.scalars(select(ShopOrder.store_id)).one() == store.id
    assert shell(GOOD, "--store", "XX").exit_code == 2


def test_own_columns_are_mapped(shell, session, tmp_path) -> None:
    header = ["Order", "When", "Paid"]
    data = as_csv([{"Order": "7", "When": "2025-06-01", "Paid": "9.90"}], "utf-8", header)
    mapping = tmp_path / "mapping.json"
    names = {"Order": "订单号", "When": "订单下单时间", "Paid": "订单实际支付金额"}
    mapping.write_text(json.dumps(names), encoding="utf-8")
    assert shell(data, "--mapping", str(mapping)).exit_code == 0
    assert session.scalars(select(ShopOrder.paid_fen)).one() == 990


@pytest.mark.parametrize("text", ["", "[1]", '{"a": 1}'])
def test_mapping_that_is_none_is_refused_in_a_line(shell, tmp_path, text) -> None:
    mapping = tmp_path / "mapping.json"
    mapping.write_text(text, encoding="utf-8")
    result = shell(GOOD, "--mapping", str(mapping))
    assert result.exit_code == click.BadParameter.exit_code
    assert "Traceback" not in result.output


def test_recompute_counts_everybody(factory, session) -> None:
    buyer = make_buyer(session, make_store(session))
    make_orders(session, buyer, 60, 30, 5)
    session.commit()
    result = CliRunner().invoke(recompute, ["loyalty"], obj=factory)
    assert (result.exit_code, result.output) == (0, "loyalty: 1 contacts\n")
    session.expire_all()
    assert loyalty.rhythms(session, [buyer.id])[buyer.id].occasions == 3
