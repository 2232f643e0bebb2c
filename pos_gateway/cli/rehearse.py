"""The command `hongka rehearse`: play the opening of a drop on a copy of the ledger."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path

import click
import msgspec
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from pos_gateway.cli.asking import IDENTIFIER, NEW_FILE, Typed, example, with_services
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


def _shares(typed: str) -> Shares:
    """Parse three whole percentages that add up to 100: 70/25/5; raise ValueError for another."""
    parts = typed.split("/")
    if len(parts) != len(Shares._fields) or not all(one.isdecimal() for one in parts):
        raise ValueError(f"{typed!r}: three percentages such as 70/25/5.")
    shares = Shares(*map(int, parts))
    if sum(shares) != PERCENT:
        raise ValueError(f"{typed!r} is not a hundred together.")
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
    type=Typed("honest/impatient/bots", _shares, "{wrong}"),
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
    type=NEW_FILE,
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
        told = msgspec.to_builtins(done.outcome)
        told |= {"members": wish.members, "seconds": wish.seconds, "seed": wish.seed}
        told |= {"gateways": done.gateways, "connections": wish.connections}
        told["database"] = "sqlite" if done.place.on_sqlite else "postgres"
        click.echo(msgspec.json.encode(told | {"picture": str(path)}))
    if not done.outcome.sound:
        context.exit(1)


def show(console: Console, outcome: Outcome) -> None:
    """Print the outcome as tables, and a line for each of the four checks: red if it is not 0."""
    _show_sold(console, outcome)
    waits = [_latency_row(kind, latency) for kind, latency in outcome.latency.items()]
    waits.append(_latency_row("at the gateway", outcome.gateway["all"]))
    _print(console, ("answers, ms", "count", "p50", "p90", "p99", "longest"), waits)
    refusals = [(name, f"{count:,}") for name, count in outcome.refusals.items()]
    _print(console, ("status and reason", "answers"), refusals)
    for title, shares in (
        ("pressing", outcome.ways),
        ("branch", outcome.branches),
        ("group", outcome.groups),
    ):
        _show_shares(console, title, shares)
    seconds = outcome.seconds_to_sold_out
    ending = "not sold out" if seconds is None else f"sold out after {seconds:.1f} s"
    console.print(
        f"{outcome.attempts:,} attempts, {outcome.claimed:,} tickets for {outcome.places:,} of "
        f"{outcome.capacity:,} places, {ending}; {outcome.untold:,} tickets whose answer "
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


def _show_sold(console: Console, outcome: Outcome) -> None:
    """Print each session's outcome, then places sold in each of the first SECONDS_SHOWN seconds."""
    rows: list[tuple[str, ...]] = []
    for name, one in outcome.slots.items():
        after = "" if one.sold_out_after is None else f"{one.sold_out_after:.1f} s"
        rows.append((name, f"{one.capacity:,}", f"{one.taken:,}", after))
    _print(console, ("session", "places", "sold", "sold out after"), rows)
    seconds = [one.per_second for one in outcome.slots.values()]
    sold = [sum(second) for second in zip_longest(*seconds, fillvalue=0)]
    rows, left = [], outcome.capacity
    for number, places in enumerate(sold[:SECONDS_SHOWN]):
        left -= places
        rows.append((str(number), f"{places:,}", f"{left:,}"))
    if later := sum(sold[SECONDS_SHOWN:]):
        rows.append(("later", f"{later:,}", f"{left - later:,}"))
    _print(console, ("second", "places sold", "left"), rows)


def _latency_row(kind: str, latency: Latency) -> tuple[str, ...]:
    found = (latency.p50_ms, latency.p90_ms, latency.p99_ms, latency.max_ms)
    waits = ("" if one is None else f"{one:,.1f}" for one in found)
    return kind, f"{latency.answers:,}", *waits


def _show_shares(console: Console, title: str, shares: Mapping[str, Share]) -> None:
    """Print each kind's part of members and tickets: the ROWS_SHOWN kinds with most members."""
    members = sum(one.members for one in shares.values()) or 1
    tickets = sum(one.tickets for one in shares.values()) or 1
    largest = sorted(shares.items(), key=lambda one: -one[1].members)
    rows = [
        (
            *(name or "-", f"{one.members:,}", f"{one.members * PERCENT / members:.1f}"),
            *(f"{one.tickets:,}", f"{one.tickets * PERCENT / tickets:.1f}"),
        )
        for name, one in largest[:ROWS_SHOWN]
    ]
    more = len(largest) - ROWS_SHOWN
    caption = f"and {more} more" if more > 0 else None
    _print(console, (title, "members", "%", "tickets", "%"), rows, caption)


def _print(
    console: Console,
    heads: Sequence[str],
    rows: Iterable[Sequence[str]],
    caption: str | None = None,
) -> None:
    """Print a table whose first column is text, and the others figures; a caption is below it."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, caption=caption)
    for number, head in enumerate(heads):
        table.add_column(head, justify="right" if number else "left")
    for first, *others in rows:
        table.add_row(Text(first), *others)
    console.print(table)
