"""A rehearsal, from the copy to the outcome."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import NamedTuple

import msgspec

from ledger import drops
from ledger.application import Ledger
from ledger.drops.lifecycle import known_plan
from ledger.drops.terms import Mode, Plan, timed
from ledger.errors import HongkaError, InputInvalid
from ledger.event import Fact
from pos_gateway.child_process import HONGKA, NotStarted, free_port, running, wait_until_ready
from pos_gateway.rehearsal.copy import Place, Told, copy_members, place, players
from pos_gateway.rehearsal.crowd import Attempt, Wish, ways
from pos_gateway.rehearsal.load import play_all
from pos_gateway.rehearsal.outcome import Outcome, outcome
from pos_gateway.rehearsal.playing import Part
from pos_gateway.services import Services
from pos_gateway.settings import Settings

ATTEMPTS_MAX = 2_000_000
"""The number of attempts after which bots stop, since each attempt is kept in memory."""

OPENS_IN_SECONDS = 4.0
"""The time from announcement to opening; the first bots press two seconds before it."""

FACTS_A_PAGE = 10_000
DROP_ID_LENGTH_MAX = 64
GATEWAYS = 3
"""The default number of gateways on PostgreSQL."""


class GatewayNotStarted(HongkaError):
    """A gateway of the rehearsal ended before it answered; `problem` is the end of its log."""


class Rehearsed(NamedTuple):
    """The outcome of a rehearsal, with the plan, facts and attempts it was counted from.

    `gateways` is their number; `place` is removed by now unless it was kept.
    """

    outcome: Outcome
    plan: Plan
    facts: list[Fact]
    attempts: list[Attempt]
    gateways: int
    place: Place


def rehearse(services: Services, wish: Wish, told: Told) -> Rehearsed:
    """Rehearse the opening of a drop on a copy of this ledger.

    The copy announces the drop anew, to open in a moment, with every time shifted alike, and
    without proof of work, which phones do and not this machine. The real log is only read.

    Raises:
        Refusal: no such drop was announced, it was cancelled, or its mode is not first come.
        InputInvalid: several gateways were requested on SQLite.
        CopyNotEmpty: the database named for the copy holds facts.
        GatewayNotStarted: a gateway did not start.
        EOFError: the load ended without a result.
    """
    ledger_url = services.settings.ledger_url
    where = place(services.settings.var, ledger_url, named=wish.ledger_url, kept=wish.kept)
    zone, limits = services.ledger.zone, services.settings.limits
    with ExitStack() as stack:
        made = stack.enter_context(where)
        copy = stack.enter_context(closing(Ledger(made.ledger_url, zone=zone, limits=limits)))
        members = copy_members(services.ledger, copy, told)
        copy.confirm_clock()  # the last fact may be of any time
        plan = known_plan(copy.drop(wish.drop_id), Mode.FIRST_COME)
        chance = Random(wish.seed)  # noqa: S311 - a play, told by its seed
        pressing = ways(wish.members, wish.shares, chance)
        crowd = players(copy, members, plan.audience, pressing, chance, told)
        count = _gateways(wish, made)
        told("starting gateways", 0, count)
        addresses = stack.enter_context(_serving(made, services.settings, count))
        told("starting gateways", count, count)
        before = copy.head()
        part = Part(
            addresses=addresses,
            drop_id=f"rehearsal-{wish.drop_id}"[:DROP_ID_LENGTH_MAX],
            plan=plan,
            players=crowd,
            seconds=wish.seconds,
            connections=wish.connections,
            attempts_max=ATTEMPTS_MAX,
            seed=wish.seed,
        )
        played = play_all(part, lambda: _announce(copy, part.drop_id, plan), told)
        announced = known_plan(copy.drop(part.drop_id))
        facts = list(_facts(copy, before, part.drop_id))
        counted = outcome(announced, crowd, facts, played)
    return Rehearsed(counted, announced, facts, played.attempts, count, made)


def shifted(plan: Plan, opens_at: datetime) -> Plan:
    """Return the plan without proof of work, every time shifted so that it opens at `opens_at`."""
    by = opens_at - plan.opens_at
    return msgspec.structs.replace(timed(plan, lambda at: at + by), challenge=False)


def _gateways(wish: Wish, made: Place) -> int:
    """Return the number of gateways: the wish, or GATEWAYS; on SQLite 1, more: InputInvalid."""
    if not made.on_sqlite:
        return wish.gateways or GATEWAYS
    if (wish.gateways or 1) > 1:
        raise InputInvalid(field="gateways", most=1)
    return 1


@contextmanager
def _serving(where: Place, settings: Settings, count: int) -> Iterator[list[str]]:
    """Run `count` gateways on the copy, and yield their addresses when all of them answer.

    They have the settings of the real gateway, but for databases and address. Several are
    accompanied by `hongka follow`; a single one updates its views itself. All are ended with the
    block.

    Raises:
        GatewayNotStarted: one ended before it answered.
    """
    with ExitStack() as stack:
        addresses: list[str] = []
        started: list[tuple[subprocess.Popen[bytes], Path]] = []
        for number in range(count):
            chosen = _settings(where, settings, follow=count == 1)
            log = where.var / f"gateway-{number}.log"
            serve = running((*HONGKA, "serve"), chosen.environment, log)
            started.append((stack.enter_context(serve), log))
            addresses.append(f"http://{chosen.host}:{chosen.port}")
        if count > 1:
            log = where.var / "follow.log"
            stack.enter_context(running((*HONGKA, "follow"), chosen.environment, log))
        for process, log in started:
            try:
                wait_until_ready(process, log)
            except NotStarted as ended:
                raise GatewayNotStarted(problem=str(ended)) from None
            stack.callback(process.terminate)  # All at once; then they are waited for in turn.
        yield addresses


def _settings(where: Place, settings: Settings, *, follow: bool) -> Settings:
    port = free_port()
    read = Settings.read({"HONGKA_VAR": str(where.var), "LEDGER_URL": where.ledger_url})
    return msgspec.structs.replace(
        settings,
        var=where.var,
        ledger_url=read.ledger_url,
        views_url=read.views_url,
        vault_url=read.vault_url,
        heads=read.heads,
        host="127.0.0.1",
        port=port,
        health_port=port + 1,
        workers=1,
        follow=follow,
    )


def _announce(copy: Ledger, drop_id: str, plan: Plan) -> float:
    """Announce the drop in the copy, and return its opening by the monotonic clock, in seconds.

    The program announces it, without a second person: the copy has no staff, and pays nobody.
    """
    now = copy.time()
    opens = time.monotonic() + OPENS_IN_SECONDS
    opens_at = now + timedelta(seconds=OPENS_IN_SECONDS)
    copy.officers.drops.announce_drop(drop_id, plan=shifted(plan, opens_at))
    return opens


def _facts(copy: Ledger, after: int, drop_id: str) -> Iterator[Fact]:
    """Yield the facts of the drop and of its tickets, in the order of the log."""
    while page := copy.facts(after, FACTS_A_PAGE):
        for fact in page:
            ticket = getattr(fact.event, "ticket", None)
            if drops.stream(drop_id) == fact.stream or getattr(ticket, "drop_id", "") == drop_id:
                yield fact
        after = page[-1].position
