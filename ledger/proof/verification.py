"""Verification of a whole log: every fact, the tree, its tiles, and all signed heads."""

from collections.abc import Callable, Iterable
from functools import cache
from typing import NamedTuple

from ledger.proof.note import Checkpoint, HeadKey
from ledger.proof.walk import Finding, Walk
from ledger.store import Log
from ledger.store.proof_rows import SignedHead, last_position, signed_heads, tiles
from ledger.store.tree import TILE, root

Read = Callable[[str], Checkpoint | None]
"""`HeadKey.read`: a note is signed anew to be compared, once for both its places."""


class Verified(NamedTuple):
    """The facts read, the sizes of which heads are signed, the last good head, and the findings.

    The last good head (size, and time of its last fact) is before all that do not fit.
    """

    facts: int
    heads: int
    last_good: tuple[int, str]
    findings: list[Finding]


def verify(
    log: Log, key: HeadKey, outside: Iterable[str], on_page: Callable[[int, int], None]
) -> Verified:
    """Verify a log against its own rows, and the signed heads in it and `outside` (notes).

    `on_page` receives each position reached, and the last one. Facts that are recorded meanwhile
    are left out.
    """
    walk, good, read = Walk(), (0, ""), cache(key.read)
    with log.reading() as view:
        head, last = view.head, last_position(view)
        if not view.is_guarded():
            walk.find("the triggers that refuse to change facts are gone or changed")
        claims = _claims(walk, read, signed_heads(view))
    tiled = max(claims, default=0) // TILE
    _claim_outside(walk, read, outside, claims)
    sizes = sorted(claims, reverse=True)
    all_good = True
    while walk.head.position < last:
        begun = walk.size
        with log.reading() as view:
            leaves = walk.read(view, last)
            stored = tiles(view, begun // TILE, (begun + len(leaves)) // TILE)
        for n in range(0, min(len(leaves) // TILE, tiled - begun // TILE) * TILE, TILE):
            if stored.get((begun + n) // TILE) != b"".join(leaves[n : n + TILE]):
                walk.find("a tile does not fit the facts", place=f"{(begun + n) // TILE}")
        while sizes and sizes[-1] <= begun + len(leaves):
            size = sizes.pop()
            walk.grow(leaves[walk.size - begun : size - begun])
            if claims[size] != {root(walk.head.frontier)}:
                all_good = False
                walk.find("the facts are not those of a signed head", place=f"size {size}")
            elif all_good:
                good = size, walk.rows[size - begun - 1][4]
        walk.grow(leaves[walk.size - begun :])
        on_page(walk.head.position, last)
    if sizes:
        walk.find("a signed head has more facts than there are", place=f"size {sizes[0]}")
    if head != walk.head:
        walk.find("the row of the head does not fit the facts")
    return Verified(walk.size, len(claims), good, [*walk.found.values()])


def _claims(walk: Walk, read: Read, stored: Iterable[SignedHead]) -> dict[int, set[bytes]]:
    """Return the roots of the tree that the heads in the database claim, by size."""
    claims: dict[int, set[bytes]] = {}
    for size, _, note, frontier in stored:
        if read(note) == (size, root(frontier)):
            claims[size] = {root(frontier)}
        else:
            walk.find("a head in the database is not signed by this ledger", place=f"size {size}")
    return claims


def _claim_outside(
    walk: Walk, read: Read, notes: Iterable[str], claims: dict[int, set[bytes]]
) -> None:
    """Add what the heads outside the database claim."""
    for note in notes:
        size, claimed = read(note) or (0, b"")
        if not claimed:
            walk.find("a head outside is not signed by this ledger", place=note.partition("\n")[0])
        elif claimed not in claims.setdefault(size, set()):
            walk.find("a head outside is not in the database", place=f"size {size}")
            claims[size].add(claimed)
