"""A fund: money of a programme, contributed, set aside for what was redeemed, and paid out."""

from __future__ import annotations

from typing import assert_never

import msgspec
from immutables import Map

from ledger import errors
from ledger.event import Event, topic
from ledger.money import AMOUNT_MAX

CATEGORY = "fund"


class _FundEvent(Event, frozen=True, kw_only=True):
    fund_id: str

    @property
    def stream(self) -> str:
        return f"{CATEGORY}-{self.fund_id}"


@topic("fund.opened")
class Opened(_FundEvent, frozen=True, kw_only=True):
    """A programme has a fund."""

    programme: str
    name: str


@topic("fund.contributed")
class Contributed(_FundEvent, frozen=True, kw_only=True):
    """Money came in."""

    source: str
    amount_minor: int


@topic("fund.reserved")
class Reserved(_FundEvent, frozen=True, kw_only=True):
    """The fund owes a merchant the union's share of a redemption."""

    merchant_id: str
    redemption_id: str
    amount_minor: int


@topic("fund.released")
class Released(_FundEvent, frozen=True, kw_only=True):
    """The redemption was undone: the fund owes this no longer."""

    merchant_id: str
    redemption_id: str
    amount_minor: int


@topic("fund.paid_out")
class PaidOut(_FundEvent, frozen=True, kw_only=True):
    """All the fund owed a merchant, up to and with reservation `through`, was paid."""

    merchant_id: str
    amount_minor: int
    through: int


FundEvent = Opened | Contributed | Reserved | Released | PaidOut


class Fund(msgspec.Struct, frozen=True):
    """A fund as the rules see it.

    `reservations` counts them all and so numbers each; `paid_through` holds, for a merchant, the
    number of the last one that is paid.
    """

    fund_id: str = ""
    programme: str = ""
    available_minor: int = 0
    reservations: int = 0
    owed_minor: Map[str, int] = Map()
    paid_through: Map[str, int] = Map()


INITIAL = Fund()


def evolve(state: Fund, event: FundEvent) -> Fund:
    """The fund after one more event."""
    replace = msgspec.structs.replace
    match event:
        case Opened():
            return Fund(event.fund_id, event.programme)
        case Contributed():
            return replace(state, available_minor=state.available_minor + event.amount_minor)
        case Reserved():
            return replace(
                state,
                available_minor=state.available_minor - event.amount_minor,
                reservations=state.reservations + 1,
                owed_minor=_owing(state, event.merchant_id, event.amount_minor),
            )
        case Released():
            return replace(
                state,
                available_minor=state.available_minor + event.amount_minor,
                owed_minor=_owing(state, event.merchant_id, -event.amount_minor),
            )
        case PaidOut():
            return replace(
                state,
                owed_minor=_owing(state, event.merchant_id, -event.amount_minor),
                paid_through=state.paid_through.set(event.merchant_id, event.through),
            )
        case _:
            assert_never(event)


def open_fund(state: Fund, *, fund_id: str, programme: str, name: str) -> list[Event]:
    """Open a fund; the same again changes nothing.

    Raises:
        FundAlreadyOpened: the id is taken by another programme.

    """
    if state.fund_id:
        if state.programme == programme:
            return []
        raise errors.FundAlreadyOpened
    return [Opened(fund_id=fund_id, programme=programme, name=name)]


def contribute(state: Fund, *, source: str, amount_minor: int) -> list[Event]:
    """Take money in.

    Raises:
        FundUnknown: no such fund.
        InputInvalid: the amount is not 1 … AMOUNT_MAX.

    """
    check_known(state)
    if type(amount_minor) is not int or not 1 <= amount_minor <= AMOUNT_MAX:
        raise errors.InputInvalid(field="amount_minor")
    return [Contributed(fund_id=state.fund_id, source=source, amount_minor=amount_minor)]


def reserve(state: Fund, *, merchant_id: str, redemption_id: str, amount_minor: int) -> Reserved:
    """Owe a merchant the union's share of a redemption.

    Raises:
        FundExhausted: the fund holds less.

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
    """Owe it no longer.

    Raises:
        AlreadyPaid: the merchant has the money.

    """
    if reservation <= state.paid_through.get(merchant_id, 0):
        raise errors.AlreadyPaid
    return [
        Released(
            fund_id=state.fund_id,
            merchant_id=merchant_id,
            redemption_id=redemption_id,
            amount_minor=amount_minor,
        )
    ]


def pay_out(state: Fund, *, merchant_id: str) -> list[Event]:
    """Pay a merchant all that the fund owes it.

    Raises:
        Refusal: the fund is unknown, or owes nothing.

    """
    check_known(state)
    owed_minor = state.owed_minor.get(merchant_id, 0)
    if not owed_minor:
        raise errors.NothingOwed
    return [
        PaidOut(
            fund_id=state.fund_id,
            merchant_id=merchant_id,
            amount_minor=owed_minor,
            through=state.reservations,
        )
    ]


def check_known(state: Fund) -> None:
    """Check that the fund was opened.

    Raises:
        FundUnknown: it was not.

    """
    if not state.fund_id:
        raise errors.FundUnknown


def _owing(state: Fund, merchant_id: str, more_minor: int) -> Map[str, int]:
    return state.owed_minor.set(merchant_id, state.owed_minor.get(merchant_id, 0) + more_minor)
