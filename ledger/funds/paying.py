"""The verbs that pay: what a fund owes a merchant is stated, settled, and corrected afterwards."""

from __future__ import annotations

from ledger import errors
from ledger.event import Event
from ledger.funds.events import Overpaid, PaidOut
from ledger.funds.reserving import check_known
from ledger.funds.state import Fund, Settlement


def settlement(state: Fund, *, merchant_id: str, statement_id: str = "") -> Settlement:
    """What a merchant would get now: all it is owed, less what it was paid too much before.

    Raises:
        FundUnknown: no such fund.
        NothingOwed: the fund owes it nothing.
        StatementOpen: it is on a statement already: `statement`.

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
    """Settle what is on the open statement of a merchant."""
    return _paid(state, merchant_id, state.settling[merchant_id])


def pay_out(state: Fund, *, merchant_id: str) -> list[Event]:
    """Settle all that a merchant is owed, without a statement: only up to the threshold.

    Raises:
        Refusal: the fund is unknown, owes nothing, or has it on a statement.
        StatementNeeded: it is more than one officer may pay.

    """
    all_owed = settlement(state, merchant_id=merchant_id)
    if all_owed.due_minor > state.threshold_minor:
        raise errors.StatementNeeded(above_minor=state.threshold_minor)
    return [_paid(state, merchant_id, all_owed)]


def overpay(
    state: Fund, *, merchant_id: str, redemption_id: str, amount_minor: int, reservation: int
) -> Event:
    """Note that a merchant was paid too much for a redemption.

    Raises:
        NotPaidYet: it was not paid for it: then it is reversed.
        BeingPaid: it is on an open statement.

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
