"""The outcome of a rehearsal, as tables for people and as a line for scripts."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import zip_longest

import msgspec
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from pos_gateway.rehearsal.crowd import PERCENT
from pos_gateway.rehearsal.outcome import Latency, Outcome, Share

ROWS_SHOWN = 12
SECONDS_SHOWN = 15
LATE_MS_MAX = 500.0

_VERDICTS = {
    "oversold": "places sold twice",
    "double_claims": "tickets above a limit",
    "lost": "tickets promised and not recorded",
    "unfair": "tickets that overtook a refusal",
}


def show(console: Console, outcome: Outcome) -> None:
    """Print the outcome as tables, with a line for each check: red where it found violations."""
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
    """Print each session's outcome, then the places sold in each second over all sessions."""
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
    """Print for each kind its part of the members and of the tickets, the largest kinds first."""
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
