"""The command `hongka replay`: a year of real purchases, for tests and benchmarks."""

import json
import time
from pathlib import Path

import click
import msgspec
from rich.console import Console
from rich.table import Table

from pos_gateway.cli.asking import example, group, with_services
from pos_gateway.cli.progress import Bar
from pos_gateway.replay.source import completejourney
from pos_gateway.replay.year import Corner, Outcome
from pos_gateway.replay.year import replay as replay_year
from pos_gateway.services import Services
from pos_gateway.web.csv_text import MARK, csv_text
from projections.engine.runner import catch_up

ROWS_SHOWN = 20


replay = group("replay")


@replay.command(
    "completejourney", epilog=example("HONGKA_VAR=var/year hongka replay completejourney")
)
@click.option("--json", "as_json", is_flag=True, help="End with one line of JSON.")
@with_services
def completejourney_command(services: Services, *, as_json: bool) -> None:
    """Replay a year of a real loyalty card: 2,469 households, 457 stores, 155,848 baskets.

    It needs the development extra and a ledger of its own, since a log's time can't go back. Run
    again, it records nothing new. A CSV in HONGKA_VAR lists the baskets that got less discount than
    published.
    """
    started = time.monotonic()
    console = Console(stderr=True)
    with Bar() as bar:
        bar.step("reading the source", 0, 1)
        try:
            year = completejourney(services.ledger.zone)
        except ModuleNotFoundError:
            raise click.ClickException(
                "The purchases are not installed here. Run scripts/setup dev, then this again."
            ) from None
        bar.step("reading the source", 1, 1)
        outcome = replay_year(services.ledger, year, bar.step)
        head = services.ledger.head()
        catch_up(
            services.views,
            services.ledger.facts,
            on_page=lambda reached: bar.step("folding the tables", reached, head),
        )
    seconds = round(time.monotonic() - started, 1)
    listed = Path(services.settings.var) / "completejourney-corners.csv"
    rows = MARK + csv_text([Corner._fields, *outcome.corners])
    listed.write_text(rows, encoding="utf-8", newline="")
    _show(console, outcome, listed)
    if as_json:
        click.echo(json.dumps(_line(outcome, seconds)))


def _show(console: Console, outcome: Outcome, listed: Path) -> None:
    """Print the sums, and the first ROWS_SHOWN baskets whose discount differs from the published.

    `listed` is the path of the file with all of them.
    """
    table = Table("basket", "corner", "price", "published", "recorded", "difference")
    costly = [one for one in outcome.corners if one.published_minor != one.recorded_minor]
    for one in costly[:ROWS_SHOWN]:
        amounts = (one.price_minor, one.published_minor, one.recorded_minor)
        difference = one.published_minor - one.recorded_minor
        table.add_row(
            str(one.basket_id), one.corner, *(f"{n / 100:.2f}" for n in (*amounts, difference))
        )
    console.print(table)
    difference = sum(one.published_minor - one.recorded_minor for one in outcome.corners)
    console.print(
        f"{outcome.redemptions:,} redemptions; {outcome.capped} capped, "
        f"{outcome.nothing_to_redeem} baskets of price 0 with nothing to redeem: all in {listed}"
    )
    console.print(
        f"published {outcome.published_minor / 100:,.2f} - recorded "
        f"{outcome.recorded_minor / 100:,.2f} = {difference / 100:,.2f}, the sum of that list"
    )
    assert difference == outcome.published_minor - outcome.recorded_minor  # noqa: S101 - the proof


def _line(outcome: Outcome, seconds: float) -> dict[str, int | float]:
    counted = msgspec.structs.asdict(outcome)
    del counted["published_minor"], counted["corners"]
    return counted | {"seconds": seconds}
