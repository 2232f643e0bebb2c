"""What is refused about staff."""

from __future__ import annotations

from ledger.errors.base import Denied, Refusal


class StaffUnknown(Denied):
    """Nobody of this id works here."""


class StaffAlreadyAppointed(Refusal):
    """The id is taken by somebody who works here."""


class OwnRoles(Denied):
    """Nobody appoints themselves, changes their own roles, or dismisses themselves."""
