"""`shuke import chat`: a file of a group from the shell, and how it ends."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from crm import cli, clock
from crm.complaints.cli import BATCH
from crm.complaints.models import Complaint
from crm.db import make_engine, make_factory
from crm.groups.models import ChatImport, GroupMessage
from crm.groups.rules import ImportSource
from crm.i18n import fmt
from tests.factories.groups import make_group
from tests.factories.stores import make_store

FAKE = "收到的裙子吊牌不对，是不是假货？太失望了，要求退款"
GROUP = "人民路 2 群"


@pytest.fixture
def shell(fresh_database, tmp_path, monkeypatch):
    """A shop of its own with two stores, each with a group of one name."""
    url = fresh_database()
    monkeypatch.setenv("SHUKE_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("SHUKE_DATABASE_URL", url)
    monkeypatch.setenv("SHUKE_SECRET_KEY", "key of the tests")
    engine = make_engine(url)
    with make_factory(engine)() as session:
        make_group(session, GROUP, make_store(session, code="RM"))
        make_group(session, GROUP, make_store(session, "万达店", code="WD"))
        make_group(session, "万达群", make_store(session, "三店", code="S3"))
        session.commit()
        yield session
    engine.dispose()


def _stamp(minutes):
    return f"{fmt.local(clock.now() - timedelta(minutes=minutes)):%Y/%-m/%-d %H:%M}"


def _chat(*lines):
    """Lines of (sender, minutes ago, text) as WeChat copies them."""
    return "\n\n".join(f"{who} {_stamp(ago)}\n{text}" for who, ago, text in lines) + "\n"


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "chat.txt"
    path.write_text(_chat(("陈姐", 8, FAKE), ("阿莲", 7, "还有 M 码吗")), "utf-8")
    return path


def _run(capsys, *arguments):
    code = cli.run(["import", "chat", *map(str, arguments)])
    out, err = capsys.readouterr()
    return code, out.strip(), err


def _count(session, model):
    session.rollback()
    return session.scalar(select(func.count()).select_from(model))


def test_import_chat_takes_lines_and_opens_complaints(shell, capsys, file):
    code, out, _err = _run(capsys, file, "--group", GROUP, "--store", "WD")
    assert code == 0
    assert out == "accepted 2, duplicates 0, suspected 1, complaints 1, refused 0"
    complaint = shell.scalars(select(Complaint)).one()
    assert complaint.text == FAKE
    assert shell.scalars(select(ChatImport.source)).one() is ImportSource.FILE
    code, out, _err = _run(capsys, file, "--group", GROUP, "--store", "WD")
    assert (code, out.split(",")[:2]) == (0, ["accepted 0", " duplicates 2"])
    assert _count(shell, GroupMessage) == 2


def test_import_chat_dry_run_says_it_and_changes_nothing(shell, capsys, file):
    arguments = (file, "--group", GROUP, "--store", "RM", "--dry-run")
    assert _run(capsys, *arguments)[:2] == (0, "accepted 2, duplicates 0, refused 0")
    assert _count(shell, GroupMessage) == 0


def test_import_chat_refuses_lines_of_the_future_and_writes_them_down(
    shell, capsys, file, tmp_path
):
    file.write_text(_chat(("陈姐", 8, "好看"), ("阿莲", -600, "=1+1")), "utf-8")
    errors = tmp_path / "errors.csv"
    code, out, _err = _run(capsys, file, "--group", "万达群", "--errors", errors)
    assert (code, out) == (3, "accepted 1, duplicates 0, suspected 0, complaints 0, refused 1")
    header, refused = errors.read_text("utf-8-sig").splitlines()
    assert header == "sent_at,sender,text"
    assert refused.endswith(",阿莲,'=1+1")


def test_import_chat_of_a_text_that_is_no_chat_takes_nothing(shell, capsys, file):
    file.write_text("一段话，没有人名，也没有时间", "utf-8")
    code, out, _err = _run(capsys, file, "--group", "万达群")
    assert (code, out.split(", ")[-1]) == (1, "refused 1")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "gb18030"])
def test_import_chat_reads_what_phones_and_windows_write(shell, capsys, file, encoding):
    file.write_bytes(_chat(("陈姐", 8, "几点开播")).encode(encoding))
    assert _run(capsys, file, "--group", "万达群")[0] == 0
    assert shell.scalars(select(GroupMessage.text)).one() == "几点开播"


def test_import_chat_in_batches_loses_no_repeated_word(shell, capsys, file):
    """Two lines alike in one minute, on both sides of where a batch could end."""
    many = [("陈姐", 60 - n // 40, f"第 {n} 件") for n in range(BATCH - 1)]
    last = 60 - (BATCH - 2) // 40
    file.write_text(_chat(*many, *[("阿莲", last, "好的")] * 3, ("阿莲", 1, "好的")), "utf-8")
    code, out, _err = _run(capsys, file, "--group", "万达群")
    assert (code, out.split(",")[0]) == (0, f"accepted {BATCH + 3}")
    assert _count(shell, ChatImport) == 2


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["--group", GROUP], "--store"),
        (["--group", "没有这个群"], "--group"),
        (["--group", GROUP, "--store", "X"], "--group"),
        ([], "--group"),
        (["--group", "万达群", "--date", "tomorrow"], "--date"),
    ],
)
def test_import_chat_used_wrongly_exits_2_with_one_line(shell, capsys, file, arguments, hint):
    code, out, err = _run(capsys, file, *arguments)
    assert (code, out, len(err.splitlines())) == (2, "", 1)
    assert hint in err


def test_import_chat_without_a_day_asks_for_it(shell, capsys, file):
    file.write_text("王姐(wxid_demo01) 10:32:05\n在吗\n\n我 10:35:00\n在的\n", "utf-8")
    code, _out, err = _run(capsys, file, "--group", "万达群")
    assert (code, "--date" in err) == (2, True)
    yesterday = f"{fmt.local(clock.now()) - timedelta(days=1):%Y-%m-%d}"
    assert _run(capsys, file, "--group", "万达群", "--date", yesterday)[0] == 0


def test_import_chat_of_bytes_that_are_no_text_is_one_line(shell, capsys, file):
    file.write_bytes(b"\x89PNG\xff\xff\xfe\x81" * 9)
    code, _out, err = _run(capsys, file, "--group", "万达群")
    assert (code, err) == (1, "chat.txt is no text file.\n")
