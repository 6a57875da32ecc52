"""Choose the promise for complaints logged from now on."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from crm.accounts.rules import Actor
from crm.audit import service as audit
from crm.complaints.queries import case as queries
from crm.complaints.rules.policy import PRESETS, LevelTimes, Preset, with_times
from crm.complaints.service.intake import new_policy_version


def choose_policy(
    session: Session,
    preset: Preset,
    times: Mapping[int, LevelTimes] | None = None,
    *,
    actor: Actor | None,
    now: datetime,
) -> None:
    """Make a new version from a preset, with the shop's own times where given."""
    _version, before = queries.current_policy(session)
    base = PRESETS[preset]
    policy = with_times(base, times) if times else base
    if policy == before:
        return
    version = new_policy_version(session, policy, actor=actor, now=now)
    audit.record(
        session,
        "complaints.policy",
        subject=f"sla_policy_version:{version}",
        actor=actor,
        now=now,
        before={"preset": before.preset.value},
        after={"preset": preset.value},
    )
