"""Fifty thousand attempts by twenty thousand members for a thousand tickets."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from multiprocessing import get_context
from pathlib import Path

import msgspec
import pytest

from ledger.application import Ledger
from ledger.drops import claim
from ledger.drops.state import Slot
from ledger.event import Fact
from ledger.store import postgres
from projections.claims import claims
from projections.engine.database import Views
from projections.engine.registry import PROJECTIONS
from projections.engine.runner import catch_up
from projections.sell_through import sell_through
from tests.support.concurrent_claims import DROP, Attempt, Grab, faults, press, press_into, stage

GRAB = Grab(members=4_000, tickets=1_000, attempts=10_000)
LARGE = Grab(members=20_000, tickets=1_000, attempts=50_000)
SIZES = pytest.mark.parametrize("grab", [GRAB, pytest.param(LARGE, marks=pytest.mark.night)])
SMALL = Grab(members=400, tickets=60, attempts=1_500)
PROCESSES = 3


def facts_of(url: str) -> list[Fact]:
    with closing(Ledger(url)) as ledger:
        facts: list[Fact] = []
        while page := ledger.facts(facts[-1].position if facts else 0, 20_000):
            facts += page
        return facts


def pressed_by_processes(url: str, grab: Grab, folder: Path) -> list[Attempt]:
    presses, spawn = grab.presses(), get_context("spawn")
    paths = [folder / f"told-{number}.json" for number in range(PROCESSES)]
    processes = [
        spawn.Process(target=press_into, args=(url, presses[number::PROCESSES], str(path)))
        for number, path in enumerate(paths)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join(240)
    assert [process.exitcode for process in processes] == [0] * PROCESSES
    return [
        one for path in paths for one in msgspec.json.decode(path.read_bytes(), type=list[Attempt])
    ]


def counted(url: str, folder: Path) -> tuple[int, int]:
    """How many tickets the views say were claimed: second by second, and branch by branch."""
    views = Views(f"sqlite:///{folder}/views.db", PROJECTIONS)
    with closing(views), closing(Ledger(url)) as ledger:
        catch_up(views, ledger.facts)
        with views.reading() as connection:
            by_second = sum(row.claims for row in sell_through(connection, DROP))
            by_branch = sum(row["claims"] for row in claims(connection, ["branch"]))
    return by_second, by_branch


@pytest.mark.slow
@SIZES
def test_one_process_on_sqlite_gives_every_ticket_once(
    sqlite_url: str, tmp_path: Path, grab: Grab
) -> None:
    stage(sqlite_url, grab)

    attempts = press(sqlite_url, grab.presses())

    assert list(faults(facts_of(sqlite_url), attempts, grab)) == []
    assert counted(sqlite_url, tmp_path) == (grab.tickets, grab.tickets)


@pytest.mark.postgres
@pytest.mark.slow
@SIZES
def test_three_processes_on_postgres_give_every_ticket_once(
    postgres_url: str, tmp_path: Path, grab: Grab
) -> None:
    stage(postgres_url, grab)

    attempts = pressed_by_processes(postgres_url, grab, tmp_path)

    assert list(faults(facts_of(postgres_url), attempts, grab)) == []
    assert counted(postgres_url, tmp_path) == (grab.tickets, grab.tickets)
    told = Counter(one.told for one in attempts)
    assert told["claimed"] == grab.tickets
    assert told["again"] > 0
    assert set(told) == {"claimed", "again", "already_claimed", "sold_out"}


@pytest.mark.postgres
def test_without_the_lock_no_place_is_given_twice(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage(postgres_url, SMALL)
    monkeypatch.setattr(postgres, "_LOCK", postgres._LOCK.replace("FOR UPDATE", ""))

    presses = SMALL.presses()
    with ThreadPoolExecutor(2) as pool:
        halves = list(
            pool.map(lambda half: press(postgres_url, half), (presses[::2], presses[1::2]))
        )
    attempts = [*halves[0], *halves[1]]
    monkeypatch.undo()

    assert list(faults(facts_of(postgres_url), attempts, SMALL)) == []


def test_a_ledger_that_forgets_what_is_taken_is_found_out(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage(sqlite_url, SMALL)
    monkeypatch.setattr(Slot, "left", property(lambda _slot: 1))

    attempts = press(sqlite_url, SMALL.presses())

    found = list(faults(facts_of(sqlite_url), attempts, SMALL))
    assert f"{SMALL.members} claims of {SMALL.tickets} tickets" in found


def test_a_ledger_that_forgets_who_has_one_is_found_out(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage(sqlite_url, SMALL)
    monkeypatch.setattr(claim, "check_limits", lambda *_states: None)

    attempts = press(sqlite_url, SMALL.presses())

    assert "a member has two tickets" in list(faults(facts_of(sqlite_url), attempts, SMALL))
