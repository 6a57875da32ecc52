"""The checks catch what they are for: each fault of ux.md 6.2 is planted alone and must be caught.

A fault changes what the browser receives; the very check that guards the product is then run and
has to fail. A fault that changed nothing fails too: then the product has moved on from under it.
"""

import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from playwright.sync_api import Error as BrowserError

from tests.browser import checks, log_test, wechat_test, weight_test
from tests.browser.serving import ROOT, Served, web
from tests.browser.visits import Count, Fault, Visits

Check = Callable[[Visits, Count], object]
QUICK = 2500


def _swap(pattern: str, by: str) -> Callable[[str], str]:
    return lambda text: re.sub(pattern, by, text)


def _add(more: str) -> Callable[[str], str]:
    return lambda text: text + more


def _clean(look: Callable[..., list[str]], path: str, *more: object) -> Check:
    def check(visits: Visits, _count: object) -> None:
        page = visits.open(path)
        page.wait_for_selector("html[data-ready='1']")
        assert look(page, *more) == []

    return check


def _console(visits: Visits, _count: object) -> None:
    visits.open("/log").wait_for_selector("html[data-ready='1']")  # the last word of the script
    assert visits.errors == []


def _old_engine(visits: Visits, _count: object) -> None:
    wechat_test.as_of_old(visits.open("/log"))
    assert visits.errors == []


def _by(test: Callable[..., None], *names: str) -> Check:
    """The check is a test of the quick log; `names` are the fixtures it takes after visit."""

    def check(visits: Visits, count: object) -> None:
        given = {"people": visits.served.people, "count": count, "served": visits.served}
        test(visits.open, *(given[name] for name in names))

    return check


_undo = _by(log_test.test_task_row_takes_one_tap_and_undo_brings_it_back, "count")
_refused = _by(log_test.test_refused_log_keeps_everything_and_leads_to_the_field, "count")
_offline = _by(log_test.test_log_without_network_is_kept_and_sent_once, "people", "count")
_lost = _by(log_test.test_answer_lost_after_the_save_makes_one_record, "people", "count")
_three_taps = _by(log_test.test_known_contact_takes_three_taps_from_today, "count")
_keyboard = _by(log_test.test_keyboard_alone_logs_with_save_itself_pressed, "count")
_fold = _by(log_test.test_who_how_and_save_stand_above_the_fold)
_not_hers = _by(log_test.test_another_persons_queue_stays_on_the_phone, "people", "count")
_single_keys = _by(log_test.test_single_keys_can_be_turned_off)

FAULTS: list[tuple[Fault, Check]] = [
    (Fault("1 WeChat green", "css", _swap("#0b7a3e", "#07c160")), _clean(checks.axe, "/today")),
    (Fault("2 no label", "html", _swap('for="name"', "")), _clean(checks.axe, "/contacts/new")),
    (Fault("3 no lang", "html", _swap('lang="zh-CN" data', "data")), _clean(checks.axe, "/today")),
    (
        Fault("4 zoom blocked", "html", _swap("initial-scale=1", "user-scalable=no")),
        _clean(checks.zoom_blocked, "/today"),
    ),
    (
        Fault("5 wide part", "css", _add(".rows { min-width: 420px; }")),
        _clean(checks.overflow, "/today", 360, ""),
    ),
    (
        Fault("6 low chips", "css", _add(".chip, .chip-face { min-height: 1.5rem !important; }")),
        _clean(checks.small_targets, "/log"),
    ),
    (Fault("7 save bar moves", "css", _add(".save-bar { position: static; }")), _fold),
    (
        Fault("8 huge tab bar", "css", _add(".tabs { height: 55vh; }")),
        _clean(checks.focus_faults, "/today"),
    ),
    (Fault("9 kind not chosen", "html", _swap(" checked", "")), _three_taps),
    (Fault("10 dead undo", "js", _swap(r"\(\) => takeBack\(message\)", "() => {}")), _undo),
    (Fault("11 no outbox", "html", _swap("data-outbox", "data-nothing")), _offline),
    (Fault("12 key not sent", "js", _swap(r', "Idempotency-Key": item.key', "")), _lost),
    (
        Fault(
            "14 save not in the order", "html", _swap('type="submit">保存', 'tabindex="-1" \\g<0>')
        ),
        _keyboard,
    ),
    (
        Fault("15 keys stay on", "js", _swap(r"dataset\.keys", 'dataset.keys || "staff"')),
        _single_keys,
    ),
    (
        Fault("16 no ring", "css", _add("*, * + .chip-face { outline: 0 !important; }")),
        _clean(checks.focus_faults, "/log"),
    ),
    (
        Fault(
            "17 no room at the end",
            "css",
            _add("body { padding: 0; } * { scroll-margin: 0 !important; }"),
        ),
        _clean(checks.focus_faults, "/contacts"),
    ),
    (
        Fault(
            "19 number in an attribute", "html", _swap("<main", '<main data-phone="13800138000"')
        ),
        _clean(lambda page: checks.whole_numbers(page.content()), "/today"),
    ),
    (Fault("20 typed number lost", "html", _swap('value="138 1234 014"', 'value=""')), _refused),
    (Fault("21 no focus on the summary", "js", _swap(r"summary\.focus\(\)", "0")), _refused),
    (
        Fault("22 countdown without words", "html", _swap("剩 |已超时 ", "")),
        _clean(checks.timers, "/complaints/1"),
    ),
    (Fault("23 script error", "js", _add("\nundefinedFn();")), _console),
    (Fault("sends for others", "js", _swap(r"item\.by === actor", "true")), _not_hers),
    (Fault("a word of later engines", "js", _add("\nstructuredClone([]);")), _old_engine),
]


@pytest.mark.parametrize(("fault", "check"), FAULTS, ids=[fault.name for fault, _ in FAULTS])
def test_planted_fault_is_caught(
    browser: Browser, served: Served, count: Count, fault: Fault, check: Check
) -> None:
    visits = Visits(browser, served, fault, QUICK)
    try:
        with pytest.raises((AssertionError, BrowserError)):
            check(visits, count)
        assert visits.planted, "the fault changed nothing"
    finally:
        visits.close()


def test_server_that_ignores_the_key_is_caught(
    browser: Browser, served: Served, count: Count, tmp_path: Path
) -> None:
    for name in ("crm", "static", "templates", "migrations"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    view = tmp_path / "crm" / "workbench" / "views" / "log.py"
    sound = view.read_text("utf-8")
    faulty = sound.replace("key=one_line(key) or ", "key=")
    assert faulty != sound, "the fault changed nothing"
    view.write_text(faulty, "utf-8")
    with web(served.url, tmp_path, code=tmp_path) as address:
        visits = Visits(browser, replace(served, address=address), patience=QUICK)
        with pytest.raises(AssertionError):
            log_test.test_same_key_twice_makes_one_record(visits.open, served.people, count)
        visits.close()


def test_planted_weight_is_caught(served: Served, browser: Browser) -> None:
    heavy = "\n// 18 heavy script " + "x" * 420_000
    faults = weight_test.faults_of_first_view(browser, served, "manager", "/log", heavy)
    assert "kB" in faults
