"""Overlap of pastes, speakers, unanswered items, masks, times: tables without a database."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from crm.groups import rules
from crm.groups.rules import Candidate, Known, MatchState, NewMessage, OldLine, Run, Seen
from crm.integrations.formats.chat import parse

START = datetime(2025, 6, 18, 12, 0, tzinfo=UTC)
SHANGHAI = ZoneInfo("Asia/Shanghai")


def pasted(script: str, *, placed: bool = False, step: int = 1) -> list[NewMessage]:
    """`A 在吗 / B 好的` -> messages a minute apart."""
    lines = [line.split(" ", 1) for line in script.split(" / ")] if script else []
    return [
        NewMessage(sender, START + timedelta(minutes=i * step), text, placed=placed)
        for i, (sender, text) in enumerate(lines)
    ]


def stored(script: str, *, placed: bool = False, step: int = 1) -> list[OldLine]:
    return [
        OldLine(m.sender, m.sent_at, m.text, placed)
        for m in pasted(script, placed=placed, step=step)
    ]


def fresh(old: list[OldLine], new: list[NewMessage]) -> str:
    return " / ".join(f"{new[i].sender} {new[i].text}" for i in rules.new_positions(old, new))


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("A 在吗 / B 好的 / A 谢谢", "B 好的 / A 谢谢 / B 好的 / A 明天来", "B 好的 / A 明天来"),
        ("", "A 在吗 / B 好的", "A 在吗 / B 好的"),
        ("A 在吗 / B 好的", "A 在吗 / B 好的", ""),
        ("B 好的 / A 明天来", "A 在吗 / B 好的 / A 明天来", "A 在吗"),
        ("A 在吗", "A 好的", "A 好的"),
        ("A 在吗 / B 好的", "B 好的", "B 好的"),
        ("A 裙子收到了但是颜色不对", "B 好 / A 裙子收到了但是颜色不对", "B 好"),
        ("A 一 / B 二 / A 三 / B 四", "A 一 / B 二 / C 插话 / A 三 / B 四", "C 插话"),
    ],
)
def test_lines_without_time_join_at_their_longest_common_run(
    old: str, new: str, expected: str
) -> None:
    assert fresh(stored(old, placed=True), pasted(new, placed=True)) == expected


def test_timed_lines_join_minute_by_minute() -> None:
    old, new = stored("A 在吗 / B 好的 / A 谢谢"), pasted("A 在吗 / B 好的 / A 谢谢 / B 好的")
    assert fresh(old, new) == "B 好的"


def test_same_words_at_another_minute_are_another_message() -> None:
    assert fresh(stored("A 好的"), pasted("B 早 / A 好的")) == "B 早 / A 好的"


def test_same_words_twice_in_one_minute_count_twice() -> None:
    old, new = stored("A 好的", step=0), pasted("A 好的 / A 好的", step=0)
    assert fresh(old, new) == "A 好的"


def test_seconds_make_no_difference_between_two_ways_of_copying() -> None:
    new = [NewMessage("A", START + timedelta(seconds=42), "在吗")]
    assert fresh(stored("A 在吗"), new) == ""


def test_timed_paste_finds_what_was_pasted_without_time_before() -> None:
    old = stored("A 衣服收到了 / B 好的", placed=True, step=0)
    assert fresh(old, pasted("A 衣服收到了 / B 好的 / A 谢谢", step=7)) == "A 谢谢"


def test_white_space_makes_no_difference() -> None:
    new = [NewMessage("A", START, "第一行\n第二行 ")]
    assert fresh([OldLine("A", START, "第一行 第二行")], new) == ""


def test_other_sender_with_the_same_words_is_new() -> None:
    assert fresh(stored("A 想要一件蓝色的连衣裙"), pasted("B 想要一件蓝色的连衣裙")) != ""


CONTACT, OTHER, STAFF = Candidate(contact_id=1), Candidate(contact_id=2), Candidate(staff_id=3)


@pytest.mark.parametrize(
    ("known", "candidates", "state", "who"),
    [
        ([], [], MatchState.NEW, (None, None)),
        ([], [CONTACT], MatchState.MATCHED, (1, None)),
        ([], [CONTACT, CONTACT], MatchState.MATCHED, (1, None)),
        ([], [STAFF], MatchState.MATCHED, (None, 3)),
        ([], [CONTACT, OTHER], MatchState.ASK, (None, None)),
        ([], [CONTACT, STAFF], MatchState.ASK, (None, None)),
        ([Known(9, contact_id=7)], [CONTACT, OTHER], MatchState.KNOWN, (7, None)),
        ([Known(9, staff_id=3)], [CONTACT], MatchState.KNOWN, (None, 3)),
        ([Known(9)], [CONTACT], MatchState.MATCHED, (1, None)),
        ([Known(9, confirmed=True)], [CONTACT, OTHER], MatchState.KNOWN, (None, None)),
        ([Known(8, contact_id=1), Known(9, contact_id=2)], [], MatchState.ASK, (None, None)),
    ],
)
def test_match_trusts_the_group_then_one_candidate_and_asks_for_two(
    known: list[Known], candidates: list[Candidate], state: MatchState, who: tuple[int | None, ...]
) -> None:
    found = rules.match(known, candidates)
    assert (found.state, (found.contact_id, found.staff_id)) == (state, who)


def seen(script: str) -> list[Seen]:
    """`A1 A S B?`: letters speak, S is staff, - the program, ? asks, 1 is an item, ! settled."""
    lines = []
    for i, word in enumerate(script.split()):
        item = next((int(c) for c in word if c.isdigit()), None)
        lines.append(
            Seen(
                i,
                word[0],
                START + timedelta(minutes=i),
                word[0] == "S",
                "?" in word,
                item,
                settled="!" in word,
                system=word[0] == "-",
            )
        )
    return lines


def shape(run: Run) -> str:
    ids = ",".join(map(str, run.ids))
    after = int((run.followed_at - START).total_seconds() // 60) if run.followed_at else "-"
    return f"{run.speaker}[{ids}]{'?' if run.binding else ''}{run.item_id or ''}>{after}"


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("A A A", "A[0,1,2]>-"),
        ("A - A", "A[0,2]>-"),
        ("A B A", "A[0]>- B[1]>- A[2]>-"),
        ("A S", "A[0]>1"),
        ("A B S A", "A[0]>2 B[1]>2 A[3]>-"),
        ("A? A S", "A[0,1]?>2"),
        ("S S", ""),
        ("A5 A", "A[0,1]5>-"),
        ("A5 A6", "A[0]5>- A[1]6>-"),
        ("A5! A", "A[0]5>- A[1]>-"),
        ("A A5", "A[0,1]5>-"),
    ],
)
def test_consecutive_lines_of_one_customer_are_one_item(script: str, expected: str) -> None:
    assert " ".join(map(shape, rules.runs(seen(script)))) == expected


@pytest.mark.parametrize(
    "text",
    [
        "这件还有 M 码吗？",
        "@店长 有人吗",
        "多少钱",
        "什么时候发货",
        "能退么",
        "发了没",
        "怎么还没到",
        "how much",
    ],
)
def test_questions_and_mentions_ask(text: str) -> None:
    assert rules.asks(text)


@pytest.mark.parametrize(
    "text", ["好的", "谢谢", "收到了，很喜欢", "[图片]", "明天来拿", "没有", "+1"]
)
def test_plain_words_do_not_ask(text: str) -> None:
    assert not rules.asks(text)


@pytest.mark.parametrize(
    ("text", "masked", "count"),
    [
        ("电话 13800000142", "电话 138****0142", 1),
        ("138 0000 0142", "138****0142", 1),
        ("演示 10012340142", "演示 100****0142", 1),
        ("138-0000-0142转", "138****0142转", 1),
        ("+8613800000142", "138****0142", 1),
        ("008613800000142", "138****0142", 1),
        ("9008613800000142", "9008613800000142", 0),
        ("打 010-12345678", "打 010-****5678", 1),
        ("13800000142,13900000001", "138****0142,139****0001", 2),
        ("单号 7138000001421234", "单号 7138000001421234", 0),
        ("SF13800000142", "SF13800000142", 0),
        ("wx13800000142", "wx138****0142", 1),
        ("VX：１３８０００００１４２", "VX：１３８****０１４２", 1),
        ("¥1380000", "¥1380000", 0),
        ("138٠٠٠٠٠١٤٢", "138٠٠٠٠٠١٤٢", 0),
    ],
)
def test_phones_are_covered_and_long_numbers_left(text: str, masked: str, count: int) -> None:
    assert (rules.mask_phones(text), rules.phones_in(text)) == (masked, count)


@pytest.mark.parametrize(
    ("text", "covered", "numbers"),
    [
        ("陈姐 138-0000-0142", "陈姐 138****0142", ["13800000142"]),
        ("１３８００００００１４２"[:11], "１３８****００１４", ["13800000014"]),
        ("+8613800000142", "138****0142", ["13800000142"]),
        ("前台 0571-88886666", "前台 0571-88886666", []),
    ],
)
def test_mobile_numbers_are_taken_out_of_a_name(text, covered, numbers) -> None:
    assert rules.cover_mobiles(text) == (covered, numbers)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("儿子 138****0142", "儿子 13800000142"),
        ("老家 138****0142，别打 010-****5678", "老家 13800000142，别打 010-12345678"),
        ("儿子 139****0142", "儿子 139****0142"),
        ("", ""),
    ],
)
def test_edit_of_a_masked_text_keeps_its_numbers(typed, kept) -> None:
    assert rules.uncover(typed, "儿子 13800000142 前台 010-12345678") == kept


TWINS = "妈妈13811110142 爸爸13822220142 13811110142"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (f"{rules.mask_phones(TWINS)} 都行", f"{TWINS} 都行"),
        ("妈138****0142 爸138****0142 138****0142", None),
        ("138****0142 妈妈138****0142 爸爸138****0142", None),
        ("爸爸13822220142", "爸爸13822220142"),
        (TWINS, TWINS),
        (rules.mask_phones(TWINS), TWINS),
        ("爸爸138****0142", None),
        ("妈妈138****0142 138****0142", None),
        ("爸爸138****0142 妈妈138****0142 138****0142", None),
    ],
)
def test_numbers_that_look_the_same_when_covered_are_not_guessed(typed, kept) -> None:
    if kept is None:
        with pytest.raises(rules.SameCover):
            rules.uncover(typed, TWINS)
    else:
        assert rules.uncover(typed, TWINS) == kept


def test_a_cover_that_somebody_wrote_is_not_taken_for_a_number() -> None:
    known = "妈妈138****0142 爸爸13800000142"
    with pytest.raises(rules.SameCover):
        rules.uncover("妈妈138****0142 爸爸138****0142 都行", known)
    assert rules.uncover("都不打", known) == "都不打"


def test_a_number_is_the_same_with_the_code_of_the_country() -> None:
    known = "妈妈13811110142 微信+8613811110142"
    assert rules.uncover("只打 138****0142", known) == "只打 13811110142"


def test_text_that_nobody_touched_stays_with_its_written_covers() -> None:
    known = "138****0142 13800000142"
    assert rules.uncover(known, known) == known


def test_lines_get_the_time_of_the_shop() -> None:
    parsed = parse("桃子 2025/6/18 20:14\n在吗")
    message = rules.placed_messages(parsed, SHANGHAI)[0]
    assert message.sent_at.astimezone(UTC) == datetime(2025, 6, 18, 12, 14, tzinfo=UTC)


def test_line_without_time_stands_beside_its_neighbour() -> None:
    parsed = parse(
        '"阿May" 撤回了一条消息\n\n桃子 2025/6/18 20:14\n在吗\n\n"阿May" 撤回了一条消息\n'
    )
    times = {m.sent_at for m in rules.placed_messages(parsed, SHANGHAI)}
    assert len(times) == 1


def test_text_without_any_time_asks_for_a_day() -> None:
    with pytest.raises(rules.UndatedLine):
        rules.placed_messages(parse("桃子:\n在吗\n\n小季:\n在"), SHANGHAI)


def test_line_of_the_future_is_refused_and_named() -> None:
    lines = pasted("A 在吗 / A 好的", step=6)
    rules.check_times(lines, START + timedelta(minutes=1))
    with pytest.raises(rules.FutureLine) as refused:
        rules.check_times(lines, START)
    assert refused.value.position == 2
