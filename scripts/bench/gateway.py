"""Tills and drops over HTTP, beside a no-op route, a plain app and Redis on the same server."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import click

from pos_gateway.api.drops_schema import ClaimAsked
from scripts.bench import city, load, plain, redis
from scripts.bench.calls import CARDS, ITEM, NOT_OPEN, SESSION, SOLD_OUT, DropGateway
from scripts.bench.command import Fresh, bench
from scripts.bench.figures import Figures
from scripts.bench.load import Call, Load, check_answers, check_recorded
from scripts.bench.servers import GATEWAY, NO_OP, PLAIN, Measured, Server, serving, settings

WORKERS = {"sqlite": 1, "postgres": 2}
CONNECTIONS = (32, 64)
"""All loads run with the first number of connections, those of AT_MORE with the second as well."""

AT_MORE = ("no-op", "redemption", "claim", "plain claim", "redis claim")
EXAMPLES = 1_000
MEMBERS_A_SECOND = 7_000
LEAST_A_SECOND = 2_500
LOOKS = {"sqlite": 2, "postgres": 6}
"""The times that each member loads their tickets first, so that each worker knows most members."""

STATES_PER_MEMBER = 5
DRAINED = 400
BOUNDS = {
    ("redemption", 32): {"no-op": 0.25, "no-op, p99": 2.5, "worker": 0.4},
    ("validation", 32): {"no-op": 0.5},
    ("claim", 32): {"no-op": 0.24},
    ("claim", 64): {"no-op": 0.28, "plain claim": 1.6, "redis claim": 1.0},
    ("sold out", 32): {"no-op": 0.75},
    ("not open", 32): {"no-op": 0.75},
    ("page of a drop", 32): {"no-op": 1.8},
}
"""What a gateway on PostgreSQL must reach, by load and connections; see `Measured.add_to`."""

REASONS = {"sold out": (SOLD_OUT, "sold_out"), "not open": (NOT_OPEN, "not_open_yet")}


class _Site(NamedTuple):
    """The servers beside each other by name, the stores of the simpler ones, and the gateway."""

    kind: str
    gateway: DropGateway
    servers: dict[str, Server]
    stores: dict[str, plain.Store]

    def loads(self, drop_id: str, number: int) -> dict[str, Callable[[], list[Call]]]:
        """Return functions that make the calls of each load; its first word may name a server.

        Claims are in the drop `drop_id`, and `number` are the redemptions and validations.
        """
        gateway = self.gateway
        loads = {
            "no-op": lambda: [Call("GET", "/", {}, b"")] * EXAMPLES,
            "redemption": partial(gateway.redemptions, number),
            "validation": partial(gateway.validations, number),
            "claim": partial(gateway.claims, drop_id),
            "sold out": partial(gateway.claims, SOLD_OUT),
            "not open": partial(gateway.claims, NOT_OPEN),
            "page of a drop": lambda: [Call("GET", "/api/v1/drops/drop-0", {}, b"")],
            "list of drops": lambda: [Call("GET", "/api/v1/drops", {}, b"")],
        }
        for store in self.stores:
            loads[f"{store} claim"] = partial(gateway.claims, drop_id)
            loads[f"{store} sold out"] = partial(gateway.claims, SOLD_OUT)
        return loads

    def server(self, what: str) -> Server:
        """Return the server for a load of `loads`."""
        return self.servers.get(what.partition(" ")[0], self.servers["gateway"])

    def recorded(self, what: str, drop_id: str, after: int) -> int | None:
        """Return how many calls of a load are on record, in the log after a position or in a store.

        None: such calls record nothing.
        """
        store = self.stores.get(what.removesuffix(" claim"))
        if store is not None:
            return store.count(drop_id)
        topic = {"redemption": "redemption.made", "claim": "drop.claimed"}.get(what)
        return len(self.gateway.tail(topic, after)) if topic else None


@bench("gateway", seconds=2)
@click.option("--members", type=click.IntRange(min=2), help="Members; each claims once a round.")
@click.option("--connections", type=click.IntRange(min=2), multiple=True, default=CONNECTIONS)
def main(
    figures: Figures,
    made: dict[str, Fresh],
    *,
    rounds: int,
    seconds: float,
    members: int | None,
    connections: tuple[int, ...],
) -> None:
    """Measure redemptions, validations, claims and reads beside simpler programs, over HTTP."""
    figures.machine["load"] = load.BY
    members = members or round(MEMBERS_A_SECOND * max(1.0, seconds))
    for kind, fresh in made.items():
        refused: dict[str, list[Load]] = defaultdict(list)
        with _site(figures, kind, fresh, members, (rounds + 1) * len(connections)) as site:
            _warm(site, LOOKS[kind] * members, connections[0], seconds)
            drops = iter(site.gateway.slots)
            for number in range(rounds + 1):
                for each in connections:
                    only = AT_MORE if each != connections[0] else None
                    measured = _round(site, next(drops)[0], each, seconds, only)
                    for what in REASONS.keys() & measured.keys():
                        refused[what].append(measured[what].load)
                    if number:  # the first fills caches, and the plain app prepares its statements
                        _add(figures, kind, each, measured)
            _drain(figures, site, connections[0])
        counts = site.gateway.turned_away()  # the servers have stopped and recorded their counts
        for what, (drop_id, reason) in REASONS.items():
            check_recorded(what, refused[what], counts[drop_id, reason])


@contextmanager
def _site(figures: Figures, kind: str, fresh: Fresh, members: int, drops: int) -> Iterator[_Site]:
    """Run the no-op, the gateway and the plain apps, filled, with `drops` drops to claim in."""
    with ExitStack() as stack:
        var = Path(stack.enter_context(TemporaryDirectory(prefix="hongka-bench-var-")))
        workers = WORKERS[kind]
        # As many as the members have, or the bench would measure how states are dropped and loaded.
        states = str(members * STATES_PER_MEMBER)
        chosen = settings(var, workers=workers, LEDGER_URL=fresh("gateway"), HONGKA_STATES=states)
        gateway = DropGateway(chosen, members=members, drops=drops)
        urls = {"plain": fresh("plain")} if kind == "postgres" else {}
        if urls and redis.PROGRAM:
            home = Path(stack.enter_context(TemporaryDirectory(prefix="hongka-bench-redis-")))
            urls["redis"] = stack.enter_context(redis.running(home))
        elif urls:
            figures.leave_out(redis.LEFT_OUT)
        stores = {}
        for name, url in urls.items():
            stores[name] = stack.enter_context(closing(plain.store_at(url)))
            stores[name].fill(gateway.key_hashes, gateway.slots)
            only = ClaimAsked(item=ITEM, session=SESSION)
            stores[name].claim(SOLD_OUT, "the-only-one", city.member_of(members), only)
        servers = {
            "no-op": serving(NO_OP, settings(var, workers=workers)),
            "gateway": serving(GATEWAY, chosen),
        }
        for name, url in urls.items():
            servers[name] = serving(PLAIN, settings(var, workers=workers), **{plain.URL: url})
        running = {name: stack.enter_context(one) for name, one in servers.items()}
        yield _Site(kind, gateway, running, stores)


def _warm(site: _Site, looks: int, connections: int, seconds: float) -> None:
    """Load members' tickets, at least `looks` times in all, and use the cards.

    So every worker has their states in its cache.
    """
    gateway, server = site.gateway, site.servers["gateway"]
    asked = 0
    while asked < looks:
        looked = server.under(gateway.looks(), connections, seconds).load
        check_answers("tickets loaded", looked)
        asked += looked.answered
    for calls in (gateway.redemptions(3 * CARDS), gateway.validations(3 * CARDS)):
        server.under(calls, connections, seconds)


def _round(
    site: _Site, drop_id: str, connections: int, seconds: float, only: Sequence[str] | None
) -> dict[str, Measured]:
    """Measure each load (`only` these; None: all) once; return the results by its name."""
    measured: dict[str, Measured] = {}
    number = EXAMPLES
    for what in site.loads(drop_id, 0):
        if only is not None and what not in only:
            continue
        calls = site.loads(drop_id, number)[what]()
        before = site.gateway.head()
        one = measured[what] = site.server(what).under(calls, connections, seconds)
        refused = what.endswith(tuple(REASONS))
        fresh = what != "no-op" and not refused and len(calls) > 1
        check_answers(what, one.load, refused=refused, fresh=fresh)
        recorded = site.recorded(what, drop_id, before)
        if recorded is not None:
            check_recorded(what, [one.load], recorded)
        if what == "no-op":  # more than any gateway could answer
            number = round(max(0.8 * one.load.rate, LEAST_A_SECOND) * seconds) + connections
    return measured


def _add(figures: Figures, kind: str, connections: int, measured: dict[str, Measured]) -> None:
    for what, one in measured.items():
        others = ("no-op", f"plain {what}", f"redis {what}") if what != "no-op" else ()
        beside = {name: measured[name] for name in others if name in measured}
        bounds = BOUNDS.get((what, connections), {}) if kind == "postgres" else {}
        name = f"{kind}, {connections} connections: {what}"
        one.add_to(figures, name, beside, bounds)


def _drain(figures: Figures, site: _Site, connections: int) -> None:
    """Send a few more requests and wait for their answers; the log must hold exactly these."""
    before = site.gateway.head()
    calls = site.gateway.redemptions(DRAINED)
    last = load.ask(site.servers["gateway"].port, calls, connections, 60)
    recorded = len(site.gateway.tail("redemption.made", before))
    if last.refused or recorded != last.answered:
        raise click.ClickException(f"{site.kind}: {recorded} redemptions in the log after {last}")
    figures.add(f"{site.kind}: answered and recorded, to the last one", recorded, "")


if __name__ == "__main__":
    main()
