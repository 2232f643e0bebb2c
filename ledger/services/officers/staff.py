"""Staff: appoint and dismiss people, and change their roles."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Unpack

from ledger import staff
from ledger.event import Event
from ledger.merchants import merchant
from ledger.services.base import Asking, Service
from ledger.write.state_batch import StateBatch


class StaffService(Service):
    """The verbs of officers on staff; nobody may change their own roles (OwnRoles)."""

    def appoint_staff(
        self,
        staff_id: str,
        *,
        roles: Sequence[str],
        merchant_id: str = "",
        **asking: Unpack[Asking],
    ) -> Event | None:
        """Appoint a person to a merchant's or, without `merchant_id`, to the federation's staff.

        Return None if they have these roles; other roles or another employer are refused.
        """

        def decide(states: StateBatch, _at: datetime) -> list[Event]:
            if merchant_id:
                merchant.check_known(states[merchant.stream(merchant_id)])
            return staff.appoint(
                states[staff.stream(staff_id)],
                staff_id=staff_id,
                roles=roles,
                merchant_id=merchant_id,
                by=asking.get("by", "system"),
            )

        asked = ["appoint", staff_id, sorted(roles), merchant_id]
        return self._ask(decide, [staff.stream(staff_id)], asked, asking)

    def change_roles(
        self, staff_id: str, *, roles: Sequence[str], **asking: Unpack[Asking]
    ) -> Event | None:
        """Replace all roles of a person who has some; return None if they are the same."""
        change = partial(staff.change_roles, by=asking.get("by", "system"))
        stream = staff.stream(staff_id)
        return self._do(stream, "change_roles", change, asking, roles=sorted(roles))

    def dismiss_staff(self, staff_id: str, **asking: Unpack[Asking]) -> Event | None:
        """Take all roles from a person at once; return the event, None if dismissed already."""
        dismiss = partial(staff.dismiss, by=asking.get("by", "system"))
        return self._do(staff.stream(staff_id), "dismiss", dismiss, asking)

    def staff_list(self) -> list[staff.Staff]:
        """Return everybody who was ever appointed; those who were dismissed have no roles."""
        return self.query(lambda states, _now: states.all(staff.CATEGORY))
