"""Who stands behind a party of the ladder at one moment: duty, leave, scope. Never nobody. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from crm.accounts.rules import Role
from crm.complaints.rules.words import Party
from crm.stores.rules.roster import DutyRole, stand_in


@dataclass(frozen=True)
class Crew:
    """Who may be told about one store's complaint at one moment.

    `people` are the active people whose scope holds the store, longest here first.
    """

    people: Mapping[int, Role]
    duty: Mapping[DutyRole, Sequence[int]] = field(default_factory=dict)
    away: Mapping[int, int] = field(default_factory=dict)

    def told(self, parties: Collection[Party], assignee_id: int | None) -> tuple[int, ...]:
        """Everybody behind these parties, each once; an empty level passes to the next one."""
        found: list[int] = []
        for party in _UPWARDS:
            if party in parties:
                found += self._level(party, assignee_id)
        return tuple(dict.fromkeys(found)) or tuple(self._owners())

    def _level(self, party: Party, assignee_id: int | None) -> Sequence[int]:
        for level in _UPWARDS[_UPWARDS.index(party) :]:
            if here := self._here(level, assignee_id):
                return here
        return self._owners()

    def _here(self, party: Party, assignee_id: int | None) -> list[int]:
        if party is Party.ASSIGNEE:
            return self._present([] if assignee_id is None else [assignee_id])
        if party is Party.DUTY:
            return self._present(self.duty.get(DutyRole.DUTY, ()))
        if party is Party.LEAD:
            planned = self._present(self.duty.get(DutyRole.LEAD, ()))
            return planned or self._present(self._with(Role.LEAD))
        return self._present(self._owners())

    def _present(self, wanted: Sequence[int]) -> list[int]:
        """Whoever of them is there, a stand-in for who is away; nobody out of scope."""
        found = (stand_in(one, self.away, self.people.__contains__) for one in wanted)
        return [one for one in found if one is not None]

    def _with(self, role: Role) -> list[int]:
        return [one for one, has in self.people.items() if has is role]

    def _owners(self) -> list[int]:
        """The last resort: on leave or not, an owner is told."""
        return self._with(Role.OWNER)


_UPWARDS = (Party.ASSIGNEE, Party.DUTY, Party.LEAD, Party.OWNER)
