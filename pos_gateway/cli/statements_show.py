"""Statements looked at: which there are, and the lines of one."""

from __future__ import annotations

import click

from ledger.errors import StatementUnknown
from ledger.settlement.statement import Status
from pos_gateway.cli.asking import IDENTIFIER, example
from pos_gateway.cli.opened import with_house
from pos_gateway.cli.tables import FORMAT, Row, show_rows
from pos_gateway.cli.views import bring_up_to_date
from pos_gateway.services import House
from projections import statement_lines as lines_view
from projections import statements as statements_view

_LISTED = (
    *("statement_id", "merchant_id", "fund_id", "status", "amount_minor", "recovered_minor"),
    *("due_minor", "approvals", "drawn_up_by", "drawn_up_day", "first_approved_by"),
    *("second_approved_by", "paid_by", "paid_day", "reference"),
)
_LINES = (
    *("day", "redemption_id", "outlet_id", "till_id", "choices", "price_minor"),
    *("union_share_minor", "counted_minor", "reversed_day", "incident_minor", "incident_day"),
)


@click.command("list", epilog=example("hongka statements list --status approved"))
@click.option("--merchant", "merchant_id", help="Only this merchant.")
@click.option("--fund", "fund_id", help="Only this fund.")
@click.option("--status", type=click.Choice([one.value for one in Status]), help="Only these.")
@FORMAT
@with_house
def list_statements(
    house: House, *, merchant_id: str | None, fund_id: str | None, status: str | None, form: str
) -> None:
    """The statements, the latest first."""
    bring_up_to_date(house)
    rows: list[Row] = []
    before: int | None = None
    with house.views.reading() as connection:
        while page := statements_view.statements(
            connection, merchant_id=merchant_id, fund_id=fund_id, status=status, before=before
        ):
            before = page[-1].position
            rows += [one._asdict() for one in page]
    show_rows(rows, form=form, columns=_LISTED)


@click.command("show", epilog=example("hongka statements show 20261121-1a2b3c4d5e --format csv"))
@click.argument("statement_id", type=IDENTIFIER)
@FORMAT
@with_house
def show_statement(house: House, *, statement_id: str, form: str) -> None:
    """The redemptions on a statement, line by line; what was undone counts nothing."""
    bring_up_to_date(house)
    with house.views.reading() as connection:
        found = statements_view.statement(connection, statement_id)
        if found is None:
            raise StatementUnknown
        rows: list[Row] = []
        after = 0
        while page := lines_view.statement_lines(
            connection,
            fund_id=found.fund_id,
            merchant_id=found.merchant_id,
            first=found.first,
            through=found.through,
            after=after,
        ):
            after = page[-1].reservation
            rows += [one._asdict() | {"counted_minor": one.counted_minor} for one in page]
    show_rows(rows, form=form, columns=_LINES)
