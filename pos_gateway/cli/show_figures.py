"""The figures analysts ask for, from the views: brought up to date, then read page by page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import date
from typing import Any

import click

from pos_gateway.cli.asking import DAY, example
from pos_gateway.cli.opened import opened_house, with_house
from pos_gateway.cli.tables import FORMAT, Row, show_rows
from pos_gateway.cli.views import bring_up_to_date
from pos_gateway.services import House
from projections import balances as balances_view
from projections import payables as payables_view
from projections import purchases as purchases_view
from projections import redemptions as redemptions_view
from projections import refusals as refusals_view
from projections import usage as usage_view
from projections.engine.schema import COUNTER
from projections.engine.totals import MONTH, ROWS_MAX, Total

_KEYS = {
    "day": "day",
    MONTH: MONTH,
    "merchant": "merchant_id",
    "outlet": "outlet_id",
    "category": "category",
    "branch": "branch",
    "offer": "choice_id",
    "kind": "kind",
    "reason": "reason",
}
"""What figures are summed by and narrowed to, as typed and as the views call it."""

_PERIOD = (
    click.Option(["--from", "first_day"], type=DAY, help="The first day, inside."),
    click.Option(["--to", "last_day"], type=DAY, help="The last day, inside."),
)


def _figures(
    view: Any, query: Callable[..., list[Total]], about: str, *, by: str, examples: Sequence[str]
) -> click.Command:
    """A command over sums: what they are summed by, from when to when, narrowed to what."""
    of_view = {column.name for column in view.table.primary_key.columns} | {MONTH}
    keys = {typed: key for typed, key in _KEYS.items() if key in of_view}
    counters = [column.name for column in view.table.columns if COUNTER in column.info]

    def ask(by: str, form: str, **narrowed: Any) -> None:
        groups = _groups(by, keys)
        only = {_KEYS.get(typed, typed): value for typed, value in narrowed.items()}
        with closing(opened_house()) as house:
            bring_up_to_date(house)
            rows = _paged(house, query, groups, only)
            show_rows(rows, form=form, columns=[*groups, *counters])

    narrowing: list[click.Parameter] = [
        click.Option([f"--{typed}"], help=f"Only this {typed}.")
        for typed in keys
        if typed not in {"day", MONTH}
    ]
    summed = click.Option(
        ["--by"],
        default=by,
        show_default=True,
        help=f"Summed by which of {', '.join(keys)}; several with commas, none for all in one.",
    )
    name = view.__name__.rpartition(".")[2]
    parameters = [summed, *_PERIOD, *narrowing]
    return FORMAT(
        click.Command(name, callback=ask, params=parameters, help=about, epilog=example(*examples))
    )


def _groups(by: str, keys: Mapping[str, str]) -> list[str]:
    typed = [one.strip() for one in by.split(",") if one.strip()]
    for one in typed:
        if one not in keys:
            raise click.UsageError(f"There is no {one!r} to sum by; there are {', '.join(keys)}.")
    return [keys[one] for one in dict.fromkeys(typed)]


def _paged(
    house: House, query: Callable[..., list[Total]], by: Sequence[str], only: Mapping[str, Any]
) -> Iterator[Row]:
    after: tuple[str, ...] = ()
    page: list[Total] = [{}]
    while page:
        with house.views.reading() as connection:
            page = query(connection, by, after=after, **only)
        yield from page
        if len(page) < ROWS_MAX or not by:
            return
        after = tuple(page[-1][group] for group in by)


usage = _figures(
    usage_view,
    usage_view.usage,
    "How often each offer and grant was used, and what it took off, paid by whom.",
    by="month,merchant,offer",
    examples=(
        "hongka show usage",
        "hongka show usage --by day,branch --from 2026-05-01 --to 2026-05-31 --format csv",
    ),
)

purchases = _figures(
    purchases_view,
    purchases_view.purchases,
    "How often cards were used, at what price, and who paid it. Each purchase counts once.",
    by="month,merchant",
    examples=("hongka show purchases --by branch --from 2026-05-01",),
)

refusals = _figures(
    refusals_view,
    refusals_view.refusals,
    "How often cards were refused, where and why.",
    by="merchant,reason",
    examples=("hongka show refusals --by day,reason --merchant xiufa",),
)


@click.command(epilog=example("hongka show balances", "hongka show balances --within fund:"))
@click.option("--within", default="", help="Only accounts whose names begin so, such as fund:")
@FORMAT
@with_house
def balances(house: House, *, within: str, form: str) -> None:
    """What every account was debited and credited; in all, both are the same."""

    def rows() -> Iterator[Row]:
        after = ""
        while page := _page(house, balances_view.balances, within=within, after=after):
            after = page[-1].account
            yield from (one._asdict() | {"credit_minor": one.credit_minor} for one in page)

    bring_up_to_date(house)
    show_rows(rows(), form=form, columns=[*balances_view.Balance._fields, "credit_minor"])


@click.command(epilog=example("hongka show payables", "hongka show payables --owed --format csv"))
@click.option("--merchant", "merchant_id", help="Only this merchant.")
@click.option("--fund", "fund_id", help="Only this fund.")
@click.option("--owed", "only_owed", is_flag=True, help="Only where something is to be paid.")
@FORMAT
@with_house
def payables(
    house: House, *, merchant_id: str | None, fund_id: str | None, only_owed: bool, form: str
) -> None:
    """What each fund owes each merchant: the union's shares of what was redeemed."""

    def rows() -> Iterator[Row]:
        after = None
        while page := _page(
            house, payables_view.payables, merchant_id=merchant_id, fund_id=fund_id, after=after
        ):
            after = (page[-1].merchant_id, page[-1].fund_id)
            yield from (
                one._asdict() | {"owed_minor": one.owed_minor, "due_minor": one.due_minor}
                for one in page
            )

    bring_up_to_date(house)
    shown = (row for row in rows() if row["owed_minor"] or not only_owed)
    columns = [*payables_view.Payable._fields, "owed_minor", "due_minor"]
    show_rows(shown, form=form, columns=columns)


@click.command(epilog=example("hongka show redemptions --merchant xiufa --from 2026-05-01"))
@click.option("--card", "card_id", help="Only this card.")
@click.option("--merchant", "merchant_id", help="Only this merchant.")
@click.option("--from", "first_day", type=DAY, help="The first day, inside.")
@click.option("--to", "last_day", type=DAY, help="The last day, inside.")
@click.option(
    "--limit", type=click.IntRange(1), default=1_000, show_default=True, help="How many lines."
)
@FORMAT
@with_house
def redemptions(
    house: House,
    *,
    card_id: str | None,
    merchant_id: str | None,
    first_day: date | None,
    last_day: date | None,
    limit: int,
    form: str,
) -> None:
    """Redemptions line by line, the latest first; a reversal is a line below zero."""

    def rows() -> Iterator[Row]:
        before, left = None, limit
        while left and (
            page := _page(
                house,
                redemptions_view.redemptions,
                card_id=card_id,
                merchant_id=merchant_id,
                first_day=first_day,
                last_day=last_day,
                before=before,
                rows_max=left,
            )
        ):
            before, left = page[-1].position, left - len(page)
            yield from (one._asdict() for one in page)

    bring_up_to_date(house)
    show_rows(rows(), form=form, columns=redemptions_view.Line._fields)


def _page(house: House, query: Callable[..., list[Any]], **asked: Any) -> list[Any]:
    with house.views.reading() as connection:
        return query(connection, **asked)
