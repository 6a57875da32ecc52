"""Which test or command shows which promise of the complaint engine; none may vanish unnoticed.

The numbers are those of the acceptance criteria; the letters name faults of other products. Long
runs: `python3 run.py soak` and `python -m tests.benchmarks`, on either database, and
`--hypothesis-profile=full` for the laws.
"""

import ast
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

CRITERIA: dict[int, dict[str, tuple[str, ...]]] = {
    1: {
        "benchmarks/g11_due_sweep.py": (),
        "benchmarks/g14_latency.py": (),
        "peers/chatwoot_test.py": ("test_cw_2_the_scan_reads_the_partial_index",),
    },
    2: {
        "soak/failpoints_test.py": ("test_a_kill_at_any_point_loses_nothing",),
        "soak/kills_test.py": ("test_random_kills_lose_nothing_and_send_nothing_wrong",),
        "processes/alerts_test.py": ("test_alert_raised_before_a_kill_arrives_after_the_restart",),
    },
    3: {
        "soak/steady_test.py": (
            "test_a_slow_receiver_gets_every_message_once",
            "test_a_hanging_robot_holds_up_no_other",
        ),
    },
    4: {
        "soak/load_test.py": ("test_writers_and_the_worker_never_wait_long_for_each_other",),
    },
    5: {
        "soak/steady_test.py": ("test_a_night_of_breaches_is_one_message_a_channel",),
        "jobs/alerts_digest_test.py": (
            "test_five_hundred_at_once_are_one_message_a_channel_and_one_line_each_in_the_inbox",
        ),
    },
    6: {
        "rules/complaints_laws_test.py": ("test_verdicts_do_not_depend_on_when_anybody_looked",),
    },
    7: {
        "benchmarks/c7_calendar_year.py": (),
        "services/statutory_days_test.py": ("test_all_days_of_2025_and_2026_are_as_published",),
        "rules/stores_calendar_test.py": (
            "test_law_round_trip",
            "test_law_additivity",
            "test_law_equals_a_count_minute_by_minute",
            "test_law_a_pause_keeps_what_is_left_and_never_moves_the_deadline_earlier",
        ),
    },
    8: {
        "services/complaints_machine_test.py": ("test_whatever_happens_the_books_are_right",),
    },
    9: {
        "soak/steady_test.py": ("test_nothing_begins_to_leave_after_the_answer",),
        "services/at_once_test.py": ("test_an_answer_and_the_tick_never_wait_for_each_other",),
    },
    10: {
        "jobs/complaints_test.py": ("test_spreading_tells_lead_and_owner_at_once",),
        "jobs/complaints_incident_test.py": (
            "test_twenty_children_give_the_lead_one_alert_and_few_updates",
            "test_children_are_closed_one_by_one",
        ),
        "rules/complaints_spread_test.py": ("test_signals_give_the_state_of_the_table",),
        "services/campaigns_holds_test.py": (
            "test_onlooker_whom_we_know_and_an_urgent_group_are_kept_out",
        ),
    },
    11: {
        "journeys/golden_test.py": (
            "test_logged_forty_minutes_late_it_is_born_breached_and_told_within_a_tick",
        ),
        "services/complaints_test.py": ("test_a_time_in_the_future_or_too_long_ago_is_refused",),
    },
    12: {
        "browser/phone_test.py": (
            "test_a_group_complaint_takes_four_taps_and_twenty_seconds",
            "test_the_link_of_an_alert_and_one_more_tap_acknowledge",
            "test_the_link_of_an_alert_and_one_more_tap_answer",
            "test_two_taps_answer_from_wherever_it_stands",
            "test_one_tap_on_the_board_acknowledges",
            "test_one_form_sent_twice_logs_one",
        ),
        "browser/wechat_test.py": (
            "test_without_script_it_opens_saves_and_uploads",
            "test_old_engine_opens_saves_and_uploads",
        ),
        "house/interface_test.py": (
            "test_style_sheet_keeps_to_old_browsers",
            "test_script_keeps_to_old_browsers_and_insecure_pages",
            "test_page_keeps_to_old_browsers",
            "test_what_is_too_new_is_found_where_it_is_planted",
        ),
        "services/at_once_test.py": ("test_one_form_logs_one_complaint",),
    },
    13: {
        "web/complaints_hostile_test.py": ("test_nothing_typed_anywhere_is_an_error",),
        "web/complaints_test.py": ("test_a_stale_form_gets_a_page_with_both_ways_on",),
        "web/settings_alerts_test.py": (
            "test_address_that_cannot_be_is_refused_in_words_and_kept",
        ),
        "api/hostile_test.py": ("test_hostile_text_anywhere_is_taken_or_refused",),
    },
    14: {
        "soak/order_file_test.py": ("test_a_file_survives_twenty_kills",),
        "processes/orders_file_test.py": (
            "test_file_is_finished_after_kill_9_and_no_order_counts_twice",
        ),
        "services/orders_cli_test.py": ("test_file_is_taken_and_again_changes_nothing",),
    },
    15: {
        "migrations/migrations_test.py": (
            "test_rows_live_through_a_way_down_and_up",
            "test_migrated_schema_is_that_of_the_models",
        ),
        "services/backup/backup_test.py": (
            "test_every_row_of_every_table_comes_back_on_a_fresh_host",
            "test_a_backup_of_one_database_is_restored_on_the_other",
            "test_a_backup_of_older_tables_is_brought_up_to_date",
        ),
        "processes/backup_test.py": (
            "test_a_backup_is_of_one_moment_and_nobody_waits_for_it",
            "test_a_restore_killed_at_any_step_leaves_no_half_that_looks_whole",
            "test_a_restore_killed_while_it_fills_the_database_leaves_the_old_one",
        ),
    },
    16: {
        "house/routes_test.py": ("test_role_is_refused_exactly_where_the_matrix_says",),
        "api/rights_test.py": ("test_route_is_403_exactly_where_scope_or_role_may_not",),
        "web/complaints_test.py": ("test_another_stores_complaint_is_not_found",),
    },
    17: {
        "rules/complaints_explain_test.py": (
            "test_the_spans_add_up_to_the_target_whatever_happened",
        ),
        "peers/osticket_test.py": (
            "test_ot_good_the_page_says_what_was_counted_and_what_was_skipped",
        ),
    },
    18: {
        "processes/health_test.py": (
            "test_a_worker_that_stands_still_is_seen_on_every_page_until_it_goes_on",
        ),
    },
    19: {
        "peers/linkwechat_test.py": (
            "test_lw_b_an_answer_by_any_staff_of_the_store_stops_the_clock",
            "test_lw_c_an_unlinked_line_stops_nothing_and_a_linked_one_exactly_its_complaint",
        ),
    },
    20: {
        "peers/linkwechat_test.py": ("test_lw_a_chasing_does_not_postpone_the_alarm",),
    },
    21: {
        "peers/chatwoot_test.py": (
            "test_cw_6_warnings_come_before_the_deadline_and_leaders_after_it",
        ),
        "peers/linkwechat_test.py": (
            "test_lw_f_a_failed_send_is_tried_again_and_the_ladder_goes_up",
        ),
        "rules/complaints_ladder_test.py": ("test_le1_the_whole_ladder_of_an_urgent_first_answer",),
        "processes/alerts_test.py": (
            "test_served_shop_brings_the_alert_after_its_worker_was_killed",
        ),
    },
    22: {
        "peers/linkwechat_test.py": (
            "test_lw_h_rates_are_late_of_all_and_a_supervisor_sees_every_group",
        ),
    },
    23: {
        "peers/others_test.py": ("test_wo_1_a_full_queue_waits_and_drops_nothing",),
        "jobs/alerts_digest_test.py": (
            "test_two_hundred_in_eight_minutes_keep_the_limit_urgent_first_and_none_is_lost",
        ),
    },
    24: {
        "services/complaints_reopening_test.py": (
            "test_only_a_new_problem_reopens",
            "test_staff_may_reopen_until_day_thirty",
            "test_figures_of_an_earlier_cycle_never_change",
        ),
        "services/complaints_linking_test.py": (
            "test_a_problem_on_day_seven_opens_the_old_one_again",
            "test_a_problem_on_day_eight_is_a_new_complaint_that_names_the_old_one",
        ),
    },
    25: {
        "services/campaigns_holds_test.py": (
            "test_complaint_after_approval_takes_the_person_out_of_export_and_tasks",
            "test_open_complaint_keeps_its_contact_out_and_names_it",
        ),
    },
    26: {
        "processes/alerts_test.py": ("test_however_many_workers_tick_each_alert_leaves_once",),
        "processes/health_test.py": ("test_web_processes_never_tick",),
        "processes/serve_test.py": ("test_killed_worker_and_killed_web_process_come_back",),
    },
    27: {
        "journeys/golden_test.py": ("test_golden_scenario_to_the_second",),
    },
}
FAULTS = (
    *(f"lw_{letter}" for letter in "abcdefgh"),
    *(f"cw_{number}" for number in range(1, 8)),
    *(f"zm_{number}" for number in range(1, 11)),
    *(f"fh_{number}" for number in range(1, 6)),
    *(f"ot_{number}" for number in range(1, 8)),
    *("ot_good", "zn_1", "zn_2", "fs_1", "oc_1", "oc_2", "oc_3"),
    *("am_1", "se_1", "gt_1", "yq_1", "bc_1", "wo_1"),
)


@cache
def _tests_of(path: Path) -> frozenset[str]:
    found = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return frozenset(
        node.name
        for node in found
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    )


def missing(path: str, names: Iterable[str], root: Path = ROOT) -> list[str]:
    """The tests that are not in the file; the file itself where there is none."""
    if not (root / path).is_file():
        return [path]
    return [name for name in names if name not in _tests_of(root / path)]


def test_criteria_are_numbered_without_gaps():
    assert list(CRITERIA) == list(range(1, 28))


@pytest.mark.parametrize("number", CRITERIA)
def test_what_shows_a_criterion_is_there(number: int):
    assert CRITERIA[number]
    assert [one for path, names in CRITERIA[number].items() for one in missing(path, names)] == []


@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_of_the_others_has_its_test(fault: str):
    named = {name for path in (ROOT / "peers").glob("*_test.py") for name in _tests_of(path)}
    assert [name for name in named if name.startswith(f"test_{fault}_")]


@pytest.mark.parametrize("path", ["peers/nowhere_test.py", "peers/zammad_test.py"])
def test_what_vanished_is_found(path: str):
    assert missing(path, ["test_nothing"])
