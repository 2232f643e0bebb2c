"""Refusals about staff."""

from __future__ import annotations

from ledger.errors.base import Denied, Refusal


class StaffUnknown(Denied):
    """No member of staff has this id."""


class StaffAlreadyAppointed(Refusal):
    """The staff id is taken by somebody with other roles or another employer."""


class OwnRoles(Denied):
    """Members of staff can't appoint or dismiss themselves or change their own roles."""
