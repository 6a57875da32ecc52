"""The commands of `shuke`: what they write, where, and how they end."""

import io

import pytest

from crm import cli, clock
from crm.accounts import queries
from crm.accounts.rules import Role, Scope
from crm.alerts.jobs import heartbeat
from crm.alerts.rules import AlertState
from crm.db import make_engine, make_factory
from crm.integrations.rules import ChannelKind, ChannelState, NewChannel
from crm.integrations.service import add_channel
from crm.stores.models import Store
from tests.factories.alerts import make_channel, outbox, raise_one
from tests.factories.stores import actor_of, make_staff, make_store

PASSWORD = "a long password"


@pytest.fixture
def shell(fresh_database, tmp_path, monkeypatch):
    """Settings of a shop of its own; returns a session on its database."""
    url = fresh_database()
    monkeypatch.setenv("SHUKE_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("SHUKE_DATABASE_URL", url)
    monkeypatch.setenv("SHUKE_SECRET_KEY", "key of the tests")
    engine = make_engine(url)
    with make_factory(engine)() as session:
        yield session
    engine.dispose()


def _run(capsys, *arguments):
    code = cli.run(arguments)
    out, err = capsys.readouterr()
    return code, out, err


def _staff(session, login):
    session.rollback()
    return queries.staff_by_login(session, login)


def test_user_add_with_a_password_makes_a_login(shell, capsys, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO(PASSWORD + "\n"))
    arguments = ["--login", " Ajun", "--name", "阿俊", "--role", "owner", "--password-stdin"]
    code, out, _err = _run(capsys, "user", "add", *arguments)
    assert (code, out) == (0, "")
    assert _staff(shell, "ajun").role is Role.OWNER


def test_user_add_without_a_password_prints_a_link(shell, capsys):
    make_store(shell, code="rm")
    shell.commit()
    arguments = ["--login", "wangmei", "--name", "王梅", "--role", "manager", "--store", "rm"]
    code, out, _err = _run(capsys, "user", "add", *arguments)
    assert code == 0
    assert out.startswith("/link/")
    assert len(out.splitlines()) == 1
    assert _staff(shell, "wangmei").password_hash is None


def test_token_create_prints_the_token_alone(shell, capsys):
    _run(capsys, "user", "add", "--login", "ajun", "--name", "阿俊", "--role", "owner")
    arguments = ["--user", "ajun", "--name", "till", "--scope", "write"]
    code, out, err = _run(capsys, "token", "create", *arguments)
    assert (code, err) == (0, "")
    shell.rollback()
    assert queries.token_by_secret(shell, out.strip()).scope is Scope.WRITE


def _findings(capsys):
    code, out, _err = _run(capsys, "doctor")
    found = {line.split()[1]: line.split()[0] for line in out.splitlines()}
    assert code == ("look" in found.values())
    return found


def test_doctor_says_what_a_new_shop_still_needs(shell, capsys):
    assert _run(capsys, "migrate")[0] == 0
    assert _findings(capsys) == {
        "disk": "ok",
        "key": "look",
        "database": "ok",
        "migrations": "ok",
        "clock": "ok",
        "people": "look",
        "worker": "look",
        "channels": "look",
        "alerts": "ok",
    }


def test_doctor_finds_all_well_where_all_is_well(shell, capsys, tmp_path):
    assert _run(capsys, "key", "export", str(tmp_path / "key.txt"))[0] == 0
    actor = actor_of(shell, make_staff(shell, Role.OWNER))
    channel = NewChannel(ChannelKind.EMAIL, address="ajun@example.org")
    add_channel(shell, channel, actor=actor, now=clock.now())
    heartbeat(shell, worker="1", started_at=clock.now(), now=clock.now())
    shell.commit()
    assert set(_findings(capsys).values()) == {"ok"}
    assert _run(capsys, "doctor")[0] == 0


def test_doctor_names_channels_that_refuse_and_counts_what_was_given_up(shell, capsys):
    actor = actor_of(shell, make_staff(shell, Role.OWNER))
    channel = make_channel(shell, actor, url="https://qyapi.weixin.qq.com/x?key=sesame")
    raise_one(shell, actor.id)
    channel.state, channel.last_code = ChannelState.REFUSED, "45009"
    outbox(shell)[0].state = AlertState.DEAD
    shell.commit()
    _code, out, _err = _run(capsys, "doctor")
    assert "refused: wecom_robot 1 (45009). Try them at /settings/alerts" in out
    assert "1 given up. Send them again at /status" in out
    assert "sesame" not in out


def test_doctor_settings_hides_the_key(shell, capsys):
    code, out, _err = _run(capsys, "doctor", "--settings")
    assert code == 0
    assert "SHUKE_TIMEZONE=Asia/Shanghai" in out
    assert "key of the tests" not in out


def test_doctor_names_old_tables(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("SHUKE_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("SHUKE_DATABASE_URL", f"sqlite:///{tmp_path / 'empty.db'}")
    code, out, _err = _run(capsys, "doctor")
    assert code == 1
    assert "shuke migrate" in out


USER = ["user", "add", "--login", "x", "--name", "x", "--role", "owner"]


@pytest.mark.parametrize(
    ("arguments", "code", "advice"),
    [
        ([], 2, "--help"),
        (["sevre"], 2, "serve"),
        (["serve", "--port", "x"], 2, "--port"),
        (["serve", "--port", "70000"], 2, "--port"),
        (["user"], 2, "--help"),
        (["user", "add"], 2, "--login"),
        ([*USER[:-1], "king"], 2, "owner"),
        ([*USER[:3], "Ä b", *USER[4:]], 2, "--login"),
        ([*USER[:5], " ", *USER[6:]], 2, "--name"),
        ([*USER, "--store", "gone"], 2, "--store"),
        ([*USER, "--password-stdin"], 1, "password"),
        (["token", "create", "--user", "nobody", "--name", "x"], 1, "shuke user add"),
        (["token", "create", "--user", "nobody", "--name", "x", "--scope", "all"], 2, "--scope"),
        (["worker", "--job", "gone"], 2, "--job"),
    ],
)
def test_bad_usage_is_one_line_that_says_what_to_do(
    arguments, code, advice, shell, capsys, monkeypatch
):
    monkeypatch.setattr("sys.stdin", io.StringIO("short\n"))
    found, out, err = _run(capsys, *arguments)
    assert (found, out) == (code, "")
    assert len(err.splitlines()) == 1
    assert advice in err
    assert shell.query(Store).count() == 0


def test_taken_login_is_one_line(shell, capsys):
    assert _run(capsys, *USER)[0] == 0
    code, _out, err = _run(capsys, *USER)
    assert code == 1
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [("SHUKE_TIMEZONE", "Mars"), ("SHUKE_DATABASE_URL", "mysql://x"), ("SHUKE_LOG_LEVEL", "LOUD")],
)
def test_wrong_setting_is_one_line(name, value, shell, capsys, monkeypatch):
    monkeypatch.setenv(name, value)
    code, _out, err = _run(capsys, "migrate")
    assert code == 2
    assert err.startswith(name)
    assert len(err.splitlines()) == 1


def test_missing_tables_are_one_line(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("SHUKE_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("SHUKE_DATABASE_URL", f"sqlite:///{tmp_path / 'empty.db'}")
    code, _out, err = _run(capsys, *USER)
    assert code == 1
    assert len(err.splitlines()) == 1
    assert "shuke migrate" in err


def test_interrupt_ends_with_130(monkeypatch, capsys):
    def interrupt(*_arguments, **_options):
        raise KeyboardInterrupt

    monkeypatch.setattr(cli.root, "main", interrupt)
    assert cli.run(["serve"]) == 130
