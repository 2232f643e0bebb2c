"""Statements: what each merchant is paid by, how far it has come, and who brought it there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import Connection, Index, Table, select

from ledger.event import Fact
from ledger.settlement.statement import Approved, DrawnUp, Paid, Returned, Status
from projections.engine.changes import Put
from projections.engine.pages import ROWS_MAX, latest
from projections.engine.schema import key, metadata, number, text

NAME = "statements_1"

table = Table(
    NAME,
    metadata,
    key("statement_id"),
    number("position"),
    text("merchant_id"),
    text("fund_id"),
    text("status"),
    number("first"),
    number("through"),
    number("amount_minor"),
    number("recovered_minor"),
    number("due_minor"),
    number("approvals"),
    text("drawn_up_by"),
    text("drawn_up_day"),
    text("first_approved_by"),
    text("first_approved_day"),
    text("second_approved_by"),
    text("second_approved_day"),
    text("returned_by"),
    text("returned_day"),
    text("return_reason"),
    text("paid_by"),
    text("paid_day"),
    text("reference"),
    sqlite_with_rowid=False,
)
Index(f"{NAME}_by_merchant", table.c.merchant_id, table.c.position)
Index(f"{NAME}_by_status", table.c.status, table.c.position)

Values = dict[str, str | int | None]

_APPROVAL = {1: "first_approved", 2: "second_approved"}


def project(fact: Fact) -> Iterator[Put]:
    """Drawn up once; approved, returned or paid later."""
    match fact.event:
        case DrawnUp() as event:
            yield Put(
                (event.statement_id,),
                {
                    "position": fact.position,
                    "merchant_id": event.merchant_id,
                    "fund_id": event.fund_id,
                    "status": Status.DRAWN_UP.value,
                    "first": event.first,
                    "through": event.through,
                    "amount_minor": event.amount_minor,
                    "recovered_minor": event.recovered_minor,
                    "due_minor": event.due_minor,
                    "approvals": event.approvals,
                    **_done("drawn_up", event),
                },
            )
        case Approved() as event:
            yield Put((event.statement_id,), _done(_APPROVAL[event.number], event))
            if event.number == event.of:
                yield Put((event.statement_id,), {"status": Status.APPROVED.value})
        case Returned() as event:
            yield Put((event.statement_id,), _done("returned", event))
            returned = {"status": Status.RETURNED.value, "return_reason": event.reason}
            yield Put((event.statement_id,), returned)
        case Paid() as event:
            yield Put((event.statement_id,), _done("paid", event))
            paid = {"status": Status.PAID.value, "reference": event.reference}
            yield Put((event.statement_id,), paid)
        case _:
            pass


class Statement(NamedTuple):
    """A statement; amounts in minor units, days ISO text, nothing for what did not happen yet.

    `status` is drawn_up, approved (by as many as `approvals`), returned or paid. `first` and
    `through` number the reservations of the fund it lists: see `statement_lines`.
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


def statement(connection: Connection, statement_id: str) -> Statement | None:
    """The statement of that id."""
    row = connection.execute(select(table).where(table.c.statement_id == statement_id)).first()
    return None if row is None else Statement(*row)


def statements(
    connection: Connection,
    *,
    merchant_id: str | None = None,
    fund_id: str | None = None,
    status: str | None = None,
    before: int | None = None,
    rows_max: int = ROWS_MAX,
) -> list[Statement]:
    """The statements of a merchant, a fund, a status, the latest first, those `before` a position.

    At most ROWS_MAX.
    """
    question = latest(
        table,
        before=before,
        rows_max=rows_max,
        merchant_id=merchant_id,
        fund_id=fund_id,
        status=status,
    )
    return [Statement(*row) for row in connection.execute(question)]


def _done(what: str, event: DrawnUp | Approved | Returned | Paid) -> Values:
    return {f"{what}_by": event.officer_id, f"{what}_day": event.day.isoformat()}
