"""What is refused when merchants are settled with: statements, payments, incidents."""

from __future__ import annotations

from ledger.errors.base import Denied, Refusal


class StatementUnknown(Refusal):
    """No such statement was drawn up."""


class StatementAlreadyDrawnUp(Refusal):
    """The statement id is taken."""


class StatementOpen(Refusal):
    """What the merchant is owed is on a statement that is neither paid nor returned."""


class StatementReturned(Refusal):
    """The statement was sent back: another is drawn up."""


class StatementPaid(Refusal):
    """The statement is paid."""


class StatementNeeded(Refusal):
    """More than `above_minor` is paid on a statement only, so that two officers see it."""


class NotApproved(Refusal):
    """So many approvals are `missing`."""


class DrawnUpByYou(Denied):
    """Who drew a statement up neither approves it nor pays it."""


class BeingPaid(Refusal):
    """The redemption is on an open statement."""


class NotPaidYet(Refusal):
    """The merchant was not paid for the redemption: it is reversed instead."""


class RedemptionReversed(Refusal):
    """The redemption was undone."""


class NotFromThisFund(Refusal):
    """The redemption drew on other funds: `funds`."""


class IncidentAlreadyReported(Refusal):
    """A redemption has one incident a fund."""


class BankAccountUnknown(Refusal):
    """The vault holds no bank account of `owner`."""


class NothingToPay(Refusal):
    """No statement of the fund is approved and not yet paid."""


class BankAccountChanged(Refusal):
    """The account was set or erased since the statement was drawn up: nobody approved it."""
