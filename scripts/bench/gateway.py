"""Redemptions and validations over HTTP, beside a no-op route on the same server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import NamedTuple

import click

from ledger.application import Ledger
from pos_gateway.auth.api_key import make_till_key
from pos_gateway.codes import card_bytes, make_session_code
from pos_gateway.codes.keys import LIFETIME_MAX_SECONDS, KeyRing
from pos_gateway.settings import Settings
from scripts.bench import city, load
from scripts.bench.databases import KINDS, databases
from scripts.bench.figures import Figures
from scripts.bench.load import Call, Load, check_answers
from scripts.bench.servers import GATEWAY, NO_OP, Counted, Measured, Server, serving, settings

WORKERS = {"sqlite": 1, "postgres": 2}
CARDS = 2_000
SECRET = bytes(range(32))
VALIDATIONS = 2_000
DRAINED = 400
EXAMPLES = 1_000
RATE_LEAST, P99_MOST = 0.4, 4
JSON = {"Content-Type": "application/json"}


class Gateway(Counted):
    """A gateway that is started later: its port, its log with cards, and requests to it."""

    def __init__(self, chosen: Settings) -> None:
        self.port = chosen.port
        super().__init__(chosen)
        self._ring = KeyRing.load(chosen.keys)
        self._chance = Random(6)  # noqa: S311 - the same scans each time
        self._numbers = count(1)
        ledger = Ledger(chosen.ledger_url)
        city.found(ledger, key_hash=make_till_key("m", "till", SECRET)[1])
        city.fill(ledger.store, cards=CARDS, facts=0)
        ledger.close()

    def redemptions(self, number: int) -> list[Call]:
        """Return `number` redemption requests, each with its own code and a new id."""
        return [
            Call("PUT", f"/api/v1/redemptions/bench-{next(self._numbers)}", headers, body)
            for headers, body in self._bodies(number, choosing=True)
        ]

    def validations(self, number: int) -> list[Call]:
        """Return `number` validation requests, each with its own code."""
        return [
            Call("POST", "/api/v1/validations", headers, body)
            for headers, body in self._bodies(number, choosing=False)
        ]

    def _bodies(self, number: int, *, choosing: bool) -> Iterator[tuple[dict[str, str], bytes]]:
        now = datetime.now(UTC)
        for scan in city.scans(self._chance, CARDS, number):
            code = make_session_code(
                self._ring,
                card=card_bytes(scan.card_id),
                now=now,
                jti=next(self._numbers).to_bytes(8, "big"),
                lifetime_seconds=LIFETIME_MAX_SECONDS,
            )
            body: dict[str, object] = {"code": code, "amount_minor": scan.amount_minor}
            if choosing:
                body["choices"] = scan.choices
            key = make_till_key(scan.merchant_id, scan.till_id, SECRET)[0]
            yield {**JSON, "Authorization": f"Bearer {key}"}, json.dumps(body).encode()


class _Side(NamedTuple):
    """The servers on one kind of database."""

    no_op: Server
    server: Server
    gateway: Gateway


@click.command()
@click.option("--database", type=click.Choice(list(KINDS)), default="both")
@click.option("--rounds", type=click.IntRange(min=1), default=5)
@click.option("--seconds", type=click.IntRange(min=1), default=3, help="Seconds of each load.")
@click.option("--connections", type=click.IntRange(min=2), default=32)
def main(  # noqa: D103 - the help text is the module's
    *, database: str, rounds: int, seconds: int, connections: int
) -> None:
    figures = Figures("gateway")
    figures.machine["load"] = load.BY
    with databases(database, figures) as made, ExitStack() as stack:
        gateways: dict[str, _Side] = {}
        for kind, fresh in made.items():
            var = Path(stack.enter_context(TemporaryDirectory(prefix="hongka-bench-var-")))
            idle = settings(var, workers=WORKERS[kind])
            no_op = Server(idle.port, stack.enter_context(serving(NO_OP, idle)))
            chosen = settings(var, workers=WORKERS[kind], ledger_url=fresh("gateway"))
            gateway = Gateway(chosen)
            server = Server(chosen.port, stack.enter_context(serving(GATEWAY, chosen)))
            gateways[kind] = _Side(no_op, server, gateway)
        for side in gateways.values():
            _warm(side.gateway, connections, seconds)
        for _ in range(rounds):
            for kind, side in gateways.items():
                _round(figures, kind, side, connections, seconds)
        for kind, side in gateways.items():
            _drain(figures, kind, side.gateway, connections)
    figures.show()


def _warm(gateway: Gateway, connections: int, seconds: int) -> None:
    """Send redemptions and validations, so that every worker gets the cards into its cache."""
    for calls in (gateway.redemptions(3 * CARDS), gateway.validations(3 * CARDS)):
        load.drive(gateway.port, calls, connections, seconds)


def _round(figures: Figures, kind: str, side: _Side, connections: int, seconds: int) -> None:
    no_op, server, gateway = side
    name = f"{kind}, workers {WORKERS[kind]}"
    nothing = no_op.under([Call("GET", "/", {}, b"")] * EXAMPLES, connections, seconds)
    # Enough calls for a server that does nothing.
    calls = gateway.redemptions(round(nothing.load.rate * seconds) + connections)
    before = gateway.head()
    redeemed = server.under(calls, connections, seconds)
    check(redeemed.load, gateway.count("redemption.made", before))
    validated = server.under(gateway.validations(VALIDATIONS), connections, seconds)
    demanded = kind == "postgres"
    _add(figures, f"{name}: no-op", nothing, None)
    _add(figures, f"{name}: redemptions", redeemed, nothing.load, demanded=demanded)
    _add(figures, f"{name}: validations", validated, nothing.load)


def _add(
    figures: Figures, name: str, measured: Measured, nothing: Load | None, *, demanded: bool = False
) -> None:
    load_ = measured.load
    check_answers(name, load_, refused=False)
    measured.add_to(figures, name)
    if nothing is not None:
        least, most = (RATE_LEAST, P99_MOST) if demanded else (None, None)
        figures.add(f"{name} to no-op", load_.rate / nothing.rate, "×", least=least)
        figures.add(f"{name}, p50 to no-op's", load_.p50_ms / nothing.p50_ms, "×")
        figures.add(f"{name}, p99 to no-op's", load_.p99_ms / nothing.p99_ms, "×", most=most)


def check(load_: Load, recorded: int) -> None:
    """Raise ClickException unless each answered redemption is in the log, and none too many."""
    if load_.asked > load_.prepared or not load_.answered <= recorded <= load_.asked:
        raise click.ClickException(f"{recorded} redemptions in the log after {load_}")


def _drain(figures: Figures, kind: str, gateway: Gateway, connections: int) -> None:
    """Send a few more requests and wait for their answers; the log must hold exactly these."""
    before = gateway.head()
    last = load.ask(gateway.port, gateway.redemptions(DRAINED), connections, 60)
    recorded = gateway.count("redemption.made", before)
    if last.refused or recorded != last.answered:
        raise click.ClickException(f"{kind}: {recorded} redemptions in the log after {last}")
    figures.add(f"{kind}: answered and recorded, to the last one", recorded, "")


if __name__ == "__main__":
    main()
