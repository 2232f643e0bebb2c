"""Refusals in settlement: statements, payments and incidents."""

from __future__ import annotations

from ledger.errors.base import Denied, Refusal


class StatementUnknown(Refusal):
    """No such statement was drawn up."""


class StatementAlreadyDrawnUp(Refusal):
    """The statement id is taken."""


class StatementOpen(Refusal):
    """A statement of the merchant is open: neither paid nor returned."""


class StatementReturned(Refusal):
    """The statement was returned: draw up another."""


class StatementPaid(Refusal):
    """The statement is paid."""


class StatementNeeded(Refusal):
    """Amounts above `above_minor` are paid by statement only, so that two officers see them."""


class NotApproved(Refusal):
    """The statement needs `missing` more approvals."""


class DrawnUpByYou(Denied):
    """The officer who drew up a statement neither approves it nor marks it paid."""


class BeingPaid(Refusal):
    """The redemption is on an open statement."""


class NotPaidYet(Refusal):
    """The merchant was not paid for the redemption: reverse it instead."""


class RedemptionReversed(Refusal):
    """The redemption was reversed."""


class NotFromThisFund(Refusal):
    """The redemption drew on other funds: `funds`."""


class IncidentAlreadyReported(Refusal):
    """The redemption already has an incident for this fund."""


class BankAccountUnknown(Refusal):
    """The vault holds no bank account of `owner`."""


class NothingToPay(Refusal):
    """The fund has no statement that is approved and unpaid."""


class BankAccountChanged(Refusal):
    """The bank account changed after the statement was drawn up, so nobody approved it."""
