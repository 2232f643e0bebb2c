"""The command `hongka rehearse`: play the opening of a drop on a copy of the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import zip_longest
from pathlib import Path

import click
import msgspec
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from pos_gateway.cli.asking import IDENTIFIER, example, with_services
from pos_gateway.cli.progress import Bar
from pos_gateway.rehearsal.crowd import (
    CONNECTIONS_MAX,
    GATEWAYS_MAX,
    MEMBERS_MAX,
    PERCENT,
    SECONDS_MAX,
    Shares,
    Wish,
)
from pos_gateway.rehearsal.outcome import Latency, Outcome, Share
from pos_gateway.services import Services

ROWS_SHOWN = 12
SECONDS_SHOWN = 15
LATE_MS_MAX = 500.0
_VERDICTS = {
    "oversold": "places sold twice",
    "double_claims": "tickets above a limit",
    "lost": "tickets promised and not recorded",
    "unfair": "tickets that overtook a refusal",
}


class _SharesTyped(click.ParamType[Shares]):
    """An option value with three whole percentages that add up to 100: 70/25/5."""

    name = "honest/impatient/bots"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> Shares:
        """Parse the percentages honest/impatient/bots; refuse another text as a usage error."""
        if isinstance(value, Shares):
            return value
        parts = str(value).split("/")
        if len(parts) != len(Shares._fields) or not all(one.isdecimal() for one in parts):
            self.fail(f"{value!r}: three percentages such as 70/25/5.", param, ctx)
        shares = Shares(*map(int, parts))
        if sum(shares) != PERCENT:
            self.fail(f"{value!r} is not a hundred together.", param, ctx)
        return shares


@click.command(
    epilog=example(
        "hongka rehearse may-day --members 20000 --seconds 60",
        "hongka rehearse may-day --members 500 --shares 90/10/0 --json",
    )
)
@click.argument("drop_id", type=IDENTIFIER)
@click.option("--members", type=click.IntRange(1, MEMBERS_MAX), default=2_000, show_default=True)
@click.option(
    "--seconds",
    type=click.IntRange(1, SECONDS_MAX),
    default=60,
    show_default=True,
    help="How long it is played after the opening.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="The same crowd again.")
@click.option(
    "--shares",
    type=_SharesTyped(),
    default=Shares(),
    show_default="70/25/5",
    help="Percentages of honest and impatient members, and of bots.",
)
@click.option(
    "--gateways",
    type=click.IntRange(1, GATEWAYS_MAX),
    help="How many processes.  [default: 3; 1 on SQLite, where there can be no more]",
)
@click.option(
    "--connections",
    type=click.IntRange(1, CONNECTIONS_MAX),
    default=256,
    show_default=True,
    help="All members share so many, as behind a proxy.",
)
@click.option(
    "--ledger-url",
    envvar="HONGKA_REHEARSAL_URL",
    help="An empty database for the copy, where none may be made beside the ledger's.",
)
@click.option("--keep", is_flag=True, help="Leave the copy and the gateways' words behind.")
@click.option(
    "--picture",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where the picture goes.  [default: HONGKA_VAR/rehearsal-DROP.png]",
)
@click.option("--json", "as_json", is_flag=True, help="End with one line of JSON.")
@click.pass_context
@with_services
def rehearse(
    services: Services,
    context: click.Context,
    *,
    drop_id: str,
    picture: Path | None,
    as_json: bool,
    keep: bool,
    **chosen: object,
) -> None:
    """Play the opening of DROP against a copy of the ledger, through real gateways.

    The drop must be first come, first served. The real ledger is only read. Members are taken from
    it, and made up where they are too few. A proof of work is not asked for: this machine would
    have to do it for all of them. The outcome is printed and drawn.

    Ends with exit code 1 if a place was sold twice, a member got more than their limit, a ticket
    was promised and not recorded, or somebody was overtaken.
    """
    # Imported here: loading takes half a second, and no other command should wait.
    from pos_gateway.rehearsal.picture import draw
    from pos_gateway.rehearsal.run import rehearse

    wish = msgspec.convert({"drop_id": drop_id, "kept": keep, **chosen}, Wish)
    with Bar() as bar:
        done = rehearse(services, wish, bar.step)
    console = Console(stderr=as_json)
    show(console, done.outcome)
    if keep:
        console.print(f"Kept: {done.place.var} and {done.place.database}.", soft_wrap=True)
    path = picture or services.settings.var / f"rehearsal-{drop_id}.png"
    crowd = f"{wish.members:,} 会员 members, {wish.seconds} 秒 s, 网关 gateways: {done.gateways}"
    draw(done, f"演练 Rehearsal of {drop_id}: {crowd}", path)
    console.print(f"Picture: {path}", soft_wrap=True)
    if as_json:
        particulars = {"members": wish.members, "seconds": wish.seconds, "seed": wish.seed}
        particulars |= {"gateways": done.gateways, "connections": wish.connections}
        database = "sqlite" if done.place.on_sqlite else "postgres"
        click.echo(line_of(done.outcome, **particulars, database=database, picture=str(path)))
    if not done.outcome.sound:
        context.exit(1)


def show(console: Console, outcome: Outcome) -> None:
    """Print the outcome as tables, and a line for each of the four checks: red if it is not 0."""
    _show_sold(console, outcome)
    _show_latency(console, outcome)
    _show_refusals(console, outcome)
    for title, shares in (
        ("pressing", outcome.ways),
        ("branch", outcome.branches),
        ("group", outcome.groups),
    ):
        _show_shares(console, title, shares)
    console.print(
        f"{outcome.attempts:,} attempts, {outcome.claimed:,} tickets for {outcome.places:,} of "
        f"{outcome.capacity:,} places, {_ending(outcome)}; {outcome.untold:,} tickets whose answer "
        f"nobody saw, {outcome.unsent:,} presses that no connection was free for"
    )
    if outcome.late_ms > LATE_MS_MAX:
        console.print(
            f"The crowd pressed up to {outcome.late_ms / 1_000:.1f} s late: this machine was too "
            "busy to play it, so the waits say little of the gateways.",
            style="yellow",
        )
    for name, words in _VERDICTS.items():
        count = getattr(outcome, name)
        console.print(f"{name}: {count} ({words})", style="bold red" if count else "green")


def line_of(outcome: Outcome, **particulars: int | str) -> bytes:
    """Return the outcome and `particulars` as one JSON object on one line."""
    return msgspec.json.encode(msgspec.to_builtins(outcome) | particulars)


def _ending(outcome: Outcome) -> str:
    seconds = outcome.seconds_to_sold_out
    return "not sold out" if seconds is None else f"sold out after {seconds:.1f} s"


def _show_sold(console: Console, outcome: Outcome) -> None:
    """Print each session's outcome, then places sold in each of the first SECONDS_SHOWN seconds."""
    table = _table("session", "places", "sold", "sold out after")
    for name, one in outcome.slots.items():
        after = "" if one.sold_out_after is None else f"{one.sold_out_after:.1f} s"
        table.add_row(Text(name), f"{one.capacity:,}", f"{one.taken:,}", after)
    console.print(table)
    sold = [sum(second) for second in zip_longest(*_per_second(outcome), fillvalue=0)]
    table = _table("second", "places sold", "left")
    left = outcome.capacity
    for number, places in enumerate(sold[:SECONDS_SHOWN]):
        left -= places
        table.add_row(str(number), f"{places:,}", f"{left:,}")
    if later := sum(sold[SECONDS_SHOWN:]):
        table.add_row("later", f"{later:,}", f"{left - later:,}")
    console.print(table)


def _per_second(outcome: Outcome) -> list[list[int]]:
    return [one.per_second for one in outcome.slots.values()]


def _show_latency(console: Console, outcome: Outcome) -> None:
    table = _table("answers, ms", "count", "p50", "p90", "p99", "longest")
    for kind, latency in outcome.latency.items():
        table.add_row(kind, *_latency_cells(latency))
    table.add_row("at the gateway", *_latency_cells(outcome.gateway["all"]))
    console.print(table)


def _latency_cells(latency: Latency) -> list[str]:
    found = (latency.p50_ms, latency.p90_ms, latency.p99_ms, latency.max_ms)
    return [f"{latency.answers:,}", *("" if one is None else f"{one:,.1f}" for one in found)]


def _show_refusals(console: Console, outcome: Outcome) -> None:
    table = _table("status and reason", "answers")
    for name, count in outcome.refusals.items():
        table.add_row(Text(name), f"{count:,}")
    console.print(table)


def _show_shares(console: Console, title: str, shares: Mapping[str, Share]) -> None:
    """Print each kind's part of members and tickets: the ROWS_SHOWN kinds with most members."""
    table = _table(title, "members", "%", "tickets", "%")
    members = sum(one.members for one in shares.values()) or 1
    tickets = sum(one.tickets for one in shares.values()) or 1
    largest = sorted(shares.items(), key=lambda one: -one[1].members)
    for name, one in largest[:ROWS_SHOWN]:
        table.add_row(
            Text(name or "-"),
            f"{one.members:,}",
            f"{one.members * PERCENT / members:.1f}",
            f"{one.tickets:,}",
            f"{one.tickets * PERCENT / tickets:.1f}",
        )
    if len(largest) > ROWS_SHOWN:
        table.caption = f"and {len(largest) - ROWS_SHOWN} more"
    console.print(table)


def _table(first: str, *columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column(first)
    for column in columns:
        table.add_column(column, justify="right")
    return table
