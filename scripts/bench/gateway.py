"""Tills and drops over HTTP, beside a no-op route, a plain app and Redis on the same server."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import click

from pos_gateway.api.drops_schema import ClaimAsked
from scripts.bench import city, plain, redis, servers
from scripts.bench.calls import CARDS, ITEM, NOT_OPEN, REASONS, SESSION, SOLD_OUT, DropGateway
from scripts.bench.command import Fresh, bench
from scripts.bench.figures import Figures
from scripts.bench.servers import GATEWAY, PLAIN, Load, Server, serving, settings
from tests.support.postgres import OWNER, as_role

WORKERS = {"sqlite": 1, "postgres": 2}
CONNECTIONS = (32, 64)
"""All loads run with the first number of connections, those of AT_MORE with the second as well."""

AT_MORE = ("no-op", "redemption", "claim", "plain claim", "redis claim")
MEMBERS_A_SECOND = 7_000
LEAST_A_SECOND = 5_000
LOOKS = {"sqlite": 2, "postgres": 6}
"""The times that each member loads their tickets first, so that each worker knows most members."""

STATES_PER_MEMBER = 5


class _Site(NamedTuple):
    """The servers beside each other by name, the stores of the simpler ones, and the gateway."""

    gateway: DropGateway
    servers: dict[str, Server]
    stores: dict[str, plain.Store]

    def loads(self, drop_id: str, number: int) -> dict[str, Callable[[], list[bytes]]]:
        """Return functions that make the calls of each load; its first word may name a server.

        Claims are in the drop `drop_id`, and `number` are the redemptions and validations.
        """
        gateway = self.gateway
        loads = {
            "no-op": lambda: [servers.request("GET", "/")],
            "redemption": partial(gateway.tills, "redemption", number),
            "validation": partial(gateway.tills, "validation", number),
            "claim": partial(gateway.claims, drop_id),
            "sold out": partial(gateway.claims, SOLD_OUT),
            "not open": partial(gateway.claims, NOT_OPEN),
            "page of a drop": lambda: [servers.request("GET", "/api/v1/drops/drop-0")],
            "list of drops": lambda: [servers.request("GET", "/api/v1/drops")],
        }
        for store in self.stores:
            loads[f"{store} claim"] = partial(gateway.claims, drop_id)
            loads[f"{store} sold out"] = partial(gateway.claims, SOLD_OUT)
        return loads


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
    figures.machine["load"] = servers.LOAD_BY
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
                    for what, one in measured.items():
                        if what in REASONS:
                            refused[what].append(one)
                        if number:  # the first fills caches, and the plain app prepares statements
                            one.add_to(figures, f"{kind}, {each} connections: ", what)
        counts = site.gateway.turned_away()  # the servers have stopped and recorded their counts
        for what, (drop_id, reason) in REASONS.items():
            servers.check_recorded(what, refused[what], counts[drop_id, reason])


@contextmanager
def _site(figures: Figures, kind: str, fresh: Fresh, members: int, drops: int) -> Iterator[_Site]:
    """Run the no-op, the gateway and the plain apps, filled, with `drops` drops to claim in."""
    with ExitStack() as stack:
        workers = WORKERS[kind]
        # As many as the members have, or the bench would measure how states are dropped and loaded.
        states = str(members * STATES_PER_MEMBER)
        chosen = settings(stack, workers=workers, LEDGER_URL=fresh("gateway"), HONGKA_STATES=states)
        gateway = DropGateway(chosen, members=members, drops=drops)
        urls = {"plain": as_role(OWNER, fresh("plain"))} if kind == "postgres" else {}
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
        started = {
            "no-op": serving(PLAIN, settings(stack, workers=workers)),
            "gateway": serving(GATEWAY, chosen),
        }
        for name, url in urls.items():
            started[name] = serving(PLAIN, settings(stack, workers=workers), **{plain.URL: url})
        running = {name: stack.enter_context(one) for name, one in started.items()}
        yield _Site(gateway, running, stores)


def _warm(site: _Site, looks: int, connections: int, seconds: float) -> None:
    """Load members' tickets, at least `looks` times in all, and use the cards.

    So every worker has their states in its cache.
    """
    gateway, server = site.gateway, site.servers["gateway"]
    asked = 0
    while asked < looks:
        asked += gateway.checked("tickets", server, gateway.looks(), connections, seconds).answered
    for what in ("redemption", "validation"):
        server.under(gateway.tills(what, 3 * CARDS), connections, seconds)


def _round(
    site: _Site, drop_id: str, connections: int, seconds: float, only: Sequence[str] | None
) -> dict[str, Load]:
    """Measure each load (`only` these; None: all) once; return the results by its name."""
    measured: dict[str, Load] = {}
    number = 0
    for what in only or site.loads(drop_id, 0):
        if what not in (loads := site.loads(drop_id, number)):
            continue  # there is no such store
        name = what.partition(" ")[0]
        server = site.servers.get(name, site.servers["gateway"])
        one = site.gateway.checked(what, server, loads[what](), connections, seconds)
        if what.endswith(" claim"):
            servers.check_recorded(what, [one], site.stores[name].count(drop_id))
        if what == "no-op":  # more than any gateway could answer
            number = round(max(0.8 * one.rate, LEAST_A_SECOND) * seconds) + connections
        measured[what] = one
    return measured


if __name__ == "__main__":
    main()
