"""The night that learns from taps: once, from lines that exist, and only what is no worse."""

import json
import shutil
import subprocess
import sys
from datetime import timedelta

import pytest
from sqlalchemy import select

from crm.complaints import jobs
from crm.complaints.models import ScorerModel
from crm.complaints.queries import scoring as queries
from crm.complaints.rules import learning as rules
from crm.complaints.rules.learning import Learning
from crm.complaints.service import learning, scoring
from crm.config import ROOT
from crm.groups.models import GroupMessage
from crm.i18n import fmt
from tests.factories.desk import Desk
from tests.factories.teaching import DAY, teach, teach_both

WRITTEN = 300
NEW = "窗纱又翘边了"


@pytest.fixture
def few_lines(tmp_path, monkeypatch):
    """The shipped data with few of the written lines: learning takes a second."""
    folder = shutil.copytree(scoring.DATA, tmp_path / "data")
    lines = json.loads((folder / "lines.json").read_text("utf-8"))
    step = len(lines) // WRITTEN
    (folder / "lines.json").write_text(json.dumps(lines[::step]), "utf-8")
    monkeypatch.setattr(scoring, "DATA", folder)
    scoring.forget()
    yield folder
    scoring.forget()


@pytest.fixture
def shop(session, few_lines):
    return Desk(session)


@pytest.fixture
def night(now):
    """The night after `now`."""
    return (fmt.local(now) + DAY).replace(hour=3, minute=0)


@pytest.fixture
def learn(session, factory):
    """Run the job as the worker does: only when it is wanted."""

    def run(moment):
        session.commit()
        if jobs.has_something_to_learn(factory, now=lambda: moment):
            jobs.learn_from_taps(factory, now=lambda: moment)
        session.expire_all()
        return list(session.scalars(select(ScorerModel).order_by(ScorerModel.id)))

    return run


def test_learns_from_taps_at_night_and_scores_by_it(shop, session, now, night, learn):
    teach_both(shop, now)
    before = scoring.shop_scorer(session)
    (model,) = learn(night)
    after = scoring.shop_scorer(session)
    assert model.outcome is Learning.ACCEPTED
    assert (model.complaints, model.others) == (12, 12)
    assert model.precision >= model.precision_before - rules.WORSE_BY
    assert (before.model_id, after.model_id) == (None, model.id)
    assert after.score(NEW).value > before.score(NEW).value
    assert (after.ask, after.opening) == rules.cold_start()


def test_every_process_takes_the_new_model(shop, session, factory, now, night, learn):
    """What another process has built of the old tables is not used for the new ones."""
    teach_both(shop, now)
    session.commit()
    with factory() as elsewhere:
        assert scoring.shop_scorer(elsewhere).model_id is None
    (model,) = learn(night)
    with factory() as elsewhere:
        assert scoring.shop_scorer(elsewhere).model_id == model.id
    scoring.forget()  # a process that starts now reads it from the database
    with factory() as elsewhere:
        found = scoring.shop_scorer(elsewhere)
    assert found.score(NEW).value == pytest.approx(scoring.shop_scorer(session).score(NEW).value)
    assert found.score(NEW).value > rules.cold_start()[0]


def test_next_taps_name_the_model_that_scored(shop, session, now, night, learn):
    teach_both(shop, now)
    (model,) = learn(night)
    teach(shop, night, NEW, is_complaint=True)
    kept = queries.tapped_lines(session)[-1]
    tap = session.get_one(learning.SuspicionTap, kept.first_tap_id)
    assert tap.model_id == model.id


@pytest.mark.parametrize(("hour", "wanted"), [(0, False), (2, False), (3, True), (15, True)])
def test_it_waits_for_the_night(shop, session, factory, now, hour, wanted):
    teach(shop, now, NEW, is_complaint=True)
    session.commit()
    moment = (fmt.local(now) + DAY).replace(hour=hour, minute=0)
    assert jobs.has_something_to_learn(factory, now=lambda: moment) is wanted


def test_it_learns_once_a_night_and_only_what_is_new(shop, now, night, learn):
    teach_both(shop, now)
    assert len(learn(night)) == 1
    assert len(learn(night + timedelta(hours=2))) == 1
    assert len(learn(night + DAY)) == 1
    teach(shop, night + DAY, NEW, is_complaint=True)
    assert len(learn(night + 2 * DAY)) == 2


def test_too_few_lines_keep_what_is_in_use(shop, session, now, night, learn):
    teach_both(shop, now, each=rules.CLASS_MIN - 1)
    (model,) = learn(night)
    assert (model.outcome, model.digest) == (Learning.TOO_FEW, "")
    assert scoring.shop_scorer(session).model_id is None


def test_what_is_worse_is_not_taken_over(shop, session, now, night, learn, monkeypatch):
    monkeypatch.setattr(rules, "WORSE_BY", -1.0)  # nothing can be so much better
    teach_both(shop, now)
    (model,) = learn(night)
    assert model.outcome is Learning.WORSE
    assert model.precision is not None
    assert scoring.shop_scorer(session).model_id is None


def test_the_next_model_takes_the_place_of_the_last(shop, session, now, night, learn):
    teach_both(shop, now)
    learn(night)
    teach(shop, night, "窗纱翘边翘到天上了", is_complaint=True)
    first, second = learn(night + DAY)
    assert (first.chat, first.layer, first.digest) == (None, None, "")
    assert second.outcome is Learning.ACCEPTED
    assert scoring.shop_scorer(session).model_id == second.id


def test_deleted_lines_are_out_of_the_model_the_next_night(shop, session, now, night, learn):
    teach_both(shop, now)
    teach(shop, now, "蝈蝈罐裂了", is_complaint=True)
    (first,) = learn(night)
    assert "蝈" in first.chat
    message = session.scalars(select(GroupMessage).where(GroupMessage.text == "蝈蝈罐裂了")).one()
    message.hidden_at = night
    _first, second = learn(night + DAY)
    assert second.outcome is Learning.ACCEPTED
    assert "蝈" not in second.chat
    assert second.complaints == 12


def test_with_too_few_lines_left_the_shipped_weights_are_back(shop, session, now, night, learn):
    teach_both(shop, now)
    learn(night)
    for message in session.scalars(select(GroupMessage)):
        message.text = ""
    first, second = learn(night + DAY)
    assert (first.chat, second.outcome) == (None, Learning.FORGOTTEN)
    found = scoring.shop_scorer(session)
    assert (found.model_id, found.ask, found.opening) == (None, *rules.cold_start())


def test_line_that_goes_while_it_learns_is_in_no_model(shop, session, now, night):
    teach_both(shop, now)
    material = learning.gather(session)
    lesson = learning.study(material, fmt.zone())
    session.scalars(select(GroupMessage).limit(1)).one().hidden_at = now
    session.flush()
    assert learning.keep(session, material, lesson, now=night, zone=fmt.zone()) is None
    assert session.scalars(select(ScorerModel)).all() == []


def test_second_worker_of_a_night_changes_nothing(shop, session, now, night, learn):
    teach_both(shop, now)
    material = learning.gather(session)
    lesson = learning.study(material, fmt.zone())
    learn(night)
    assert learning.keep(session, material, lesson, now=night, zone=fmt.zone()) is None


def test_many_taps_set_the_thresholds(shop, session, now, night, learn):
    for number in range(rules.THRESHOLDS_FROM):
        day = now - number * timedelta(hours=9)
        words = "翘边了翘得厉害" if number % 4 == 0 else "还有货的话留一件"
        teach(shop, day, f"{number}号的窗纱{words}", is_complaint=number % 4 == 0)
    (model,) = learn(night)
    assert (model.ask, model.opening) != rules.cold_start()
    assert model.ask <= 0.5
    assert model.opening >= model.ask + 0.1 - 1e-9
    found = scoring.shop_scorer(session)
    assert (found.ask, found.opening) == (model.ask, model.opening)


def test_learning_needs_no_package_for_numbers():
    """A process that learnt and scored has imported none of them."""
    lines = (
        "import sys",
        "from crm.complaints import jobs",
        "from crm.complaints.rules import training",
        "from crm.complaints.rules.training import Example",
        "known = [Example(f'{n}坏了', n % 2, n) for n in range(40)]",
        "training.learn(known, review={}, words=['坏了'])",
        "found = {'numpy', 'scipy', 'sklearn', 'pandas', 'lifetimes'} & set(sys.modules)",
        "raise SystemExit(sorted(found) or 0)",
    )
    done = subprocess.run([sys.executable, "-c", "\n".join(lines)], cwd=ROOT, check=False)
    assert done.returncode == 0
