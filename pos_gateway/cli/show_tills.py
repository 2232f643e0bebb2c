"""What tills redeemed while they were offline: line by line, and how far each has counted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import click

from pos_gateway.cli.asking import DAY, example
from pos_gateway.cli.opened import with_house
from pos_gateway.cli.tables import FORMAT, Row, show_rows
from pos_gateway.cli.views import bring_up_to_date
from pos_gateway.services import House
from projections import late as late_view
from projections import till_counters as counters_view
from projections.engine.pages import ROWS_MAX


@click.command(epilog=example("hongka show late --merchant xiufa --contested --from 2026-05-01"))
@click.option("--merchant", "merchant_id", help="Only this merchant.")
@click.option("--till", "till_id", help="Only this till.")
@click.option("--contested", is_flag=True, help="Only what the rules say no to.")
@click.option("--from", "first_day", type=DAY, help="The first day, inside.")
@click.option("--to", "last_day", type=DAY, help="The last day, inside.")
@FORMAT
@with_house
def late(
    house: House,
    *,
    merchant_id: str | None,
    till_id: str | None,
    contested: bool,
    first_day: date | None,
    last_day: date | None,
    form: str,
) -> None:
    """Late redemptions, the latest first: what was contested, why, and who bears it."""

    def rows() -> Iterator[Row]:
        before: int | None = None
        more = True
        while more:
            with house.views.reading() as connection:
                page = late_view.late_redemptions(
                    connection,
                    merchant_id=merchant_id,
                    till_id=till_id,
                    outcome="contested" if contested else None,
                    first_day=first_day,
                    last_day=last_day,
                    before=before,
                )
            yield from (one._asdict() for one in page)
            more = len(page) == ROWS_MAX
            before = page[-1].position if more else None

    bring_up_to_date(house)
    show_rows(rows(), form=form, columns=late_view.Line._fields)


@click.command(epilog=example("hongka show tills --merchant xiufa"))
@click.option("--merchant", "merchant_id", help="Only this merchant.")
@FORMAT
@with_house
def tills(house: House, *, merchant_id: str | None, form: str) -> None:
    """How far each till has counted what it redeemed offline, and which numbers never came."""

    def rows() -> Iterator[Row]:
        after: tuple[str, str, str] | None = None
        more = True
        while more:
            with house.views.reading() as connection:
                page = counters_view.till_counters(connection, merchant_id=merchant_id, after=after)
            yield from (one._asdict() for one in page)
            more = len(page) == counters_view.COUNTERS_MAX
            after = page[-1][:3] if more else None

    bring_up_to_date(house)
    show_rows(rows(), form=form, columns=counters_view.TillCounter._fields)
