"""The rows that prove the log: bare facts in order, tiles of leaves, and signed heads."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from ledger.store.database import COLUMNS
from ledger.store.log_view import Tx, View

_RANGE = "FROM facts WHERE position > ? AND position <= ? ORDER BY position"
_HEADS = "SELECT size, at, checkpoint, frontier FROM signed_head"
_NEW_HEAD = "INSERT INTO signed_head VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING size"
_NEW_TILE = "INSERT INTO tile VALUES (?, ?) ON CONFLICT DO NOTHING RETURNING number"


class SignedHead(NamedTuple):
    """A head of the log: size, time (text) of signing, note, and the frontier of its tree."""

    size: int
    at: str
    checkpoint: str
    frontier: bytes


def raw_facts(view: View, after: int, last: int) -> Sequence[Sequence[Any]]:
    """Return the facts after a position up to `last`, as bare rows in the order of `Stored`."""
    return view.rows(f"SELECT {COLUMNS} {_RANGE}", after, last)


def leaves(view: View, after: int, last: int) -> list[bytes]:
    """Return the leaves of the facts after a position up to `last`."""
    return [leaf for (leaf,) in view.rows(f"SELECT leaf {_RANGE}", after, last)]


def last_position(view: View) -> int:
    """Return the position of the last row of facts, whatever the head tells; 0 without any."""
    return int(view.rows("SELECT coalesce(max(position), 0) FROM facts")[0][0])


def tile_count(view: View) -> int:
    """Return the number of tiles up to the last one."""
    return int(view.rows("SELECT coalesce(max(number) + 1, 0) FROM tile")[0][0])


def tiles(view: View, first: int, end: int) -> dict[int, bytes]:
    """Return the tiles from the number `first` to before `end`; missing ones are left out."""
    found = view.rows("SELECT * FROM tile WHERE number >= ? AND number < ?", first, end)
    return {number: leaves for number, leaves in found}  # noqa: C416 - rows of two


def keep_tile(tx: Tx, number: int, hashes: Sequence[bytes]) -> None:
    """Store a tile; one that is stored stays as it is."""
    tx.write(_NEW_TILE, number, b"".join(hashes))


def signed_heads(view: View) -> Iterator[SignedHead]:
    """Yield every signed head, in the order of sizes."""
    after = -1
    while page := view.rows(f"{_HEADS} WHERE size > ? ORDER BY size LIMIT 1000", after):
        yield from (SignedHead(*row) for row in page)
        after = page[-1][0]


def last_head(view: View) -> SignedHead | None:
    """Return the largest signed head; None before the first."""
    rows = view.rows(f"{_HEADS} ORDER BY size DESC LIMIT 1")
    return SignedHead(*rows[0]) if rows else None


def head_of(view: View, size: int) -> SignedHead | None:
    """Return the signed head of a size, if there is one."""
    rows = view.rows(f"{_HEADS} WHERE size = ?", size)
    return SignedHead(*rows[0]) if rows else None


def keep_head(tx: Tx, head: SignedHead) -> bool:
    """Store a signed head; return False where one of its size is stored, which stays."""
    return bool(tx.write(_NEW_HEAD, *head))
