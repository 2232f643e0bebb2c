"""Statements: one payment of a fund to a merchant, drawn up, approved by others, paid or returned.

A statement freezes its redemptions: none is reversed while it is open, so the amount approved is
the amount paid. Later redemptions go on the next statement. The verbs refuse a statement that is
unknown, returned or paid, unless there is nothing to do.
"""

import re
from datetime import date
from enum import StrEnum
from typing import assert_never

import msgspec

from ledger import errors, funds
from ledger.event import Event, stream_namer, topic
from ledger.funds import Fund, SettlementBegun, SettlementEnded
from ledger.settlement import bank_account
from ledger.settlement.bank_account import BankAccount

CATEGORY = "statement"
stream = stream_namer(CATEGORY)

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,34}")
_REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,34}")


class _StatementEvent(Event, frozen=True, kw_only=True):
    STREAM = (CATEGORY, "statement_id")

    statement_id: str
    officer_id: str
    day: date


@topic("statement.drawn_up", "生成对账单", "Statement drawn up")
class DrawnUp(_StatementEvent, frozen=True, kw_only=True):
    """An officer drew up a statement of a merchant's reservations `first` to `through`, inclusive.

    `amount_minor` sums the union's shares; `recovered_minor` of it is withheld for earlier
    overpayments; `due_minor` is the rest. `approvals` is the number of officers who must approve
    it. `payee_changes` counts how often the merchant's bank account had been set or erased by then
    (None: not recorded): after a change no bank file pays it, and a new statement is needed.
    """

    merchant_id: str
    fund_id: str
    first: int
    through: int
    amount_minor: int
    recovered_minor: int
    due_minor: int
    approvals: int
    payee_changes: int | None = None


@topic("statement.approved", "批准对账单", "Statement approved")
class Approved(_StatementEvent, frozen=True, kw_only=True):
    """An officer who did not draw the statement up gave approval `number` of the `of` needed.

    `at_terminal`: not at the desk; release 2026.11.2 and older did not record it.
    """

    number: int
    of: int
    at_terminal: bool = False


@topic("statement.returned", "退回对账单", "Statement returned")
class Returned(_StatementEvent, frozen=True, kw_only=True):
    """An officer returned the statement: nothing is paid; its redemptions may be reversed again."""

    reason: str


@topic("statement.paid", "对账单已付款", "Statement paid")
class Paid(_StatementEvent, frozen=True, kw_only=True):
    """An officer recorded that the bank paid the statement; `reference` is the bank's."""

    reference: str
    due_minor: int


StatementEvent = DrawnUp | Approved | Returned | Paid


class Status(StrEnum):
    """The status of a statement; approved means by as many officers as needed."""

    DRAWN_UP = "drawn_up"
    APPROVED = "approved"
    RETURNED = "returned"
    PAID = "paid"


class Statement(msgspec.Struct, frozen=True):
    """The state of a statement; `drawn_up` is None until it is drawn up.

    `approved_by` are officers (`officer-…`), one of them at the desk if `at_desk`; `reference` is
    the bank's, empty until paid.
    """

    drawn_up: DrawnUp | None = None
    status: Status = Status.DRAWN_UP
    approved_by: tuple[str, ...] = ()
    reference: str = ""
    at_desk: bool = False


INITIAL = Statement()


def evolve(state: Statement, event: StatementEvent) -> Statement:
    """Return the state after one more event."""
    replace = msgspec.structs.replace
    match event:
        case DrawnUp():
            return Statement(event)
        case Approved():
            status = Status.APPROVED if event.number == event.of else Status.DRAWN_UP
            approved_by = (*state.approved_by, event.officer_id)
            at_desk = state.at_desk or not event.at_terminal
            return replace(state, status=status, approved_by=approved_by, at_desk=at_desk)
        case Returned():
            return replace(state, status=Status.RETURNED)
        case Paid():
            return replace(state, status=Status.PAID, reference=event.reference)
        case _:
            assert_never(event)


def draw_up(
    state: Statement,
    *,
    statement_id: str,
    merchant_id: str,
    officer_id: str,
    day: date,
    paying: Fund,
    payee: BankAccount,
) -> list[Event]:
    """Draw up a statement of all that the fund `paying` owes a merchant.

    A repeat for the same fund and merchant returns no events; else the errors of
    `funds.settlement`. The statement needs one approval, or two above the fund's threshold; what
    the officer started for this merchant in the last 30 days counts. `payee` is the state of the
    merchant's bank account; who changed it since its last payment raises AccountChangedByYou. The
    id is 1 to 35 of A-Z a-z 0-9 _ -, as banks accept it.
    """
    if not _NAME.fullmatch(statement_id):
        raise errors.InputInvalid(field="statement_id")
    if state.drawn_up is not None:
        of = (state.drawn_up.fund_id, state.drawn_up.merchant_id)
        if of == (paying.fund_id, merchant_id) and state.status is not Status.RETURNED:
            return []
        raise errors.StatementAlreadyDrawnUp
    bank_account.check_settles(payee, officer_id, day=day)
    all_owed = funds.settlement(paying, merchant_id=merchant_id, statement_id=statement_id)
    settled = msgspec.structs.asdict(all_owed)
    started_minor = paying.started_minor(officer_id, merchant_id, day)
    drawn_up = DrawnUp(
        officer_id=officer_id,
        day=day,
        merchant_id=merchant_id,
        fund_id=paying.fund_id,
        first=paying.paid_through.get(merchant_id, 0) + 1,
        due_minor=all_owed.due_minor,
        approvals=2 if started_minor + all_owed.due_minor > paying.threshold_minor else 1,
        payee_changes=payee.changes,
        **settled,
    )
    begun = SettlementBegun(
        fund_id=paying.fund_id, merchant_id=merchant_id, officer_id=officer_id, day=day, **settled
    )
    return [drawn_up, begun]


def approve(
    state: Statement, *, officer_id: str, day: date, payee: BankAccount, at_terminal: bool = False
) -> list[Event]:
    """Approve a statement; a second approval by one officer, or one too many, returns no events.

    The officer who drew the statement up is refused: DrawnUpByYou. So is one who changed the
    account of the payee since its last payment: AccountChangedByYou. Of the two approvals above the
    threshold one is given at the desk: DeskNeeded is raised for the last one at the terminal.
    """
    drawn_up = known(state)
    if officer_id in state.approved_by and state.status is not Status.RETURNED:
        return []
    _check_open(state)
    if officer_id == drawn_up.officer_id:
        raise errors.DrawnUpByYou
    bank_account.check_settles(payee, officer_id, day=day)
    if state.status is Status.APPROVED:
        return []
    number = len(state.approved_by) + 1
    if at_terminal and number == drawn_up.approvals > 1 and not state.at_desk:
        raise errors.DeskNeeded
    return [
        Approved(
            statement_id=drawn_up.statement_id,
            officer_id=officer_id,
            day=day,
            number=number,
            of=drawn_up.approvals,
            at_terminal=at_terminal,
        )
    ]


def send_back(state: Statement, *, reason: str, officer_id: str, day: date) -> list[Event]:
    """Return a statement unpaid, also an approved one; a returned one returns no events.

    Its redemptions go on the merchant's next statement.
    """
    drawn_up = known(state)
    if state.status is Status.RETURNED:
        return []
    _check_open(state)
    returned = Returned(
        statement_id=drawn_up.statement_id, officer_id=officer_id, day=day, reason=reason
    )
    ended = SettlementEnded(
        fund_id=drawn_up.fund_id,
        merchant_id=drawn_up.merchant_id,
        statement_id=drawn_up.statement_id,
    )
    return [returned, ended]


def mark_paid(
    state: Statement, *, reference: str, officer_id: str, day: date, paying: Fund
) -> list[Event]:
    """Record that the bank paid an approved statement; a repeat of the reference returns no events.

    `reference` is the bank's: 1 to 35 of A-Z a-z 0-9 . _ / -. The officer who drew it up is
    refused, and NotApproved is raised while approvals are missing.
    """
    drawn_up = known(state)
    if not _REFERENCE.fullmatch(reference):
        raise errors.InputInvalid(field="reference")
    if state.status is Status.PAID and state.reference == reference:
        return []
    _check_open(state)
    if officer_id == drawn_up.officer_id:
        raise errors.DrawnUpByYou
    if state.status is not Status.APPROVED:
        raise errors.NotApproved(missing=drawn_up.approvals - len(state.approved_by))
    paid = Paid(
        statement_id=drawn_up.statement_id,
        officer_id=officer_id,
        day=day,
        reference=reference,
        due_minor=drawn_up.due_minor,
    )
    return [paid, funds.pay(paying, merchant_id=drawn_up.merchant_id)]


def known(state: Statement) -> DrawnUp:
    """Return the event that drew up the statement, or raise StatementUnknown."""
    if state.drawn_up is None:
        raise errors.StatementUnknown
    return state.drawn_up


def _check_open(state: Statement) -> None:
    if state.status is Status.PAID:
        raise errors.StatementPaid
    if state.status is Status.RETURNED:
        raise errors.StatementReturned
