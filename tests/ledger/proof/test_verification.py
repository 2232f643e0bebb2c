"""Whatever is done to a log behind the ledger's back is found, as far as a head is outside."""

from contextlib import closing
from pathlib import Path
from random import Random

import pysqlite3
import pytest

from ledger.proof import walk
from ledger.proof.heads import HeadSigner
from ledger.proof.verification import Verified
from ledger.store import Damaged, Log, log_view
from ledger.store.rows import leaves_before
from tests.support.tampered_log import (
    EDITS,
    FACTS,
    SECRET,
    SIZES,
    SmallLog,
    drafts,
    small_log,
    tamper,
    truncate,
    verified,
)

EDITS_MADE = 500
CHANGED, MISSING = "a fact was changed", "a fact is missing"
NOT_SIGNED = "the facts are not those of a signed head"
MORE = "a signed head has more facts than there are"
HEAD = "the row of the head does not fit the facts"
TRIGGERS = "the triggers that refuse to change facts are gone or changed"
RESTORED = 7
"""One edit of so many is the restore of an older copy."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> SmallLog:
    return small_log(tmp_path_factory.mktemp("made"))


def seeded(seed: int) -> Random:
    return Random(seed)  # noqa: S311 - edits by chance, the same each time


def problems(found: Verified) -> dict[str, int | None]:
    """Return the position of each problem."""
    return {one.problem: one.position for one in found.findings}


def good_before(position: int) -> int:
    """Return the size of the last head below a position; 0 without one."""
    return max((size for size in SIZES if size < position), default=0)


def restore(path: Path, made: SmallLog, chance: Random) -> int:
    """Put an older copy in place, on which the ledger may have gone on; return what it lacks."""
    size = chance.choice(SIZES[:-1])
    path.write_bytes(made.copies[size])
    if chance.random() < 0.5:
        with closing(Log(f"sqlite:///{path}")) as log, log.locked() as tx:
            again = drafts(size, chance.randrange(1, FACTS - size))
            tx.append([one._replace(payload='{"amount_minor":1}') for one in again])
    return size + 1


def test_a_log_as_it_was_recorded_is_right(made: SmallLog, tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    path.write_bytes(made.octets)

    found = verified(path, made.outside)

    assert (found.facts, found.heads, found.findings) == (FACTS, len(SIZES), [])
    assert found.last_good == (SIZES[-1], drafts(SIZES[-1] - 1, 1)[0].at)


def test_500_random_edits_below_the_last_head_are_all_found(made: SmallLog, tmp_path: Path) -> None:
    chance, path = seeded(11), tmp_path / "log.db"
    for number in range(EDITS_MADE):
        path.write_bytes(made.octets)
        edit, expert = chance.choice(EDITS), number % 2 == 0
        if restored := number % RESTORED == 0:
            touched = restore(path, made, chance)
        else:
            touched = tamper(path, chance, edit, expert=expert)

        found = verified(path, made.outside)

        what = f"edit {number}: {edit.__name__} at {touched}, {expert=}, {restored=}"
        assert found.findings, what
        if restored or expert or edit is truncate:
            # Then the last good head is told: it is the last one below the edit
            assert {NOT_SIGNED, MORE} & problems(found).keys(), what
            assert found.last_good[0] == good_before(touched), what
        else:
            # Then a leaf tells the first bad position
            told = problems(found)
            first = min(told.get(leaf_tells, FACTS) or FACTS for leaf_tells in (CHANGED, MISSING))
            assert first == touched, what


def test_without_heads_outside_an_expert_would_not_be_found(made: SmallLog, tmp_path: Path) -> None:
    """The control: what finds these edits is nothing but the heads that the expert cannot reach."""
    path, missed = tmp_path / "log.db", 0
    for number in range(60):
        path.write_bytes(made.octets)
        tamper(path, seeded(number), EDITS[number % len(EDITS)], expert=True)
        with closing(pysqlite3.connect(path)) as connection, connection:
            connection.execute("DELETE FROM signed_head")
        missed += not verified(path, []).findings

    assert missed == 60


@pytest.mark.parametrize("expert", [False, True])
def test_younger_facts_are_proven_by_their_leaves_alone(
    made: SmallLog, tmp_path: Path, *, expert: bool
) -> None:
    # Given an edit after the last head, in the open minute
    path = tmp_path / "log.db"
    path.write_bytes(made.octets)
    tamper(path, seeded(1), lambda rows, _: rows[295].__setitem__(5, "{}") or 296, expert=expert)
    # When the leaves were made anew as well, nobody can tell; else the place is named
    assert problems(verified(path, made.outside)) == ({} if expert else {CHANGED: 296, HEAD: None})


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("DROP TRIGGER facts_are_never_changed", TRIGGERS),
        ("UPDATE head SET frontier = x'00'", HEAD),
        ("UPDATE head SET position = 7", HEAD),
        ("UPDATE tile SET leaves = x'00'", "a tile does not fit the facts"),
        ("DELETE FROM tile", "a tile does not fit the facts"),
        (
            "UPDATE signed_head SET frontier = x'00' WHERE size = 200",
            "a head in the database is not signed by this ledger",
        ),
        (
            "UPDATE signed_head SET checkpoint = 'x' WHERE size = 200",
            "a head in the database is not signed by this ledger",
        ),
        ("DELETE FROM signed_head WHERE size = 200", "a head outside is not in the database"),
    ],
)
def test_each_row_that_proves_the_log_is_checked(
    made: SmallLog, tmp_path: Path, statement: str, problem: str
) -> None:
    path = tmp_path / "log.db"
    path.write_bytes(made.octets)
    with closing(pysqlite3.connect(path)) as connection, connection:
        connection.execute(statement)

    assert problem in problems(verified(path, made.outside))


def test_a_log_without_a_head_is_damaged(made: SmallLog, tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    path.write_bytes(made.octets)
    with closing(pysqlite3.connect(path)) as connection, connection:
        connection.execute("DELETE FROM head")

    with pytest.raises(Damaged, match="row of the head is missing"):
        verified(path, made.outside)


def test_a_trigger_that_refuses_nothing_is_no_guard(made: SmallLog, tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    path.write_bytes(made.octets)
    with closing(pysqlite3.connect(path)) as connection, connection:
        connection.execute("DROP TRIGGER facts_are_never_changed")
        connection.execute(
            "CREATE TRIGGER facts_are_never_changed BEFORE UPDATE ON facts BEGIN SELECT 1; END"
        )

    assert problems(verified(path, made.outside)) == {TRIGGERS: None}


def test_text_that_is_no_text_any_more_is_named(made: SmallLog, tmp_path: Path) -> None:
    # Given a byte of a payload that turned into none of UTF-8
    path = tmp_path / "log.db"
    path.write_bytes(made.octets.replace(b'{"amount_minor":109}', b'{"amount_minor":10\xff}'))

    assert verified(path, made.outside).findings[0].position == 110


def test_a_head_outside_that_another_key_signed_is_a_finding(
    made: SmallLog, tmp_path: Path
) -> None:
    path = tmp_path / "log.db"
    path.write_bytes(made.octets)

    found = verified(path, [*made.outside, "half a note"])

    assert problems(found) == {"a head outside is not signed by this ledger": None}


@pytest.mark.parametrize("sealed", [True, False])
def test_a_request_id_of_a_former_fact_that_was_changed_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, sealed: bool
) -> None:
    # Given facts of release 2026.11.2, over which this one signed its first heads
    path, outside = tmp_path / "log.db", list[str]()
    with closing(Log(f"sqlite:///{path}")) as log:
        log.create()
        with monkeypatch.context() as former, log.locked() as tx:
            former.setattr(log_view, "leaves_of", leaves_before)
            tx.append(drafts(0, 3_000))
        with log.locked() as tx:
            tx.append(drafts(3_000, 10))
        if not sealed:  # the control
            monkeypatch.setattr(walk, "octets_of", lambda _rows: b"")
        for _ in range(2):
            HeadSigner(log, SECRET, outside.append).sign()
    found = verified(path, outside)
    assert (found.facts, problems(found)) == (3_010 + sealed, {})
    # When a former request id changes behind the ledger's back
    tamper(path, seeded(1), lambda rows, _: rows[7].__setitem__(7, "another") or 8, expert=False)
    # Then it is found
    assert bool(problems(verified(path, outside))) is sealed
