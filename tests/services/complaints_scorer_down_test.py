"""A broken scorer stops nothing: lines are stored unscored, and the unanswered timer runs."""

import json
import shutil

import pytest
from sqlalchemy import func, select

from crm.complaints import service
from crm.complaints.models import Complaint
from crm.complaints.service import scoring
from crm.groups.models import GroupMessage, UnansweredItem
from crm.groups.queries import unanswered
from crm.groups.rules import ItemState
from tests.factories.desk import MINUTE, Desk
from tests.factories.groups import chat

FAKE = "收到的裙子吊牌不对，是不是假货？太失望了，要求退款"


@pytest.fixture
def weights(tmp_path, monkeypatch):
    """A copy of the shipped weights to break; read anew before and after."""
    folder = shutil.copytree(scoring.DATA, tmp_path / "data")
    monkeypatch.setattr(scoring, "DATA", folder)
    scoring.forget()
    yield folder
    scoring.forget()


def _lost(folder):
    (folder / "scorer.json").unlink()


def _no_json(folder):
    (folder / "chat_weights.json").write_text("{", "utf-8")


def _not_a_number(folder):
    path = folder / "scorer.json"
    layer = json.loads(path.read_text("utf-8"))
    layer["coefficients"] = [float("nan")] * len(layer["coefficients"])
    path.write_text(json.dumps(layer), "utf-8")


def _words_for_numbers(folder):
    path = folder / "scorer.json"
    layer = json.loads(path.read_text("utf-8"))
    layer["means"] = ["x"] * len(layer["means"])
    path.write_text(json.dumps(layer), "utf-8")


@pytest.mark.parametrize("broken", [_lost, _no_json, _not_a_number, _words_for_numbers])
def test_line_is_stored_unscored_and_the_timer_runs(weights, session, now, broken):
    broken(weights)
    shop = Desk(session)
    lines = chat(f"陈姐 {FAKE}", start=now - 8 * MINUTE)
    taken = service.take_lines(session, shop.group, lines, actor=shop.manager, now=now)
    assert (taken.accepted, taken.suspected, taken.complaint_ids) == (1, (), ())
    message = session.scalars(select(GroupMessage)).one()
    assert (message.text, message.score) == (FAKE, None)
    item = session.scalars(select(UnansweredItem)).one()
    assert item.state is ItemState.WAITING
    assert item.due_at == now + 7 * MINUTE
    assert [one.id for one in unanswered(session, [shop.group.id])] == [item.id]
    assert session.scalar(select(func.count()).select_from(Complaint)) == 0


def test_with_the_shipped_weights_the_same_line_is_a_complaint(weights, session, now):
    shop = Desk(session)
    lines = chat(f"陈姐 {FAKE}", start=now - 8 * MINUTE)
    taken = service.take_lines(session, shop.group, lines, actor=shop.manager, now=now)
    assert len(taken.complaint_ids) == 1
