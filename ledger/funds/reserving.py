"""The other verbs of a fund: open, contribute, reserve, release, set the threshold."""

from __future__ import annotations

from ledger import errors
from ledger.event import Event
from ledger.funds.events import Contributed, Opened, Released, Reserved, ThresholdSet
from ledger.funds.state import Fund
from ledger.money import AMOUNT_MAX


def open_fund(state: Fund, *, fund_id: str, programme: str, name: str) -> list[Event]:
    """Open a fund; a repeat with the same programme returns no events, whatever the name.

    Raises:
        FundAlreadyOpened: another programme has this id.
    """
    if state.fund_id:
        if state.programme == programme:
            return []
        raise errors.FundAlreadyOpened
    return [Opened(fund_id=fund_id, programme=programme, name=name)]


def contribute(state: Fund, *, source: str, amount_minor: int) -> list[Event]:
    """Record that `source` paid money into the fund, in minor units.

    Raises:
        FundUnknown: no such fund was opened.
        InputInvalid: the amount is not 1 … AMOUNT_MAX.
    """
    check_known(state)
    if type(amount_minor) is not int or not 1 <= amount_minor <= AMOUNT_MAX:
        raise errors.InputInvalid(field="amount_minor")
    return [Contributed(fund_id=state.fund_id, source=source, amount_minor=amount_minor)]


def reserve(state: Fund, *, merchant_id: str, redemption_id: str, amount_minor: int) -> Reserved:
    """Reserve the union's share of a redemption: the fund then owes it to the merchant.

    Raises:
        FundExhausted: less than `amount_minor` is available in the fund, or it was never opened.
    """
    if amount_minor > state.available_minor:
        raise errors.FundExhausted(fund=state.fund_id)
    return Reserved(
        fund_id=state.fund_id,
        merchant_id=merchant_id,
        redemption_id=redemption_id,
        amount_minor=amount_minor,
    )


def release(
    state: Fund, *, merchant_id: str, redemption_id: str, amount_minor: int, reservation: int
) -> list[Event]:
    """Release the reservation of a reversed redemption: the money is available again.

    `reservation` is the number that the fund gave it.

    Raises:
        AlreadyPaid: the merchant was paid for it.
        BeingPaid: an open statement covers it.
    """
    if reservation <= state.paid_through.get(merchant_id, 0):
        raise errors.AlreadyPaid
    settlement = state.settling.get(merchant_id)
    if settlement is not None and reservation <= settlement.through:
        raise errors.BeingPaid(statement=settlement.statement_id)
    return [
        Released(
            fund_id=state.fund_id,
            merchant_id=merchant_id,
            redemption_id=redemption_id,
            amount_minor=amount_minor,
        )
    ]


def set_threshold(state: Fund, *, amount_minor: int) -> list[Event]:
    """Set the amount above which a payment needs two officers; the present value returns no events.

    Statements that are already drawn up keep the number of approvals they need.

    Raises:
        FundUnknown: no such fund was opened.
        InputInvalid: the amount is not 0 … AMOUNT_MAX.
    """
    check_known(state)
    if type(amount_minor) is not int or not 0 <= amount_minor <= AMOUNT_MAX:
        raise errors.InputInvalid(field="amount_minor")
    if amount_minor == state.threshold_minor:
        return []
    return [ThresholdSet(fund_id=state.fund_id, amount_minor=amount_minor)]


def check_known(state: Fund) -> None:
    """Check that the fund was opened.

    Raises:
        FundUnknown: no such fund was opened.
    """
    if not state.fund_id:
        raise errors.FundUnknown
