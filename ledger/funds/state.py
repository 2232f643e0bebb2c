"""The events of a fund, its state, and how each event changes it."""

from datetime import date, timedelta
from typing import NamedTuple, assert_never

import msgspec
from immutables import Map

from ledger.event import Event, topic

TWO_OFFICERS_ABOVE_MINOR = 5_000_00
"""Payments above this amount (minor units) need two officers; a fund may set its own threshold."""


STARTED_COUNTS = timedelta(days=30)
"""The time for which the payments that one officer starts for one merchant are added up."""


class _FundEvent(Event, frozen=True, kw_only=True):
    STREAM = ("fund", "fund_id")

    fund_id: str


class _ShareEvent(_FundEvent, frozen=True, kw_only=True):
    merchant_id: str
    redemption_id: str
    amount_minor: int


@topic("fund.opened", "设立资金", "Fund opened")
class Opened(_FundEvent, frozen=True, kw_only=True):
    """A programme opened a fund; its balance is 0 until a contribution."""

    programme: str
    name: str


@topic("fund.contributed", "资金入账", "Money came in")
class Contributed(_FundEvent, frozen=True, kw_only=True):
    """Money came into the fund from `source`, a text such as the name of a union."""

    source: str
    amount_minor: int


@topic("fund.reserved", "记应付商户", "Owed to a merchant")
class Reserved(_ShareEvent, frozen=True, kw_only=True):
    """The fund owes a merchant the union's share of a redemption."""


@topic("fund.released", "解除应付", "No longer owed")
class Released(_ShareEvent, frozen=True, kw_only=True):
    """A redemption was reversed: the fund no longer owes its share, which is available again."""


@topic("fund.held", "暂留待裁定", "Held until decided")
class Held(_ShareEvent, frozen=True, kw_only=True):
    """The union's share of a contested redemption is set aside, and not owed to the merchant yet.

    The amount is negative where the hold ends: decided or reversed, the share is available again.
    """


@topic("fund.paid_out", "向商户付款", "Merchant paid")
class PaidOut(_FundEvent, frozen=True, kw_only=True):
    """The fund paid a merchant all that was owed, up to and including reservation `through`.

    Of `amount_minor`, `recovered_minor` was withheld for earlier overpayments. An empty
    `statement_id`: it was paid without a statement, by `officer_id` on `day`.
    """

    merchant_id: str
    amount_minor: int
    through: int
    recovered_minor: int = 0
    statement_id: str = ""
    officer_id: str = ""
    day: date | None = None


@topic("fund.threshold_set", "设定双人审批限额", "Threshold for two officers set")
class ThresholdSet(_FundEvent, frozen=True, kw_only=True):
    """A payment above `amount_minor` needs two officers from now on."""

    amount_minor: int


@topic("fund.settlement_begun", "开始结算", "Settlement begun")
class SettlementBegun(_FundEvent, frozen=True, kw_only=True):
    """A statement opened: it covers all that the fund owes a merchant, to reservation `through`.

    `through` is inclusive. Until the statement is paid or returned, no other can be drawn up.
    `officer_id` drew it up on `day`.
    """

    merchant_id: str
    statement_id: str
    through: int
    amount_minor: int
    recovered_minor: int
    officer_id: str = ""
    day: date | None = None


@topic("fund.settlement_ended", "结算退回", "Settlement ended unpaid")
class SettlementEnded(_FundEvent, frozen=True, kw_only=True):
    """An officer returned the open statement unpaid, so the merchant's settlement is free again."""

    merchant_id: str
    statement_id: str


@topic("fund.overpaid", "多付待扣回", "Overpaid, to be kept back")
class Overpaid(_ShareEvent, frozen=True, kw_only=True):
    """A merchant was paid too much for a redemption; later payments withhold `amount_minor`."""


SettlementEvent = SettlementBegun | SettlementEnded | PaidOut | Overpaid
FundEvent = Opened | Contributed | Reserved | Released | Held | ThresholdSet | SettlementEvent


class Settlement(msgspec.Struct, frozen=True):
    """The payment that an open statement asks for: reservations up to and including `through`.

    `amount_minor` is the amount owed, and `recovered_minor` the part withheld for overpayments. An
    empty `statement_id` means a payment without a statement.
    """

    statement_id: str
    through: int
    amount_minor: int
    recovered_minor: int

    @property
    def due_minor(self) -> int:
        """The amount the merchant gets, in minor units: the amount owed less the part withheld."""
        return self.amount_minor - self.recovered_minor


class Started(NamedTuple):
    """A payment that an officer started on `day`: by a statement or, with no id, without one."""

    officer_id: str
    merchant_id: str
    day: date
    due_minor: int
    statement_id: str


class Fund(msgspec.Struct, frozen=True):
    """The state of a fund; an empty `fund_id` means that it was never opened.

    `available_minor` may still be reserved; `owed_minor` holds, by merchant, what is reserved and
    not paid. `reservations` counts all reservations and so numbers each from 1; `paid_through`
    holds, by merchant, the number of the last one paid. `recoverable_minor` is what merchants were
    overpaid and what later payments will withhold; `settling` holds the open statement by merchant.
    `started` are the payments of the last STARTED_COUNTS. `held_minor` is set aside by merchant for
    contests that wait: neither available nor owed.
    """

    fund_id: str = ""
    programme: str = ""
    available_minor: int = 0
    reservations: int = 0
    owed_minor: Map[str, int] = Map()
    paid_through: Map[str, int] = Map()
    recoverable_minor: Map[str, int] = Map()
    settling: Map[str, Settlement] = Map()
    threshold_minor: int = TWO_OFFICERS_ABOVE_MINOR
    name: str = ""
    started: tuple[Started, ...] = ()
    held_minor: Map[str, int] = Map()

    def started_minor(self, officer_id: str, merchant_id: str, day: date) -> int:
        """Return the sum of payments that an officer started for a merchant up to `day`."""
        return sum(
            one.due_minor
            for one in self.started
            if one[:2] == (officer_id, merchant_id) and day - one.day < STARTED_COUNTS
        )


INITIAL = Fund()


def evolve(state: Fund, event: FundEvent) -> Fund:
    """Return the state after one more event."""
    replace = msgspec.structs.replace
    match event:
        case Opened():
            return Fund(event.fund_id, event.programme, name=event.name)
        case Contributed():
            return replace(state, available_minor=state.available_minor + event.amount_minor)
        case Reserved():
            return replace(
                state,
                available_minor=state.available_minor - event.amount_minor,
                reservations=state.reservations + 1,
                owed_minor=_grown(state.owed_minor, event.merchant_id, event.amount_minor),
            )
        case Released():
            return replace(
                state,
                available_minor=state.available_minor + event.amount_minor,
                owed_minor=_grown(state.owed_minor, event.merchant_id, -event.amount_minor),
            )
        case Held():
            return replace(
                state,
                available_minor=state.available_minor - event.amount_minor,
                held_minor=_grown(state.held_minor, event.merchant_id, event.amount_minor),
            )
        case ThresholdSet():
            return replace(state, threshold_minor=event.amount_minor)
        case SettlementBegun() | SettlementEnded() | PaidOut() | Overpaid():
            return _settled(state, event)
        case _:
            assert_never(event)


def _settled(state: Fund, event: SettlementEvent) -> Fund:
    replace = msgspec.structs.replace
    merchant_id, recoverable = event.merchant_id, state.recoverable_minor
    match event:
        case SettlementBegun():
            settlement = Settlement(
                event.statement_id, event.through, event.amount_minor, event.recovered_minor
            )
            settling = state.settling.set(merchant_id, settlement)
            return replace(state, settling=settling, started=_started(state, event))
        case SettlementEnded():
            settling = _without(state.settling, merchant_id)
            left = tuple(one for one in state.started if one.statement_id != event.statement_id)
            return replace(state, settling=settling, started=left)
        case PaidOut():
            return replace(
                state,
                available_minor=state.available_minor + event.recovered_minor,
                owed_minor=_grown(state.owed_minor, merchant_id, -event.amount_minor),
                paid_through=state.paid_through.set(merchant_id, event.through),
                recoverable_minor=_grown(recoverable, merchant_id, -event.recovered_minor),
                settling=_without(state.settling, merchant_id),
                started=state.started if event.statement_id else _started(state, event),
            )
        case Overpaid():
            grown = _grown(recoverable, merchant_id, event.amount_minor)
            return replace(state, recoverable_minor=grown)


def _started(state: Fund, event: SettlementBegun | PaidOut) -> tuple[Started, ...]:
    """Return the payments that still count on the event's day, and this one."""
    day = event.day
    if day is None:  # recorded by a release that did not count them
        return state.started
    known = (one for one in state.started if day - one.day < STARTED_COUNTS)
    due_minor = event.amount_minor - event.recovered_minor
    one = Started(event.officer_id, event.merchant_id, day, due_minor, event.statement_id)
    return (*known, one)


def _grown(amounts: Map[str, int], merchant_id: str, more_minor: int) -> Map[str, int]:
    return amounts.set(merchant_id, amounts.get(merchant_id, 0) + more_minor)


def _without(settling: Map[str, Settlement], merchant_id: str) -> Map[str, Settlement]:
    return settling.delete(merchant_id) if merchant_id in settling else settling
