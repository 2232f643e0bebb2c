"""Payments of a fund: state the amount owed to a merchant, settle it, and correct it afterwards."""

from __future__ import annotations

from ledger import errors
from ledger.event import Event
from ledger.funds.events import Overpaid, PaidOut
from ledger.funds.reserving import check_known
from ledger.funds.state import Fund, Settlement


def settlement(state: Fund, *, merchant_id: str, statement_id: str = "") -> Settlement:
    """Return the settlement that would pay a merchant now: all that is owed, less overpayments.

    Only earlier overpayments not yet recovered are withheld, at most the amount owed. The caller
    gives `statement_id` to the result; it is empty for a payment without a statement.

    Raises:
        FundUnknown: no such fund was opened.
        NothingOwed: the fund owes the merchant nothing.
        StatementOpen: an open statement, named `statement`, already covers the debt.
    """
    check_known(state)
    under_way = state.settling.get(merchant_id)
    if under_way is not None:
        raise errors.StatementOpen(statement=under_way.statement_id)
    owed_minor = state.owed_minor.get(merchant_id, 0)
    if not owed_minor:
        raise errors.NothingOwed
    recovered_minor = min(owed_minor, state.recoverable_minor.get(merchant_id, 0))
    return Settlement(statement_id, state.reservations, owed_minor, recovered_minor)


def pay(state: Fund, *, merchant_id: str) -> Event:
    """Return the event that pays the open statement of a merchant, less what it withholds.

    Raises:
        KeyError: the merchant has no open statement; callers check this.
    """
    return _paid(state, merchant_id, state.settling[merchant_id])


def pay_out(state: Fund, *, merchant_id: str) -> list[Event]:
    """Return the event that pays a merchant everything owed, without a statement.

    The amount due must not exceed the fund's threshold for payments by one officer.

    Raises:
        FundUnknown: no such fund was opened.
        NothingOwed: the fund owes the merchant nothing.
        StatementOpen: an open statement covers the debt.
        StatementNeeded: the amount due is above the threshold.
    """
    all_owed = settlement(state, merchant_id=merchant_id)
    if all_owed.due_minor > state.threshold_minor:
        raise errors.StatementNeeded(above_minor=state.threshold_minor)
    return [_paid(state, merchant_id, all_owed)]


def overpay(
    state: Fund, *, merchant_id: str, redemption_id: str, amount_minor: int, reservation: int
) -> Event:
    """Return the event that a merchant was overpaid `amount_minor` for a redemption.

    `reservation` is the number of the redemption's reservation in this fund.

    Raises:
        NotPaidYet: the merchant was not paid for it; reverse it instead.
        BeingPaid: an open statement covers it.
    """
    if reservation > state.paid_through.get(merchant_id, 0):
        under_way = state.settling.get(merchant_id)
        if under_way is not None and reservation <= under_way.through:
            raise errors.BeingPaid(statement=under_way.statement_id)
        raise errors.NotPaidYet
    return Overpaid(
        fund_id=state.fund_id,
        merchant_id=merchant_id,
        redemption_id=redemption_id,
        amount_minor=amount_minor,
    )


def _paid(state: Fund, merchant_id: str, of: Settlement) -> Event:
    return PaidOut(
        fund_id=state.fund_id,
        merchant_id=merchant_id,
        amount_minor=of.amount_minor,
        through=of.through,
        recovered_minor=of.recovered_minor,
        statement_id=of.statement_id,
    )
