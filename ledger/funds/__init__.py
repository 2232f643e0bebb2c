"""Funds: money of a programme that is contributed, reserved for redemptions, and paid out.

The verbs raise FundUnknown for a fund that was never opened, and InputInvalid for an amount that is
no whole number from 1 (a threshold: 0) to AMOUNT_MAX.
"""

from datetime import date

import msgspec

from ledger import errors
from ledger.event import Event, stream_namer
from ledger.funds.state import INITIAL as INITIAL
from ledger.funds.state import Contributed as Contributed
from ledger.funds.state import Fund as Fund
from ledger.funds.state import Held as Held
from ledger.funds.state import Opened as Opened
from ledger.funds.state import Overpaid as Overpaid
from ledger.funds.state import PaidOut as PaidOut
from ledger.funds.state import Released as Released
from ledger.funds.state import Reserved as Reserved
from ledger.funds.state import Settlement as Settlement
from ledger.funds.state import SettlementBegun as SettlementBegun
from ledger.funds.state import SettlementEnded as SettlementEnded
from ledger.funds.state import ThresholdSet as ThresholdSet
from ledger.funds.state import evolve as evolve
from ledger.money import AMOUNT_MAX

CATEGORY = "fund"
stream = stream_namer(CATEGORY)


def open_fund(state: Fund, *, fund_id: str, programme: str, name: str) -> list[Event]:
    """Open a fund; a repeat for the same programme returns no events, another is refused."""
    if state.fund_id:
        if state.programme == programme:
            return []
        raise errors.FundAlreadyOpened
    return [Opened(fund_id=fund_id, programme=programme, name=name)]


def contribute(state: Fund, *, source: str, amount_minor: int) -> list[Event]:
    """Record money from `source`, a text: 1 … AMOUNT_MAX minor units, anew on every call."""
    check_known(state)
    if type(amount_minor) is not int or not 1 <= amount_minor <= AMOUNT_MAX:
        raise errors.InputInvalid(field="amount_minor")
    return [Contributed(fund_id=state.fund_id, source=source, amount_minor=amount_minor)]


def reserve(state: Fund, *, merchant_id: str, redemption_id: str, amount_minor: int) -> Reserved:
    """Return the event that reserves the union's share of a redemption, or raise FundExhausted."""
    if amount_minor > state.available_minor:
        raise errors.FundExhausted(fund=state.fund_id)
    return Reserved(
        fund_id=state.fund_id,
        merchant_id=merchant_id,
        redemption_id=redemption_id,
        amount_minor=amount_minor,
    )


def hold(state: Fund, *, merchant_id: str, redemption_id: str, amount_minor: int) -> Held:
    """Return the event that holds a contested share, without a number; FundExhausted as above."""
    reserved = reserve(
        state, merchant_id=merchant_id, redemption_id=redemption_id, amount_minor=amount_minor
    )
    return Held(**msgspec.structs.asdict(reserved))


def release(
    state: Fund, *, merchant_id: str, redemption_id: str, amount_minor: int, reservation: int
) -> list[Event]:
    """Release reservation number `reservation` of a reversed redemption: the money is free again.

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
    """Set the amount above which a payment needs two officers; the present one returns no events.

    Statements that are already drawn up keep the number of approvals they need.
    """
    check_known(state)
    if type(amount_minor) is not int or not 0 <= amount_minor <= AMOUNT_MAX:
        raise errors.InputInvalid(field="amount_minor")
    if amount_minor == state.threshold_minor:
        return []
    return [ThresholdSet(fund_id=state.fund_id, amount_minor=amount_minor)]


def check_known(state: Fund) -> None:
    """Raise FundUnknown unless the fund was opened."""
    if not state.fund_id:
        raise errors.FundUnknown


def settlement(state: Fund, *, merchant_id: str, statement_id: str = "") -> Settlement:
    """Return the settlement that would pay a merchant now: all that is owed, less overpayments.

    Only earlier overpayments not yet recovered are withheld, at most the amount owed. The caller
    gives `statement_id` to the result; it is empty for a payment without a statement.

    Raises:
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
    """Return the event that pays the merchant's open statement, which must exist."""
    return _paid(state, merchant_id, state.settling[merchant_id])


def pay_out(state: Fund, *, merchant_id: str, officer_id: str, day: date) -> list[Event]:
    """Return the event that pays a merchant everything owed, less overpayments; no statement.

    More than the fund's threshold for payments by one officer raises StatementNeeded. What the
    officer started for this merchant in the last 30 days counts.
    """
    all_owed = settlement(state, merchant_id=merchant_id)
    started_minor = state.started_minor(officer_id, merchant_id, day)
    if started_minor + all_owed.due_minor > state.threshold_minor:
        raise errors.StatementNeeded(above_minor=state.threshold_minor)
    paid = _paid(state, merchant_id, all_owed)
    return [msgspec.structs.replace(paid, officer_id=officer_id, day=day)]


def overpay(
    state: Fund, *, merchant_id: str, redemption_id: str, amount_minor: int, reservation: int
) -> Event:
    """Return the event that a merchant was overpaid `amount_minor`, unchecked, for a redemption.

    Raises:
        NotPaidYet: the merchant was not paid for its `reservation`; reverse it instead.
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


def _paid(state: Fund, merchant_id: str, of: Settlement) -> PaidOut:
    return PaidOut(fund_id=state.fund_id, merchant_id=merchant_id, **msgspec.structs.asdict(of))
