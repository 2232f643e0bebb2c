"""Edits of a small log behind the back of the ledger, by somebody who owns its database file."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import pysqlite3

from ledger.proof.heads import HeadSigner
from ledger.proof.note import HeadKey
from ledger.proof.verification import Verified, verify
from ledger.store import Draft, Log
from ledger.store.rows import leaves_of
from ledger.store.sqlite import Sqlite
from ledger.store.tree import TILE, grown, root

SECRET = b"s" * 32
SIZES = (100, 200, 290)
FACTS = 300
STREAMS = 7

Row = list[Any]
"""A fact in the order of `Stored`."""

Edit = Callable[[list[Row], Random], int]
"""A change of the facts in place, which returns the first position that it touches."""


class SmallLog(NamedTuple):
    """The bytes of a log of FACTS facts, its copies of older SIZES, and the heads outside."""

    octets: bytes
    copies: dict[int, bytes]
    outside: list[str]


def drafts(first: int, count: int) -> list[Draft]:
    """Return facts that follow position `first`, spread over STREAMS streams."""
    return [
        Draft(
            f"card-{n % STREAMS}",
            n // STREAMS + 1,
            "card.used",
            f"2026-11-21T12:{n // 60:02}:{n % 60:02}.000000Z",
            f'{{"amount_minor":{n}}}',
            '{"by":"till-1"}',
            f"r{n}",
        )
        for n in range(first, first + count)
    ]


def small_log(folder: Path) -> SmallLog:
    """Make the log; the copies are as of each size, with the head of that size signed."""
    path, outside, copies = folder / "made.db", list[str](), dict[int, bytes]()
    for before, size in zip((0, *SIZES), (*SIZES, FACTS), strict=True):
        with closing(Log(f"sqlite:///{path}")) as log:
            log.create()
            with log.locked() as tx:
                tx.append(drafts(before, size - before))
            if size in SIZES:
                HeadSigner(log, SECRET, outside.append).sign()
        copies[size] = path.read_bytes()
    return SmallLog(copies.pop(FACTS), copies, outside)


def verified(path: Path, outside: list[str]) -> Verified:
    """Verify the log in a file against these heads outside it."""
    with closing(Log(f"sqlite:///{path}")) as log:
        return verify(log, HeadKey(SECRET), outside, lambda _to, _of: None)


def tamper(path: Path, chance: Random, edit: Edit, *, expert: bool) -> int:
    """Edit the facts of a log, and make its triggers again; return the first position touched.

    An expert also makes positions, versions, leaves, head row, frontier and tiles fit, and the
    heads in the database as far as that goes without the key.
    """
    with closing(pysqlite3.connect(path, isolation_level=None)) as connection:
        execute = connection.execute
        for trigger in Sqlite.triggers:
            execute(f"DROP TRIGGER {trigger.split()[2]}")
        rows = [[*row] for row in execute("SELECT * FROM facts ORDER BY position")]
        touched = edit(rows, chance)
        execute("BEGIN")
        execute("DELETE FROM facts")
        if expert:
            _make_fit(rows)
            _cover(execute, rows, touched, chance)
        connection.executemany("INSERT INTO facts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
        for trigger in Sqlite.triggers:
            execute(trigger)
        execute("COMMIT")
    return touched


def _make_fit(rows: list[Row]) -> None:
    versions: dict[str, int] = {}
    latest = ""
    for position, row in enumerate(rows, 1):
        row[0] = position
        row[2] = versions[row[1]] = versions.get(row[1], 0) + 1
        row[4] = latest = max(latest, row[4])
        row[8] = leaves_of([row])[0]


def _cover(execute: Any, rows: list[Row], touched: int, chance: Random) -> None:
    leaves = [row[8] for row in rows]
    head = (
        (len(rows), rows[-1][4], leaves[-1], grown(b"", 0, leaves)) if rows else (0, "", b"", b"")
    )
    execute("UPDATE head SET position = ?, at = ?, leaf = ?, frontier = ?", head)
    execute("DELETE FROM tile")
    for number in range(len(leaves) // TILE):
        tile = b"".join(leaves[number * TILE : (number + 1) * TILE])
        execute("INSERT INTO tile VALUES (?, ?)", (number, tile))
    forger = HeadKey(b"x" * 32)
    for (size,) in execute("SELECT size FROM signed_head").fetchall():
        how = chance.choice(["keep", "remove", "forge"])
        if size < touched or how == "keep":
            continue
        execute("DELETE FROM signed_head WHERE size = ?", (size,))
        if how == "forge" and size <= len(rows):
            frontier = grown(b"", 0, leaves[:size])
            note = forger.sign((size, root(frontier)))
            execute("INSERT INTO signed_head VALUES (?, ?, ?, ?)", (size, "", note, frontier))


def change(rows: list[Row], chance: Random) -> int:
    """Change one field of a fact."""
    row = chance.choice(rows[: SIZES[-1]])
    column = chance.choice([1, 3, 4, 5, 6, 7])
    another = f"{row[column]}x" if column != 4 else f"2026-11-21T11:59:{chance.randrange(60)}"
    row[column] = another
    return int(row[0])


def delete(rows: list[Row], chance: Random) -> int:
    """Delete a fact."""
    return int(rows.pop(chance.randrange(SIZES[-1]))[0])


def insert(rows: list[Row], chance: Random) -> int:
    """Insert a fact of a new stream, and move the later ones on."""
    place = chance.randrange(SIZES[-1])
    row = [*rows[place]]
    row[1], row[2], row[7], row[8] = "card-new", 1, "new", chance.randbytes(32)
    rows.insert(place, row)
    _number(rows)
    return place + 1


def reorder(rows: list[Row], chance: Random) -> int:
    """Move a fact to a later place."""
    first, last = sorted(chance.sample(range(SIZES[-1]), 2))
    rows.insert(last, rows.pop(first))
    _number(rows)
    return first + 1


def swap(rows: list[Row], chance: Random) -> int:
    """Exchange two facts."""
    first, last = sorted(chance.sample(range(SIZES[-1]), 2))
    rows[first], rows[last] = rows[last], rows[first]
    _number(rows)
    return first + 1


def truncate(rows: list[Row], chance: Random) -> int:
    """Delete the facts after some place below the last head."""
    kept = chance.randrange(SIZES[-1])
    del rows[kept:]
    return kept + 1


def _number(rows: list[Row]) -> None:
    for position, row in enumerate(rows, 1):
        row[0] = position


EDITS: tuple[Edit, ...] = (change, delete, insert, reorder, swap, truncate)
