"""What lists earned: each against its own hold-out, and lists of one kind pooled."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.accounts.rules import Actor
from crm.campaigns import queries as campaigns
from crm.campaigns.models import Campaign
from crm.campaigns.queries import ListLine
from crm.campaigns.rules import Difference, Purpose
from crm.reports.rules import pooled


@dataclass(frozen=True, slots=True)
class Pool:
    """Several ended lists of one purpose, read together."""

    purpose: Purpose
    lists: int
    difference: Difference | None


@dataclass(frozen=True, slots=True)
class ListsReport:
    """Lists whose last window has ended, newest first, and what they say together."""

    ended: list[ListLine]
    running: int
    pools: list[Pool]


def list_results(session: Session, actor: Actor, *, today: date) -> ListsReport:
    """Return the results of the lists that the actor sees."""
    lines = [line for line in campaigns.lists(session, actor, today=today) if line.people]
    ended = [line for line in lines if line.results is not None]
    return ListsReport(ended, len(lines) - len(ended), _pools(session, ended))


def _pools(session: Session, ended: list[ListLine]) -> list[Pool]:
    ids = [line.id for line in ended]
    rows = session.execute(select(Campaign.id, Campaign.purpose).where(Campaign.id.in_(ids)))
    purposes = {row.id: row.purpose for row in rows}
    kinds: dict[Purpose, list[ListLine]] = {}
    for line in ended:
        kinds.setdefault(purposes[line.id], []).append(line)
    return [
        Pool(
            purpose,
            len(lines),
            pooled(
                [(line.results.treated, line.results.holdout) for line in lines if line.results]
            ),
        )
        for purpose, lines in kinds.items()
        if len(lines) > 1
    ]
