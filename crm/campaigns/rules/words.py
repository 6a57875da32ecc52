"""States, commands and refusals of a list."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from crm.campaigns.rules.audience import Condition
from crm.campaigns.rules.plan import DAILY_CAP_DEFAULT, HOLDOUT_DEFAULT
from crm.claims.rules import Finding, Industry, Level

KEY_MAX = 64
TASK_KEY_MAX = 64
NAME_MARK = "{name}"


class State(StrEnum):
    """How far a list is; whether it has a result is a matter of the date."""

    DRAFT = "draft"
    APPROVED = "approved"
    ISSUED = "issued"


class Purpose(StrEnum):
    """What a list is for."""

    REPURCHASE = "repurchase"
    ARRIVAL = "arrival"
    PAIRING = "pairing"


class Door(StrEnum):
    """Through which an export went."""

    PAGE = "page"
    API = "api"


class ListFrozen(Exception):
    """The list is approved: it cannot be changed, or not a second time approved."""


class ListChanged(Exception):
    """Somebody changed the draft after the form was shown."""


class NotApproved(Exception):
    """Nothing leaves a list before it is approved."""


class CopyRefused(Exception):
    """The copy may not go out: words that are forbidden or need proof, or no words at all."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__(", ".join(finding.rule for finding in findings))
        self.findings = tuple(findings)


class CopyChanged(Exception):
    """What is found in the copy now is not what was approved."""


class StoresRefused(Exception):
    """The filter names stores that the actor does not see."""


@dataclass(frozen=True)
class NewCampaign:
    """A list to draw up."""

    name: str
    conditions: tuple[Condition, ...]
    holdout_percent: int = HOLDOUT_DEFAULT
    copy: str = ""
    seed: str | None = None
    industry: Industry = Industry.GENERAL
    purpose: Purpose = Purpose.REPURCHASE
    client_key: str | None = None


@dataclass(frozen=True)
class ChangePeople:
    """The first step: name, whom it asks for, how many are held out."""

    name: str
    conditions: tuple[Condition, ...]
    holdout_percent: int
    purpose: Purpose
    version: int


@dataclass(frozen=True)
class ChangeCopy:
    """The second step."""

    copy: str
    industry: Industry
    version: int


@dataclass(frozen=True)
class ChangeTasks:
    """The third step."""

    daily_cap: int = DAILY_CAP_DEFAULT
    version: int = 0


def in_the_way(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """The findings that keep a copy from being approved.

    That a message to a person who knows the sender lacks the shop's name is a reminder: no
    document could make it good.
    """
    return tuple(
        finding
        for finding in findings
        if finding.level is Level.BLOCK or (finding.level is Level.EVIDENCE and not finding.missing)
    )


def render(copy: str, name: str) -> str:
    """The message as one person gets it."""
    return copy.replace(NAME_MARK, name)


def take_over(text: str, findings: Sequence[Finding], place: str) -> str:
    """The text with the offered wording at a finding's place ("3:7").

    Where the text has moved on since it was shown, no finding is there and nothing changes.
    """
    for finding in findings:
        if finding.put is not None and f"{finding.start}:{finding.end}" == place:
            return text[: finding.start] + finding.put + text[finding.end :]
    return text
