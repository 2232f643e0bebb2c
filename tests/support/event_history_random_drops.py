"""Random histories of drops, and projections that have read them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from random import Random
from typing import Any

from sqlalchemy import Connection

from ledger.event import Fact
from projections.engine.database import Views
from projections.engine.registry import PROJECTIONS
from projections.engine.runner import catch_up
from tests.support.event_history_drops import DROPS, MEMBERS, OPENS_AT, SLOTS, DropHistory
from tests.support.event_history_visits import reader


def random_drop_history(seed: int) -> DropHistory:
    """Return two drops that are claimed, waited for, amended and used at random."""
    chance = Random(seed)  # noqa: S311 - a made-up past
    history = DropHistory()
    claims, tickets = (
        ["claim"] * 4 + ["join"] * 3 + ["take_up"] * 2 + ["leave"],
        ["use"] * 3 + ["undo"],
    )
    hours = (0, 1, 2, 64, 70, 71, 94, 100, 120)
    for number, hour in enumerate(hours):
        history.now = max(history.now, OPENS_AT + timedelta(hours=hour))
        verbs = [*(claims if number < 4 else tickets), "release", "wait", "turn_away"]
        for _ in range(120):
            history.step(_chosen(chance, chance.choice(verbs)))
        history.step(("amend", chance.choice(DROPS), chance.randrange(6), chance.randrange(90)))
    if chance.random() < 0.5:
        history.step(("cancel", "spring"))
    return history


@contextmanager
def view_rows(url: str, facts: Sequence[Fact]) -> Iterator[Connection]:
    """Return the rows of every projection after these events."""
    views = Views(url, PROJECTIONS)
    try:
        catch_up(views, reader(facts))
        with views.reading() as connection:
            yield connection
    finally:
        views.close()


def _chosen(chance: Random, verb: str) -> tuple[Any, ...]:
    drop_id, party = chance.choice(DROPS), chance.randint(1, 3)
    match verb:
        case "claim" | "join" | "leave":
            asked = (drop_id, chance.choice(sorted(MEMBERS)), chance.choice(SLOTS), party)
            return (verb, *asked[: 3 if verb == "leave" else 4])
        case "use":
            return (verb, chance.randrange(90), party)
        case "turn_away":
            return (verb, drop_id, chance.randint(1, 900))
        case "wait":
            return (verb, chance.choice([0.3, 0.3, 1.0, 40.0]))
        case _:
            return (verb, chance.randrange(90))
