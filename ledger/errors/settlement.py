"""Refusals in settlement: statements, payments and incidents."""

from ledger.errors.base import Denied, Refusal


class StatementUnknown(Refusal):
    """No such statement was drawn up, or it is another merchant's than the one who asks."""


class StatementAlreadyDrawnUp(Refusal):
    """The statement id is taken: by a statement of another fund or merchant, or a returned one."""


class StatementOpen(Refusal):
    """The merchant's open statement, `statement`, must be paid or returned first."""


class StatementReturned(Refusal):
    """The statement was returned unpaid and cannot change any more: draw up another."""


class StatementPaid(Refusal):
    """The statement is paid and cannot change any more."""


class StatementNeeded(Refusal):
    """More than `above_minor` is paid by statement only, so that a second officer approves it."""


class NotApproved(Refusal):
    """The statement needs `missing` more approvals before it is paid."""


class DrawnUpByYou(Denied):
    """The officer who drew up a statement neither approves it nor marks it paid."""


class DeskNeeded(Denied):
    """Above the fund's threshold, one of the approvals is given at the desk."""


class BeingPaid(Refusal):
    """The redemption is on an open statement, `statement`: it can't change now."""


class NotPaidYet(Refusal):
    """The merchant was not paid for the redemption: reverse it instead of reporting an incident."""


class RedemptionReversed(Refusal):
    """The redemption was reversed, so no incident can be reported for it."""


class NothingToDecide(Refusal):
    """The contest never waited for an officer, was decided otherwise, or was reversed."""


class NotFromThisFund(Refusal):
    """The fund paid nothing of the redemption; `funds` lists those that did, in one text."""


class IncidentAlreadyReported(Refusal):
    """The redemption has an incident for this fund with another amount or reason."""


class BankAccountUnknown(Refusal):
    """The vault holds no bank account of `owner`, `merchant-…` or `fund-…`: nothing can be paid."""


class NothingToPay(Refusal):
    """The fund has no statement that is approved, not yet paid, and has an amount due."""


class BankAccountChanged(Refusal):
    """The merchant's account changed after `statement` was drawn up, so no approval covers it."""
