"""Refusals in settlement: statements, payments and incidents."""

from __future__ import annotations

from ledger.errors.base import Denied, Refusal


class StatementUnknown(Refusal):
    """No such statement was drawn up."""


class StatementAlreadyDrawnUp(Refusal):
    """The statement id is taken by another statement or a returned one."""


class StatementOpen(Refusal):
    """The merchant's open statement, `statement`, must be paid or returned first."""


class StatementReturned(Refusal):
    """The statement was returned: draw up another."""


class StatementPaid(Refusal):
    """The statement is paid and cannot change any more."""


class StatementNeeded(Refusal):
    """Amounts above `above_minor` are paid by statement only, so that two officers see them."""


class NotApproved(Refusal):
    """The statement needs `missing` more approvals."""


class DrawnUpByYou(Denied):
    """The officer who drew up a statement neither approves it nor marks it paid."""


class BeingPaid(Refusal):
    """The redemption is on the open statement `statement`, so it cannot change now."""


class NotPaidYet(Refusal):
    """The merchant was not paid for the redemption: reverse it instead."""


class RedemptionReversed(Refusal):
    """The redemption was reversed, so no incident can be reported for it."""


class NotFromThisFund(Refusal):
    """The redemption drew on other funds: `funds`."""


class IncidentAlreadyReported(Refusal):
    """The redemption has an incident for this fund with another amount or reason."""


class BankAccountUnknown(Refusal):
    """The vault holds no bank account of `owner`."""


class NothingToPay(Refusal):
    """The fund has no statement that is approved and not yet paid."""


class BankAccountChanged(Refusal):
    """The bank account changed after the statement was drawn up, so nobody approved it."""
