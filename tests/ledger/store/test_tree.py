"""The tree of RFC 6962, against published vectors and the definition in the RFC."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as some

from ledger.store.tree import grown, root

PUBLISHED = [
    ("", "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
    ("00", "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
    ("10", "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
    ("2021", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"),
    ("3031", "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"),
    ("40414243", "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"),
    ("5051525354555657", "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"),
    (
        "606162636465666768696a6b6c6d6e6f",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ),
]
"""The inputs of the tests of certificate-transparency, and the root after each."""


def leaf_of(octets: bytes) -> bytes:
    return sha256(b"\0" + octets).digest()


def by_definition(leaves: list[bytes]) -> bytes:
    """Return the Merkle tree hash as section 2.1 of the RFC defines it."""
    if not leaves:
        return sha256().digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    left, right = by_definition(leaves[:split]), by_definition(leaves[split:])
    return sha256(b"\1" + left + right).digest()


def test_roots_are_those_that_certificate_transparency_published() -> None:
    frontier = b""
    for size, (octets, published) in enumerate(PUBLISHED):
        frontier = grown(frontier, size, [leaf_of(bytes.fromhex(octets))])
        assert root(frontier).hex() == published


def test_an_empty_tree_has_the_hash_of_nothing() -> None:
    assert root(b"").hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@given(first=some.integers(0, 300), more=some.integers(0, 300))
def test_leaves_added_at_once_or_one_by_one_give_the_defined_root(first: int, more: int) -> None:
    leaves = [leaf_of(str(n).encode()) for n in range(first + more)]

    frontier = grown(b"", 0, leaves[:first])
    for size, leaf in enumerate(leaves[first:], first):
        frontier = grown(frontier, size, [leaf])

    assert frontier == grown(b"", 0, leaves)
    assert root(frontier) == by_definition(leaves)
    assert len(frontier) == 32 * (first + more).bit_count()


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257])
def test_another_leaf_gives_another_root(size: int) -> None:
    leaves = [leaf_of(str(n).encode()) for n in range(size)]
    changed = [*leaves[:-1], leaf_of(b"another")]

    assert root(grown(b"", 0, changed)) != root(grown(b"", 0, leaves))
