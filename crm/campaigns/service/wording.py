"""What is found in a list's copy, and what an approval binds."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import replace

from sqlalchemy.orm import Session

from crm.campaigns.models import Campaign
from crm.campaigns.rules import ChangeCopy, CopyChanged, CopyRefused, in_the_way, render, take_over
from crm.claims.queries import checker, starter_pack
from crm.claims.rules import Finding


def copy_findings(session: Session, campaign: Campaign) -> list[Finding]:
    return checker(session)(campaign.copy, campaign.industry)


def with_offered_wording(session: Session, change: ChangeCopy, place: str) -> ChangeCopy:
    """The change with the wording that the finding at this place offers."""
    findings = checker(session)(change.copy, change.industry)
    return replace(change, copy=take_over(change.copy, findings, place))


def refuse_bad_copy(campaign: Campaign, findings: list[Finding]) -> None:
    """Raises CopyRefused for words that may not go out, and for no words at all."""
    wrong = in_the_way(findings)
    if wrong or not campaign.copy.strip():
        raise CopyRefused(wrong)


def binding(campaign: Campaign, findings: list[Finding]) -> str:
    """The hash of text, kind of goods, rules and findings: one of them changes, it changes."""
    found = [(finding.rule, finding.start, finding.end) for finding in findings]
    bound = [
        campaign.copy,
        campaign.industry.value,
        starter_pack().version.isoformat(),
        sorted(found),
    ]
    return hashlib.sha256(json.dumps(bound, ensure_ascii=False).encode()).hexdigest()


def recheck(session: Session, campaign: Campaign, names: Iterable[str]) -> None:
    """Checks everything again as each person would read it.

    Raises CopyChanged where the copy is judged otherwise than at approval, CopyRefused where a
    name makes it say what it must not.
    """
    check = checker(session)
    findings = check(campaign.copy, campaign.industry)
    if binding(campaign, findings) != campaign.copy_hash:
        raise CopyChanged
    for text in sorted({render(campaign.copy, name) for name in names} - {campaign.copy}):
        if wrong := in_the_way(check(text, campaign.industry)):
            raise CopyRefused(wrong)
