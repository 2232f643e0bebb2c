"""The command `hongka statements show`: the lines of one statement."""

from __future__ import annotations

from functools import partial

import click

from ledger.errors import StatementUnknown
from pos_gateway.cli.asking import IDENTIFIER, example
from pos_gateway.cli.opened import with_house
from pos_gateway.cli.tables import FORMAT, show_rows
from pos_gateway.cli.views import bring_up_to_date
from pos_gateway.services import House
from projections.engine.pages import every
from projections.engine.question import as_dict
from projections.statement_lines import statement_lines
from projections.statements import statement

_LINES = (
    *("day", "redemption_id", "outlet_id", "till_id", "choices", "price_minor"),
    *("union_share_minor", "counted_minor", "reversed_day", "incident_minor", "incident_day"),
)


@click.command("show", epilog=example("hongka statements show 20261121-1a2b3c4d5e --format csv"))
@click.argument("statement_id", type=IDENTIFIER)
@FORMAT
@with_house
def show_statement(house: House, *, statement_id: str, form: str) -> None:
    """Show the redemptions on a statement, line by line; reversed ones count nothing."""
    bring_up_to_date(house)
    with house.views.reading() as connection:
        found = statement(connection, statement_id)
        if found is None:
            raise StatementUnknown
    lines = every(
        partial(statement_lines, statement=found),
        house.views.reading,
        lambda last: {"after": last.reservation},
    )
    show_rows(map(as_dict, lines), form=form, columns=_LINES)
