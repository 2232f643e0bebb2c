"""Fifty thousand attempts by twenty thousand members for a thousand tickets."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from multiprocessing import get_context
from pathlib import Path

import msgspec
import pytest

from ledger.application import Ledger
from ledger.drops import eligibility
from ledger.drops.state import Slot
from ledger.event import Fact
from ledger.store import postgres
from projections.claims import claims
from projections.engine.database import Views
from projections.engine.registry import PROJECTIONS
from projections.engine.runner import catch_up
from projections.sell_through import sell_through
from tests.support.concurrent_claims import (
    DROP,
    Attempt,
    ClaimRun,
    claim_concurrently,
    claim_faults,
    claim_into_file,
    prepare_drop,
)

RUN = ClaimRun(members=4_000, tickets=1_000, attempts=10_000)
LARGE = ClaimRun(members=20_000, tickets=1_000, attempts=50_000)
SIZES = pytest.mark.parametrize("run", [RUN, pytest.param(LARGE, marks=pytest.mark.night)])
SMALL = ClaimRun(members=400, tickets=60, attempts=1_500)
PROCESSES = 3


def facts_of(url: str) -> list[Fact]:
    with closing(Ledger(url)) as ledger:
        facts: list[Fact] = []
        while page := ledger.facts(facts[-1].position if facts else 0, 20_000):
            facts += page
        return facts


def pressed_by_processes(url: str, run: ClaimRun, folder: Path) -> list[Attempt]:
    presses, spawn = run.presses(), get_context("spawn")
    paths = [folder / f"told-{number}.json" for number in range(PROCESSES)]
    processes = [
        spawn.Process(target=claim_into_file, args=(url, presses[number::PROCESSES], str(path)))
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
    """Return the number of claimed tickets in the views, by second and by branch."""
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
    sqlite_url: str, tmp_path: Path, run: ClaimRun
) -> None:
    prepare_drop(sqlite_url, run)

    attempts = claim_concurrently(sqlite_url, run.presses())

    assert list(claim_faults(facts_of(sqlite_url), attempts, run)) == []
    assert counted(sqlite_url, tmp_path) == (run.tickets, run.tickets)


@pytest.mark.postgres
@pytest.mark.slow
@SIZES
def test_three_processes_on_postgres_give_every_ticket_once(
    postgres_url: str, tmp_path: Path, run: ClaimRun
) -> None:
    prepare_drop(postgres_url, run)

    attempts = pressed_by_processes(postgres_url, run, tmp_path)

    assert list(claim_faults(facts_of(postgres_url), attempts, run)) == []
    assert counted(postgres_url, tmp_path) == (run.tickets, run.tickets)
    told = Counter(one.told for one in attempts)
    assert told["claimed"] == run.tickets
    assert told["again"] > 0
    assert set(told) == {"claimed", "again", "already_claimed", "sold_out"}


@pytest.mark.postgres
def test_without_the_lock_no_place_is_given_twice(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare_drop(postgres_url, SMALL)
    monkeypatch.setattr(postgres, "_LOCK", postgres._LOCK.replace("FOR UPDATE", ""))

    presses = SMALL.presses()
    with ThreadPoolExecutor(2) as pool:
        halves = list(
            pool.map(
                lambda half: claim_concurrently(postgres_url, half), (presses[::2], presses[1::2])
            )
        )
    attempts = [*halves[0], *halves[1]]
    monkeypatch.undo()

    assert list(claim_faults(facts_of(postgres_url), attempts, SMALL)) == []


@pytest.mark.control
def test_a_ledger_that_forgets_taken_places_is_detected(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare_drop(sqlite_url, SMALL)
    monkeypatch.setattr(Slot, "left", property(lambda _slot: 1))

    attempts = claim_concurrently(sqlite_url, SMALL.presses())

    found = list(claim_faults(facts_of(sqlite_url), attempts, SMALL))
    assert f"{SMALL.members} claims of {SMALL.tickets} tickets" in found


@pytest.mark.control
def test_a_ledger_that_forgets_ticket_holders_is_detected(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare_drop(sqlite_url, SMALL)
    monkeypatch.setattr(eligibility, "check_limits", lambda *_states: None)

    attempts = claim_concurrently(sqlite_url, SMALL.presses())

    assert "a member has two tickets" in list(claim_faults(facts_of(sqlite_url), attempts, SMALL))
