"""Who asks for whom: a member, a family member they named, or an officer of their branch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import msgspec

from ledger.drops import Drop
from ledger.drops.eligibility import Claimant
from ledger.members.card import INITIAL as NO_CARD
from ledger.members.household import INITIAL as NO_HOUSEHOLD
from ledger.members.member import Member, check_key, check_proxy


class Principal(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks for whom: `member_id` is to have it, `acting` asks if it is not they themselves.

    `key_id` is the key of who asks, which must be live. An officer has none: `officer_id` acts.
    """

    member_id: str
    acting: str = ""
    key_id: str | None = None
    officer_id: str = ""

    @property
    def by(self) -> str:
        """Who acts, for the record."""
        return self.officer_id or f"member-{self.acting or self.member_id}"

    @property
    def other(self) -> str:
        """Who acts, if it is not the member."""
        return self.officer_id or self.acting

    @property
    def reads(self) -> list[str]:
        """The streams that are surely read."""
        asks = [f"member-{self.acting}"] if self.acting else []
        return [f"member-{self.member_id}", f"grant-{self.member_id}", *asks]


class States(Protocol):
    """States by stream."""

    def __getitem__(self, stream: str) -> Any: ...


def claimant(states: States, state: Drop, principal: Principal) -> Claimant:
    """The states of who asks, once it is clear that they may.

    Raises:
        KeyEnded: the key of who asks was ended.
        NotAProxy: they may not act for the member.

    """
    member: Member = states[f"member-{principal.member_id}"]
    if principal.key_id is not None:
        asks = states[f"member-{principal.acting}"] if principal.acting else member
        check_key(asks, principal.key_id)
    if principal.acting:
        check_proxy(member, principal.acting)
    counted = state.plan is not None and state.plan.per_household is not None
    shared = counted and member.household_id
    return Claimant(
        member=member,
        card=states[f"card-{member.card_id}"] if member.card_id else NO_CARD,
        grants=states[f"grant-{principal.member_id}"],
        household=states[f"household-{member.household_id}"] if shared else NO_HOUSEHOLD,
        acting=principal.other,
    )


class NotKept(Exception):
    """A state is not kept here."""


class Peeked:
    """States as last known here."""

    def __init__(self, peek: Callable[[str], Any | None]) -> None:
        self._peek = peek

    def __getitem__(self, stream: str) -> Any:
        state = self._peek(stream)
        if state is None:
            raise NotKept
        return state
