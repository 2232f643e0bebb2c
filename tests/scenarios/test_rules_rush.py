"""The rules that always hold, under concurrent requests of threads, ledgers and processes."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from multiprocessing import get_context

import pytest

from ledger import errors
from ledger.application import Ledger
from ledger.redemptions import redemption
from ledger.store import postgres
from tests.ledger.write.test_state_cache import folded, known
from tests.support.ledger_fixture import PER_DAY, populate, scan
from tests.support.oracle_redemptions import faults

NOON = datetime(2099, 5, 1, 4, tzinfo=UTC)
THREADS, EACH = 8, 6


def rush(url: str, part: str) -> None:
    """Open a ledger and redeem from many threads; repeat while it is busy."""
    with closing(Ledger(url)) as ledger, ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(lambda thread: visits(ledger, f"{part}-{thread}"), range(THREADS)))


def visits(ledger: Ledger, name: str) -> None:
    for number in range(EACH):
        redemption_id = f"{name}-{number}" if number else f"shared-{name[-1]}"
        card_id = f"c{(number + int(name[-1])) % 2 + 1}" if number else "c1"
        visit(ledger, redemption_id, card_id, ("care", "hair")[number % 2])


def visit(ledger: Ledger, redemption_id: str, card_id: str, choice: str) -> None:
    for _ in range(200):
        try:
            made = ledger.tills.redemptions.redeem(
                redemption_id, scan(card_id, choice), at=NOON
            ).made
        except errors.Busy:
            continue
        except errors.Refusal:
            return
        assert made.redemption_id == redemption_id
        return
    raise AssertionError("busy for ever")


def judged(url: str) -> list[str]:
    """Return the faults of the log, and whether requests were concurrent."""
    with closing(Ledger(url)) as ledger:
        facts = ledger.facts(0, 10_000)
        assert known(ledger) == folded(ledger)
        assert ledger.fund("care").available_minor == 0
        made = [fact.event for fact in facts if isinstance(fact.event, redemption.Redeemed)]
        hair = [one for one in made if one.lines and one.lines[0].choice_id == "hair"]
        assert len(hair) >= 2 * PER_DAY
        return faults(facts)


def furnished(url: str) -> str:
    with closing(Ledger(url)) as ledger:
        populate(ledger)
    return url


def two_ledgers(url: str) -> None:
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda part: rush(url, part), ("a", "b")))


def test_two_ledgers_of_many_threads_keep_every_rule(database_url: str) -> None:
    two_ledgers(furnished(database_url))

    assert judged(database_url) == []


@pytest.mark.postgres
def test_processes_on_one_database_keep_every_rule(postgres_url: str) -> None:
    furnished(postgres_url)
    spawn = get_context("spawn")
    processes = [spawn.Process(target=rush, args=(postgres_url, part)) for part in ("a", "b", "c")]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)

    assert [process.exitcode for process in processes] == [0, 0, 0]
    assert judged(postgres_url) == []


@pytest.mark.postgres
def test_without_the_lock_the_unique_guards_still_hold(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    furnished(postgres_url)
    assert "FOR UPDATE" in postgres._LOCK
    monkeypatch.setattr(postgres, "_LOCK", postgres._LOCK.replace("FOR UPDATE", ""))
    two_ledgers(postgres_url)
    monkeypatch.undo()

    assert judged(postgres_url) == []


@pytest.mark.control
def test_a_ledger_that_forgets_uses_under_load_is_detected(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    furnished(database_url)
    monkeypatch.setattr(
        redemption, "_counted", lambda state, _made, _count: (state.uses, state.recent)
    )
    two_ledgers(database_url)

    assert any("more than a member" in fault for fault in judged(database_url))
