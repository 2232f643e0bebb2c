"""A rehearsal from the copy to the outcome."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from datetime import datetime, timedelta
from multiprocessing.connection import Connection
from random import Random
from typing import NamedTuple

import msgspec

from ledger.book import Ledger
from ledger.drop.running import check_mode, known_plan
from ledger.drop.terms import Mode, Plan
from ledger.errors import InputInvalid
from ledger.event import Fact
from pos_gateway.house import House
from pos_gateway.rehearsal.attempt import Attempt, Played
from pos_gateway.rehearsal.copy import Place, Told, copy_facts, place
from pos_gateway.rehearsal.crowd import Player, ways
from pos_gateway.rehearsal.gateways import serving
from pos_gateway.rehearsal.members import BY, players
from pos_gateway.rehearsal.outcome import Outcome, outcome
from pos_gateway.rehearsal.playing import Part, play
from pos_gateway.rehearsal.wish import Wish

ATTEMPTS_MAX = 2_000_000
"""Bots stop here: every attempt is kept until it is counted."""

WARM_SECONDS_LEAST = 2.5
PAGES_A_SECOND = 600
"""Members look at their pages before the opening, no more of them in a second than this."""

FACTS_A_PAGE = 10_000
DROP_ID_LENGTH_MAX = 64
GATEWAYS = 3
"""So many on PostgreSQL, unless the wish says otherwise."""

PROCESSORS_FOR_TWO = 4
"""With so many the load is made by two processes, else by one: the gateways need some too."""


class Rehearsed(NamedTuple):
    """What it came to, and all it was counted from."""

    outcome: Outcome
    plan: Plan
    facts: list[Fact]
    attempts: list[Attempt]
    gateways: int
    place: Place


def rehearse(house: House, wish: Wish, told: Told) -> Rehearsed:
    """Play the opening of a drop against a copy of the ledger of this house.

    The copy announces it anew, to open in a moment, with every time moved alike, and without the
    proof of work: that is for phones to do, not for this machine. The log of the house is only
    read.

    Raises:
        Refusal: there is no such drop, it was called off, or it is none of first come, first
            served.
        InputInvalid: several gateways are wished for on SQLite.
        CopyNotEmpty: the database named for the copy holds facts.
        GatewayNotStarted: a gateway did not start.

    """
    ledger_url = house.settings.ledger_url
    where = place(house.settings.var, ledger_url, named=wish.ledger_url, kept=wish.kept)
    with ExitStack() as stack:
        made = stack.enter_context(where)
        copy = stack.enter_context(
            closing(Ledger(made.ledger_url, zone=house.ledger.zone, limits=house.settings.limits))
        )
        members = copy_facts(house.ledger.store, copy.store, told)
        plan = known_plan(copy.state(f"drop-{wish.drop_id}"))
        check_mode(plan, Mode.FIRST_COME)
        chance = Random(wish.seed)  # noqa: S311 - a play, told by its seed
        crowd = players(
            copy, members, plan.audience, ways(wish.members, wish.shares, chance), chance, told
        )
        count = _gateways(wish, made)
        told("starting gateways", 0, count)
        addresses = stack.enter_context(serving(made, house.settings, count))
        told("starting gateways", count, count)
        before = copy.store.max_notification_id() or 0
        part, plan = _announced(copy, plan, wish, addresses, crowd)
        played = _play(part, told)
        facts = list(_facts(copy, before, part.drop_id))
        counted = outcome(plan, crowd, facts, played)
    return Rehearsed(counted, plan, facts, played.attempts, count, made)


def shifted(plan: Plan, opens_at: datetime) -> Plan:
    """The plan as it would be if it opened at this instant: every time is moved alike."""
    by = opens_at - plan.opens_at
    replace = msgspec.structs.replace
    items = tuple(
        replace(
            item,
            sessions=tuple(
                replace(one, starts_at=one.starts_at + by, ends_at=one.ends_at + by)
                for one in item.sessions
            ),
        )
        for item in plan.items
    )
    return replace(
        plan,
        items=items,
        opens_at=opens_at,
        closes_at=plan.closes_at + by,
        returns_until=plan.returns_until and plan.returns_until + by,
        challenge=False,
    )


def _gateways(wish: Wish, made: Place) -> int:
    """How many gateways: a file has one process to write it.

    Raises:
        InputInvalid: more are wished for on a file.

    """
    if not made.on_sqlite:
        return wish.gateways or GATEWAYS
    if (wish.gateways or 1) > 1:
        raise InputInvalid(field="gateways", most=1)
    return 1


def _announced(
    copy: Ledger, plan: Plan, wish: Wish, addresses: Sequence[str], crowd: Sequence[Player]
) -> tuple[Part, Plan]:
    """Announce the drop in the copy, to open once every member has looked at their page."""
    warm_seconds = max(WARM_SECONDS_LEAST, len(crowd) / PAGES_A_SECOND)
    now: datetime = copy.look(lambda _states, now: now)
    opens = time.monotonic() + warm_seconds + 1
    plan = shifted(plan, now + timedelta(seconds=warm_seconds + 1))
    drop_id = f"rehearsal-{wish.drop_id}"[:DROP_ID_LENGTH_MAX]
    copy.announce_drop(drop_id, plan=plan, by=BY)
    part = Part(
        addresses=addresses,
        drop_id=drop_id,
        plan=plan,
        players=crowd,
        opens=opens,
        warm_seconds=warm_seconds,
        seconds=wish.seconds,
        connections=wish.connections,
        attempts_max=ATTEMPTS_MAX,
        seed=wish.seed,
    )
    return part, plan


def _play(part: Part, told: Told) -> Played:
    """Play it from one process or two beside this one."""
    count = 2 if (os.cpu_count() or 1) >= PROCESSORS_FOR_TWO else 1
    parts = [
        part._replace(
            players=part.players[number::count],
            connections=max(1, part.connections // count),
            attempts_max=part.attempts_max // count,
        )
        for number in range(count)
    ]
    attempts: list[Attempt] = []
    pages: Counter[int] = Counter()
    unsent = 0
    with ExitStack() as stack:
        receivers = [stack.enter_context(_playing(one)) for one in parts]
        for receiver in receivers:
            played = _received(receiver, part, told)
            attempts += played.attempts
            pages += played.pages
            unsent += played.unsent
    return Played(attempts, pages, unsent)


@contextmanager
def _playing(part: Part) -> Iterator[Connection]:
    """A process that plays a part, and where it sends what it played; ended with this."""
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_send, args=(sender, part), daemon=True)
    process.start()
    sender.close()  # Else nobody would notice that the process ended.
    try:
        yield receiver
    finally:
        process.terminate()
        process.join()
        receiver.close()


def _send(sender: Connection, part: Part) -> None:
    sender.send(play(part))
    sender.close()


def _received(receiver: Connection, part: Part, told: Told) -> Played:
    """What a process played, told meanwhile how far it is.

    Raises:
        EOFError: it ended without a word.

    """
    total = round(part.warm_seconds + part.seconds)
    while not receiver.poll(1.0):
        now = time.monotonic() - part.opens
        what = "members open their pages" if now < 0 else "the drop is open"
        told(what, min(total, round(part.warm_seconds + now)), total)
    played: Played = receiver.recv()
    return played


def _facts(copy: Ledger, after: int, drop_id: str) -> Iterator[Fact]:
    """The facts of the drop, and the tickets made of it, in the sequence of the log."""
    while page := copy.facts(after, FACTS_A_PAGE):
        yield from (fact for fact in page if _is_of(fact, drop_id))
        after = page[-1].position


def _is_of(fact: Fact, drop_id: str) -> bool:
    ticket = getattr(fact.event, "ticket", None)
    return fact.stream == f"drop-{drop_id}" or getattr(ticket, "drop_id", None) == drop_id
