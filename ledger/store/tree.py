"""The Merkle tree over the leaf hashes of the log, as in RFC 6962.

A frontier holds the roots of the full subtrees of a tree, the largest first, as octets of 32 each.
It suffices to add leaves and to compute the root.
"""

from collections.abc import Iterable
from functools import reduce
from hashlib import sha256

HASH_BYTES = 32

TILE = 256
"""The number of leaves in a full tile, as in C2SP tlog-tiles."""


def grown(frontier: bytes, size: int, leaves: Iterable[bytes]) -> bytes:
    """Return the frontier of a tree of `size` leaves after more leaves were added."""
    peaks = _peaks(frontier)
    for full, leaf in enumerate(leaves, size):
        node = leaf
        while full & 1:
            node = sha256(b"\x01" + peaks.pop() + node).digest()
            full >>= 1  # noqa: PLW2901 - one bit for each subtree that the leaf completes
        peaks.append(node)
    return b"".join(peaks)


def root(frontier: bytes) -> bytes:
    """Return the root (32 bytes) of the tree; that of an empty tree is the hash of nothing."""
    if not frontier:
        return sha256().digest()
    return reduce(
        lambda right, left: sha256(b"\x01" + left + right).digest(), _peaks(frontier)[::-1]
    )


def _peaks(frontier: bytes) -> list[bytes]:
    return [frontier[n : n + HASH_BYTES] for n in range(0, len(frontier), HASH_BYTES)]
