"""Heads are signed over facts that were checked, once each, and kept in two places."""

from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime

import pytest

from ledger.application import Ledger
from ledger.errors import Busy
from ledger.proof.heads import HeadSigner
from ledger.proof.note import HeadKey
from ledger.proof.verification import verify
from ledger.store import Damaged, Log
from ledger.store.proof_rows import signed_heads, tiles
from ledger.store.tree import TILE, root
from tests.ledger.store.test_log import execute
from tests.support.log_fixture import record
from tests.support.tampered_log import SECRET, drafts

KEY = HeadKey(SECRET)


def unguard(log: Log) -> Callable[[], None]:
    """Take the guard of the facts away; return a function that puts it back."""
    if log._database.engine.dialect.name == "sqlite":
        triggers = log._database.triggers
        for trigger in triggers:
            execute(log, f"DROP TRIGGER {trigger.split()[2]}")
        return lambda: [execute(log, trigger) for trigger in triggers] and None
    execute(log, "ALTER TABLE facts DISABLE TRIGGER USER")
    return lambda: execute(log, "ALTER TABLE facts ENABLE TRIGGER USER")


def change(log: Log, statement: str) -> None:
    """Change facts behind the back of the ledger, with the guards in place again afterwards."""
    guard = unguard(log)
    execute(log, statement)
    guard()


def sizes(log: Log) -> list[int]:
    with log.reading() as view:
        return [head.size for head in signed_heads(view)]


def test_a_head_is_signed_over_all_facts_and_kept_in_both_places(log: Log) -> None:
    outside: list[str] = []
    signer = HeadSigner(log, SECRET, outside.append)
    record(log, *drafts(0, 300))

    for _ in range(2):  # the second time there is nothing new
        signer.sign()

    with log.reading() as view:
        (head,) = signed_heads(view)
        assert outside == [head.checkpoint]
        assert KEY.read(head.checkpoint) == (300, root(view.head.frontier))
        assert tiles(view, 0, 9) == {0: b"".join(one.leaf for one in view.tail(0, TILE))}
    found = verify(log, KEY, outside, lambda _to, _of: None)
    assert (found.facts, found.heads, found.findings) == (300, 1, [])


def test_two_gateways_sign_one_head_of_a_size_and_go_on_from_each_others(log: Log) -> None:
    outside: list[str] = []
    one, two = (HeadSigner(log, SECRET, outside.append) for _ in range(2))
    for first in (0, 10, 20):
        record(log, *drafts(first, 10))
        one.sign()
        two.sign()
    record(log, *drafts(30, 10))
    two.sign()
    one.sign()

    assert sizes(log) == [10, 20, 30, 40]
    assert len({*outside}) == 4


def test_a_head_that_cannot_be_kept_outside_is_tried_again_and_writing_goes_on(
    log: Log, caplog: pytest.LogCaptureFixture
) -> None:
    outside: list[str] = []

    def fail(_note: str) -> None:
        raise OSError("no space left there")

    signer = HeadSigner(log, SECRET, fail)
    record(log, *drafts(0, 3))
    signer.sign()
    assert signer.unpublished == "no space left there"
    assert "no space left there" in caplog.text
    record(log, *drafts(3, 3))

    signer._publish = outside.append
    signer.sign()

    assert signer.unpublished == ""
    assert [found[0] for note in outside if (found := KEY.read(note))] == [6]
    assert sizes(log) == [3, 6]


def test_a_head_that_was_not_published_before_the_end_is_at_the_next_start(
    database_url: str,
) -> None:
    outside: list[str] = []

    def fail(_note: str) -> None:
        raise OSError("no space left there")

    with closing(Ledger(database_url, key=SECRET, publish=fail)) as ledger:
        ledger.officers.cards.register_member("m1", branch="branch-miyun")
    with closing(Ledger(database_url, key=SECRET, publish=fail)) as ledger:
        ledger.heads.sign()  # as at the start of a gateway
        assert ledger.heads.unpublished
        ledger.heads._publish = outside.append
        ledger.heads.sign_recorded()  # as each minute

    assert [found[0] for note in outside if (found := KEY.read(note))] == [1]


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        (
            "UPDATE facts SET payload = '{\"n\":9}' WHERE position = 8",
            "a fact was changed at position 8",
        ),
        (
            "UPDATE facts SET request_id = 'r' WHERE position = 8",
            "a fact was changed at position 8",
        ),
        ("DELETE FROM facts WHERE position = 8", "a fact is missing at position 8"),
        ("DELETE FROM facts WHERE position = 10", "a fact is missing at position 10"),
        ("DELETE FROM facts WHERE position > 4", "position 5 is missing"),
        ("UPDATE head SET position = 9", "head and facts do not agree"),
        ("UPDATE head SET frontier = leaf", "head and facts do not agree"),
        ("UPDATE signed_head SET checkpoint = 'mine'", "size 5 is not signed"),
        ("UPDATE signed_head SET frontier = (SELECT leaf FROM head)", "size 5 is not signed"),
    ],
)
def test_a_damaged_tail_is_not_signed(log: Log, statement: str, problem: str) -> None:
    signer = HeadSigner(log, SECRET, lambda _: None)
    record(log, *drafts(0, 5))
    signer.sign()
    record(log, *drafts(5, 5))
    change(log, statement)

    with pytest.raises(Damaged, match=problem):
        signer.sign()

    assert sizes(log) == [5]


def test_a_log_without_guards_is_damaged(log: Log) -> None:
    record(log, *drafts(0, 5))
    unguard(log)

    with pytest.raises(Damaged, match="triggers"):
        HeadSigner(log, SECRET, lambda _: None).sign()


def test_a_gateway_with_another_key_is_told_so(log: Log) -> None:
    record(log, *drafts(0, 5))
    HeadSigner(log, SECRET, lambda _: None).sign()

    with pytest.raises(Damaged, match="not signed by this folder of keys"):
        HeadSigner(log, b"x" * 32, lambda _: None).sign()


def test_a_ledger_signs_when_it_closes_and_only_what_it_recorded(database_url: str) -> None:
    outside: list[str] = []
    with closing(Ledger(database_url, key=SECRET, publish=outside.append)) as ledger:
        ledger.officers.cards.register_member("m1", branch="branch-miyun")
    with closing(Ledger(database_url, key=SECRET, publish=outside.append)) as ledger:
        ledger.member("m1")
    with closing(Ledger(database_url)) as ledger:
        ledger.officers.cards.register_member("m2", branch="branch-miyun")
    with closing(Ledger(database_url, key=SECRET, publish=outside.append)) as ledger:
        ledger.member("m1")

    assert [found[0] for note in outside if (found := KEY.read(note))] == [1]


def test_a_ledger_signs_each_minute_in_which_it_recorded(database_url: str) -> None:
    outside: list[str] = []
    with closing(Ledger(database_url, key=SECRET, publish=outside.append)) as ledger:

        def wait(seconds: float) -> bool:
            assert seconds <= 60
            signed.append(len(outside))
            if len(signed) % 2:
                ledger.officers.cards.register_member(f"m{len(signed)}", branch="branch-miyun")
            return len(signed) > 4

        signed: list[int] = []
        ledger.heads.sign_on(wait)

    assert signed == [0, 1, 1, 2, 2]
    assert len(outside) == 3


def test_a_damaged_log_stops_the_writer(
    database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    # Given a ledger that runs while its last fact is changed
    with closing(Ledger(database_url, key=SECRET)) as ledger:
        ledger.officers.cards.register_member("m1", branch="branch-miyun")
        ledger.officers.cards.register_member("m2", branch="branch-miyun")
        change(ledger.store, "UPDATE facts SET metadata = '{}' WHERE position = 2")
        # When the minute is over
        waits = iter([False, True])
        ledger.heads.sign_on(lambda _: next(waits))
        # Then nothing is signed, and nothing recorded any more
        assert ledger.heads.damaged == "a fact was changed at position 2"
        assert "a fact was changed at position 2" in caplog.text
        assert sizes(ledger.store) == []
        with pytest.raises(Busy):
            ledger.officers.cards.register_member("m3", branch="branch-miyun")


def test_a_head_has_the_time_of_the_log(log: Log) -> None:
    record(log, *drafts(0, 1))
    before = datetime.now(UTC).isoformat()[:10]
    HeadSigner(log, SECRET, lambda _: None).sign()

    with log.reading() as view:
        assert next(signed_heads(view)).at[:10] >= before


@pytest.mark.parametrize(
    ("statement", "problem", "position"),
    [
        (
            "UPDATE facts SET at = replace(at, '12:', '11:') WHERE position = 8",
            "a fact was changed",
            8,
        ),
        (
            "UPDATE facts SET stream = 'card-x', version = 1 WHERE position = 8",
            "a fact was changed",
            8,
        ),
        ("DELETE FROM facts WHERE position = 8", "a fact is missing", 8),
        (
            "DELETE FROM facts WHERE position > 4",
            "a signed head has more facts than there are",
            None,
        ),
    ],
)
def test_edits_below_a_head_are_found_on_either_database(
    log: Log, statement: str, problem: str, position: int | None
) -> None:
    outside: list[str] = []
    signer = HeadSigner(log, SECRET, outside.append)
    for first in (0, 5):
        record(log, *drafts(first, 5))
        signer.sign()
    change(log, statement)

    found = verify(log, KEY, outside, lambda _to, _of: None)

    assert {one.problem: one.position for one in found.findings}[problem] == position
    assert found.last_good[0] == (5 if position else 0)
