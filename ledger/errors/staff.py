"""Refusals about staff."""

from __future__ import annotations

from ledger.errors.base import Denied, Refusal


class StaffUnknown(Denied):
    """No member of staff has this id."""


class StaffAlreadyAppointed(Refusal):
    """A member of staff already has this id."""


class OwnRoles(Denied):
    """Members of staff can't appoint or dismiss themselves or change their own roles."""
