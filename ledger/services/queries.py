"""Queries on the ledger: they record nothing, and most are answered from the state cache."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any, TypeVar

from ledger import errors, staff
from ledger.drops import Drop
from ledger.members.authorization import check_key
from ledger.members.member import Member
from ledger.merchants import merchant
from ledger.merchants.till import Till
from ledger.services.base import FRESH_SECONDS, Service
from ledger.write.state_batch import StateBatch

T = TypeVar("T")


class Queries(Service):
    """The present states of the ledger."""

    def live_till(self, merchant_id: str, till_id: str, *, now: bool = False) -> Till:
        """Return a till that may scan, as last known here or, with `now`, as the log says.

        A redemption checks it again.

        Raises:
            Denied: it may not scan.

        """
        stream = f"merchant-{merchant_id}"
        if now:
            return merchant.live_till(self.state(stream), till_id)
        return self._checked(stream, merchant.live_till, till_id)

    def authenticated_member(self, member_id: str, *, key_id: str) -> Member:
        """Return the member with this live key, as last known here. A verb checks the key again.

        Raises:
            KeyEnded: the key was ended or never made, or there is no such member.

        """
        return self._checked(f"member-{member_id}", _with_key, key_id)

    def appointed(self, staff_id: str) -> staff.Staff:
        """Return a person who works here, as known at most FRESH_SECONDS ago.

        Raises:
            StaffUnknown: they do not, or no longer.

        """
        stream = f"staff-{staff_id}"
        known = self.writer.states.peek(stream) if self.writer.age() <= FRESH_SECONDS else None
        found: staff.Staff = known or self.state(stream)
        staff.check_working(found)
        return found

    def drop(self, drop_id: str) -> Drop:
        """Return a drop as it stood at most FRESH_SECONDS ago (longer under a rush).

        Raises:
            DropUnknown: there is no such drop.

        """
        stream = f"drop-{drop_id}"
        self.refresh(stream)
        state: Drop = self.writer.states.peek(stream) or self.state(stream)
        if state.plan is None:
            raise errors.DropUnknown
        return state

    def drops(self) -> list[Drop]:
        """Return every drop, in the order they came to be known."""
        return self._all("drop")

    def _all(self, category: str) -> list[Any]:
        """Return the state of every stream of a category."""

        def ask(states: StateBatch, _now: datetime) -> list[Any]:
            names = list(states.names(category))
            states.load(names)
            return [states[name] for name in names]

        return self.query(ask)

    def _checked(self, stream: str, check: Callable[[Any, str], T], part_id: str) -> T:
        """Return the result of a check on a state, as last known here, else as the log says.

        A cached state may be old: another process may have made the key or the till since.
        """
        known = self.writer.states.peek(stream)
        if known is not None:
            with suppress(errors.Denied):
                return check(known, part_id)
        return check(self.state(stream), part_id)


def _with_key(known: Member, key_id: str) -> Member:
    """Return the member, if the key is live.

    Raises:
        KeyEnded: it is not.

    """
    check_key(known, key_id)
    return known
