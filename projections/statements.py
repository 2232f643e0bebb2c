"""Statements: what each merchant is paid by, how far it has come, and who brought it there."""

from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, Index, exists, func, or_, select

from ledger.benefits import Words
from ledger.event import Fact
from ledger.settlement.statement import Approved, DrawnUp, Paid, Returned, Status
from projections.engine.changes import Put, Values, copying
from projections.engine.question import Filter, latest_first
from projections.engine.schema import table_of
from projections.payables import table as _payables

NAME = "statements_1"


class StatementRow(NamedTuple):
    """A statement; amounts in minor units, days ISO text, null for a step not taken yet.

    `status` is drawn_up, approved (by as many as `approvals`), returned or paid. `first` and
    `through` number the reservations of the fund it lists: see `statement_lines`. `…_by` are
    officers (`officer-…`); `recovered_minor` is withheld for overpayments, `due_minor` is the rest.
    """

    statement_id: str
    position: int
    merchant_id: str
    fund_id: str
    status: str
    first: int
    through: int
    amount_minor: int
    recovered_minor: int
    due_minor: int
    approvals: int
    drawn_up_by: str
    drawn_up_day: str
    first_approved_by: str | None
    first_approved_day: str | None
    second_approved_by: str | None
    second_approved_day: str | None
    returned_by: str | None
    returned_day: str | None
    return_reason: str | None
    paid_by: str | None
    paid_day: str | None
    reference: str | None


table = table_of(NAME, StatementRow)
Index(f"{NAME}_by_merchant", table.c.merchant_id, table.c.position)
Index(f"{NAME}_by_status", table.c.status, table.c.position)

_drawn_up = copying(
    *("merchant_id", "fund_id", "first", "through"),
    *("amount_minor", "recovered_minor", "due_minor", "approvals"),
)
_APPROVAL = {1: "first_approved", 2: "second_approved"}


def project(event: DrawnUp | Approved | Returned | Paid, fact: Fact) -> Iterator[Put]:
    """Keep a row for each statement, and the officer and day of each step."""
    values: Values
    match event:
        case DrawnUp():
            step = "drawn_up"
            values = _drawn_up(event)
            values |= {"position": fact.position, "status": Status.DRAWN_UP.value}
        case Approved():
            step = _APPROVAL[event.number]
            values = {"status": Status.APPROVED.value} if event.number == event.of else {}
        case Returned():
            step = "returned"
            values = {"status": Status.RETURNED.value, "return_reason": event.reason}
        case Paid():
            step = "paid"
            values = {"status": Status.PAID.value, "reference": event.reference}
    done = {f"{step}_by": event.officer_id, f"{step}_day": event.day.isoformat()}
    yield Put((event.statement_id,), values | done)


statements = latest_first(
    table,
    StatementRow,
    about=Words("结算单，最近的在前。", "The statements, the latest first."),
    filters=(
        "merchant_id",
        "fund_id",
        Filter(
            "status",
            "Only these.",
            lambda status: table.c.status == status,
            choices=[one.value for one in Status],
        ),
    ),
    columns=(
        *("statement_id", "merchant_id", "fund_id", "status", "amount_minor", "recovered_minor"),
        *("due_minor", "approvals", "drawn_up_by", "drawn_up_day", "first_approved_by"),
        *("second_approved_by", "paid_by", "paid_day", "reference"),
    ),
    examples=("--status approved",),
    command="statements list",
)


def is_open() -> ColumnElement[bool]:
    """Return the condition that a statement is neither paid nor returned."""
    return table.c.status.in_((Status.DRAWN_UP.value, Status.APPROVED.value))


def not_by(officer_id: str, *steps: str) -> ColumnElement[bool]:
    """Return the condition that an officer took none of these steps, such as `first_approved`."""
    took = [func.coalesce(table.columns[f"{step}_by"], "") == officer_id for step in steps]
    return ~or_(*took)


def unsettled() -> ColumnElement[bool]:
    """Return the condition on `payables` that no open statement asks for the debt."""
    theirs = _payables.c
    return ~exists().where(
        table.c.merchant_id == theirs.merchant_id, table.c.fund_id == theirs.fund_id, is_open()
    )


def funds_to_pay(connection: Connection) -> list[str]:
    """Return the ids, sorted, of all funds with an approved, unpaid statement."""
    approved = table.c.status == Status.APPROVED.value
    found = select(table.c.fund_id).where(approved).distinct().order_by(table.c.fund_id)
    return list(connection.scalars(found))


def statement(connection: Connection, statement_id: str) -> StatementRow | None:
    """Return the statement with this id; None if there is none."""
    row = connection.execute(select(table).where(table.c.statement_id == statement_id)).first()
    return None if row is None else StatementRow(*row)
