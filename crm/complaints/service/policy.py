"""Change the promise for complaints logged from now on."""

from collections.abc import Callable, Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from crm.accounts.rules import Actor
from crm.audit import service as audit
from crm.complaints.queries import case as queries
from crm.complaints.rules.limits import check
from crm.complaints.rules.policy import PRESETS, LevelTimes, Policy, Preset, with_times
from crm.complaints.service.intake import new_policy_version
from crm.stores.queries import has_hours, hold_settings
from crm.stores.rules import WindowKind


def choose_policy(
    session: Session,
    preset: Preset,
    times: Mapping[int, LevelTimes] | None = None,
    *,
    actor: Actor | None,
    now: datetime,
) -> None:
    """Make a new version from a preset, with the shop's own times where given.

    The preset in force keeps what the whole table changed in it. Raises BadPolicy.
    """

    def change(before: Policy) -> Policy:
        base = before if preset is before.preset and times is not None else PRESETS[preset]
        return with_times(base, times) if times else base

    change_policy(session, change, actor=actor, now=now)


def change_policy(
    session: Session,
    change: Callable[[Policy], Policy],
    *,
    actor: Actor | None,
    now: datetime,
) -> int | None:
    """Make a new version from the one in force; None where nothing changes. Raises BadPolicy.

    Two changes at once come one after the other, so neither is lost.
    """
    hold_settings(session)
    _version, before = queries.current_policy(session)
    policy = change(before)
    if policy == before:
        return None
    has_desk = has_hours(session, WindowKind.DESK)
    check(policy, has_hours=has_hours(session, WindowKind.STAFFED), has_desk=has_desk)
    version = new_policy_version(session, policy, actor=actor, now=now)
    audit.record(
        session,
        "complaints.policy",
        subject=f"sla_policy_version:{version}",
        actor=actor,
        now=now,
        before={"preset": before.preset.value},
        after={"preset": policy.preset.value},
    )
    return version
