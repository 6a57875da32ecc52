"""Who may do what, and when sign-in waits."""

from datetime import UTC, datetime, timedelta

import pytest

from crm.accounts.rules import (
    MATRIX,
    Actor,
    Permission,
    Role,
    can,
    fold_login,
    throttled_until,
    token_digest,
)

NOON = datetime(2025, 6, 18, 12, tzinfo=UTC)


def _ago(*minutes: float) -> list[datetime]:
    return [NOON - timedelta(minutes=m) for m in minutes]


# The table of rights, written out: owner, lead, manager, assistant.
TRUTH = {
    Permission.SEE: "yyyy",
    Permission.RECORD: "yyyy",
    Permission.DISMISS_SUSPECTED: "yyyy",
    Permission.DECIDE_COMPLAINT: "yy--",
    Permission.HANDLE_COMPLAINT: "yyyy",
    Permission.REVEAL_PHONE: "yyy-",
    Permission.MERGE_CONTACTS: "yyy-",
    Permission.HAND_ON: "yyy-",
    Permission.TAG: "yyyy",
    Permission.IMPORT_FILES: "yyy-",
    Permission.ADMINISTER: "y---",
    Permission.BUILD_LIST: "yyy-",
    Permission.WORK_TASKS: "yyyy",
    Permission.APPROVE_LIST: "yy--",
    Permission.RELEASE_COPY: "yy--",
    Permission.OVERRULE_LIMIT: "yyy-",
    Permission.SETTINGS: "y---",
    Permission.ROSTER_TEMPLATES: "yy--",
    Permission.SEE_RESULTS: "yyy-",
    Permission.SEE_STATUS: "yy--",
}


def test_every_permission_stands_in_the_matrix() -> None:
    assert set(MATRIX) == set(Permission) == set(TRUTH)


@pytest.mark.parametrize(("permission", "rights"), TRUTH.items())
def test_roles_have_exactly_the_rights_of_the_table(permission: Permission, rights: str) -> None:
    order = (Role.OWNER, Role.LEAD, Role.MANAGER, Role.ASSISTANT)
    assert "".join("y" if can(role, permission) else "-" for role in order) == rights


def test_actor_sees_own_stores_only_and_without_a_list_all() -> None:
    manager = Actor(1, "wangmei", "王梅", Role.MANAGER, frozenset({7}))
    owner = Actor(2, "ajun", "阿俊", Role.OWNER, None)
    assert manager.sees(7)
    assert not manager.sees(8)
    assert owner.sees(8)


@pytest.mark.parametrize(
    ("failures", "until"),
    [
        (_ago(), None),
        (_ago(*range(7)), None),
        (_ago(*range(8)), NOON - timedelta(minutes=7) + timedelta(minutes=15)),
        (_ago(*range(8, 16)), None),  # the oldest of the eight is 15 minutes old: out of the window
        (_ago(*range(1, 15)), NOON - timedelta(minutes=8) + timedelta(minutes=15)),
    ],
)
def test_sign_in_waits_after_eight_failures_in_fifteen_minutes(
    failures: list[datetime], until: datetime | None
) -> None:
    assert throttled_until(failures, NOON) == until


def test_login_is_folded() -> None:
    assert fold_login("  WangMei ") == "wangmei"


def test_token_digest_is_stable_and_not_the_token() -> None:
    assert token_digest("abc") == token_digest("abc")
    assert "abc" not in token_digest("abc")
