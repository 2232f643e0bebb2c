"""Claims over HTTP and reads of a drop, beside a no-op route and a plain app on the same server."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import click
import msgspec

from ledger.application import WriterLimits
from pos_gateway.api.drops_schema import ClaimAsked
from pos_gateway.app.server import look_less_often
from scripts.bench import drops_cost, load, plain
from scripts.bench.databases import KINDS, Fresh, databases
from scripts.bench.drops_gateway import ITEM, NOT_OPEN, SESSION, SOLD_OUT, DropGateway, member_of
from scripts.bench.figures import Figures
from scripts.bench.load import Call, Load, check_answers
from scripts.bench.servers import GATEWAY, NO_OP, Measured, Server, serving, settings

PARTS = ("http", "cost")
NO_OPS, GATEWAYS, PLAINS = "no-op", "gateway", "plain"
ACCEPTED, READ = "accepted", "read"
PLAIN = ("-m", "scripts.bench.plain")
WORKERS = {"sqlite": 1, "postgres": 2}
EXAMPLES = 1_000
LOOKS = {"sqlite": 2, "postgres": 6}
"""The times that each member loads their tickets first, so that each worker knows most members."""

STATES_PER_MEMBER = 5
LEAST = {ACCEPTED: 0.5, SOLD_OUT: 0.7, NOT_OPEN: 0.7, READ: 0.7}
"""The part (0 … 1) of the no-op's rate that each load must reach."""

TO_PLAIN_LEAST = 1.5
REASONS = {SOLD_OUT: "sold_out", NOT_OPEN: "not_open_yet"}
SIZES, WAITS = (10_000, 100_000), 5_000
SIZES_QUICK, WAITS_QUICK = (1_000, 2_000), 100


class _Side(NamedTuple):
    """The gateway, no-op and plain app on one kind of database, with the stores behind them."""

    gateway: DropGateway
    kept: plain.Taken
    servers: dict[str, Server]


@click.command()
@click.option("--part", type=click.Choice(PARTS), multiple=True, default=PARTS)
@click.option("--database", type=click.Choice(list(KINDS)), default="both")
@click.option("--rounds", type=click.IntRange(min=1), default=5)
@click.option("--seconds", type=click.IntRange(min=1), default=2, help="Seconds of each load.")
@click.option("--connections", type=click.IntRange(min=2), default=32)
@click.option("--members", type=click.IntRange(min=2), help="Members; each claims once a round.")
@click.option("--quick", is_flag=True, help="Run one short round as a smoke test.")
def main(  # noqa: D103 - the help text is the module's
    *,
    part: tuple[str, ...],
    database: str,
    rounds: int,
    seconds: int,
    connections: int,
    members: int | None,
    quick: bool,
) -> None:
    look_less_often()  # as the gateway does
    if quick:
        rounds, seconds = 1, 1
    members = members or 6_000 * seconds
    figures = Figures("drops")
    figures.machine["load"] = load.BY
    with databases(database, figures) as made:
        if "http" in part:
            _over_http(figures, made, rounds, seconds, connections, members)
        if "cost" in part:
            sizes, waits = (SIZES_QUICK, WAITS_QUICK) if quick else (SIZES, WAITS)
            for kind, fresh in made.items():
                drops_cost.measure(figures, kind, fresh, rounds=rounds, sizes=sizes, waits=waits)
    figures.show()


def _over_http(
    figures: Figures,
    made: dict[str, Fresh],
    rounds: int,
    seconds: int,
    connections: int,
    members: int,
) -> None:
    refused: dict[tuple[str, str], list[Load]] = defaultdict(list)
    with ExitStack() as stack:
        sides = {
            kind: _served(stack, kind, fresh, members=members, drops=rounds + 1)
            for kind, fresh in made.items()
        }
        for kind, side in sides.items():
            _warm(side, LOOKS[kind] * members, connections, seconds)
        for number in range(rounds + 1):
            for kind, side in sides.items():
                measured = _round(side, number, connections, seconds)
                for drop_id in (SOLD_OUT, NOT_OPEN):
                    refused[kind, drop_id].append(measured[drop_id].load)
                if number:  # the plain app prepares its statements in the first
                    name = f"{kind}, workers {WORKERS[kind]}"
                    _add(figures, name, measured, demanded=kind == "postgres")
    for kind, side in sides.items():  # the servers have stopped and recorded their counts
        counts = side.gateway.turned_away()
        for drop_id, reason in REASONS.items():
            check_turned_away(counts[drop_id, reason], refused[kind, drop_id])


def _served(stack: ExitStack, kind: str, fresh: Fresh, *, members: int, drops: int) -> _Side:
    """Start the no-op, the gateway and the plain app, filled, with `drops` drops to claim in."""
    var = Path(stack.enter_context(TemporaryDirectory(prefix="hongka-bench-var-")))
    workers = WORKERS[kind]
    chosen = settings(var, workers=workers, ledger_url=fresh("drops"))
    # As many as the members have, or the bench would measure how states are dropped and loaded.
    limits = WriterLimits(states_max=members * STATES_PER_MEMBER)
    chosen = msgspec.structs.replace(chosen, limits=limits)
    gateway = DropGateway(chosen, members=members, drops=drops)
    beside = settings(var, workers=workers, ledger_url=fresh("plain"))
    kept = stack.enter_context(closing(plain.taken(beside.ledger_url)))
    kept.fill(gateway.key_hashes, gateway.slots)
    kept.claim(SOLD_OUT, "the-only-one", member_of(0), ClaimAsked(item=ITEM, session=SESSION))
    servers = {
        NO_OPS: (NO_OP, settings(var, workers=workers)),
        GATEWAYS: (GATEWAY, chosen),
        PLAINS: (PLAIN, beside),
    }
    return _Side(
        gateway,
        kept,
        {
            name: Server(one.port, stack.enter_context(serving(program, one)))
            for name, (program, one) in servers.items()
        },
    )


def _warm(side: _Side, looks: int, connections: int, seconds: int) -> None:
    """Load members' tickets, at least `looks` times in all, so that workers cache the members."""
    asked = 0
    while asked < looks:
        looked = side.servers[GATEWAYS].under(side.gateway.looks(), connections, seconds).load
        check_answers("tickets loaded", looked, refused=False)
        asked += looked.answered


def _round(side: _Side, number: int, connections: int, seconds: int) -> dict[str, Measured]:
    """Measure every load once, one after the other; return the results by name."""
    gateway, (drop_id, *_) = side.gateway, side.gateway.slots[number]
    nothing = [Call("GET", "/", {}, b"")] * EXAMPLES
    loads = (
        ("no-op", NO_OPS, nothing),
        (ACCEPTED, GATEWAYS, gateway.claims(drop_id)),
        (SOLD_OUT, GATEWAYS, gateway.claims(SOLD_OUT)),
        (NOT_OPEN, GATEWAYS, gateway.claims(NOT_OPEN)),
        (READ, GATEWAYS, gateway.reads()),
        (f"plain {ACCEPTED}", PLAINS, gateway.claims(drop_id)),
        (f"plain {SOLD_OUT}", PLAINS, gateway.claims(SOLD_OUT)),
    )
    before = gateway.head()
    measured: dict[str, Measured] = {}
    for name, server, calls in loads:
        measured[name] = side.servers[server].under(calls, connections, seconds)
        check_answers(name, measured[name].load, refused=name.endswith((SOLD_OUT, NOT_OPEN)))
    check_claims(measured[ACCEPTED].load, gateway.count("drop.claimed", before))
    check_claims(measured[f"plain {ACCEPTED}"].load, plain.count_claims(side.kept, drop_id))
    return measured


def _add(figures: Figures, name: str, measured: dict[str, Measured], *, demanded: bool) -> None:
    nothing = measured["no-op"].load
    for what, one in measured.items():
        one.add_to(figures, f"{name}: {what}")
        least = LEAST.get(what) if demanded else None
        if what != "no-op":
            ratio = one.load.rate / nothing.rate
            figures.add(f"{name}: {what} to no-op", ratio, "×", least=least)
    for what in (ACCEPTED, SOLD_OUT):
        ratio = measured[what].load.rate / measured[f"plain {what}"].load.rate
        least = TO_PLAIN_LEAST if demanded and what == ACCEPTED else None
        figures.add(f"{name}: {what} to plain", ratio, "×", least=least)


def check_claims(load_: Load, recorded: int) -> None:
    """Check that every answered claim is on record, and no more than were sent.

    Raises:
        ClickException: it is not so, or more claims were sent than there are members.
    """
    if load_.asked > load_.prepared:
        raise click.ClickException(f"every member has claimed: more --members are wanted, {load_}")
    if not load_.answered <= recorded <= load_.asked:
        raise click.ClickException(f"{recorded} claims on record after {load_}")


def check_turned_away(counted: int, loads: Sequence[Load]) -> None:
    """Check that the gateway counted every refused answer, and no more than were sent.

    Raises:
        ClickException: it is not so.
    """
    if not sum(one.answered for one in loads) <= counted <= sum(one.asked for one in loads):
        raise click.ClickException(f"{counted} were turned away after {loads}")


if __name__ == "__main__":
    main()
