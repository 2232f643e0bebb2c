"""A walk over the log in the order of positions: it checks each fact and grows the tree."""

from collections.abc import Sequence
from hashlib import sha256
from itertools import compress
from operator import eq
from typing import Any

import msgspec

from ledger.request_ids import TOPIC, octets_of
from ledger.store import View
from ledger.store.proof_rows import raw_facts
from ledger.store.rows import Head, leaves_before, leaves_of
from ledger.store.tree import TILE, grown

PAGE = 10 * TILE
"""The facts of one page."""


class Finding(msgspec.Struct, omit_defaults=True):
    """A problem in words, the first place of it, if it has one, and the number of places."""

    problem: str
    position: int | None = None
    place: str = ""
    count: int = 1


class Walk:
    """Checks of the facts after a head up to which all is well; `found` holds the findings.

    `size` counts the leaves in the tree of `head`, whose other fields are those of the last fact.
    `former` is the hash of the request ids of former facts, which no fact seals while `unsealed`.
    """

    def __init__(self, head: Head = Head(0, "", b"", b"")) -> None:  # noqa: B008 - a constant
        self.head = head
        self.size = head.position
        self.found: dict[str, Finding] = {}
        self.rows: Sequence[Sequence[Any]] = ()
        self._versions: dict[str, int] = {}
        self._version_before = None if head.position else 0
        self._hashed = leaves_of
        self.former, self.unsealed = sha256(), False

    def find(self, problem: str, position: int | None = None, place: str = "") -> None:
        """Note a finding; of several of one problem, the first is told."""
        if problem in self.found:
            self.found[problem].count += 1
        else:
            self.found[problem] = Finding(problem, position, place)

    def read(self, view: View, last: int) -> list[bytes]:
        """Check one page of facts, at most up to `last`; return their leaves, made anew."""
        after, end = self.head.position, min(self.head.position + PAGE, last)
        self.rows = self._rows(view, after, end)
        leaves = self._check() if self.rows else []
        if self.head.position < end:
            self.find("a fact is missing", self.head.position + 1)
            self.head = self.head._replace(position=end)
        return leaves

    def grow(self, leaves: Sequence[bytes]) -> None:
        """Add leaves to the tree."""
        self.head = self.head._replace(frontier=grown(self.head.frontier, self.size, leaves))
        self.size += len(leaves)

    def _rows(self, view: View, after: int, last: int) -> Sequence[Sequence[Any]]:
        """Return the facts of a range; those that cannot be read are findings."""
        try:
            return raw_facts(view, after, last)
        except Exception as error:
            if "decode" not in str(error) and "malformed" not in str(error):
                raise  # the database is away
            if last == after + 1:
                self.find("a fact cannot be read", last)
                return []
            middle = (after + last) // 2
            return [*self._rows(view, after, middle), *self._rows(view, middle, last)]

    def _check(self) -> list[bytes]:
        """Check the page column by column; look for the place only where a column is wrong."""
        positions, streams, versions, topics, times, *_, kept = zip(*self.rows, strict=True)
        head, known = self.head, self._versions
        if positions != tuple(range(head.position + 1, head.position + 1 + len(positions))):
            for before, position in zip((head.position, *positions), positions, strict=False):
                if position != before + 1:
                    self.find("a fact is missing", before + 1)
        if [head.at, *times] != sorted([head.at, *times]):
            for position, earlier, at in zip(positions, (head.at, *times), times, strict=False):
                if at < earlier:
                    self.find("a fact is earlier than the one before", position)
        for position, stream, version in zip(positions, streams, versions, strict=True):
            before = known.get(stream, self._version_before)
            if before is not None and before != version - 1:
                self.find("a fact does not follow the one before in its stream", position)
            known[stream] = version
        leaves = self._leaves(topics, kept)
        self.head = Head(positions[-1], times[-1], leaves[-1], head.frontier)
        return leaves

    def _leaves(self, topics: tuple[str, ...], kept: tuple[bytes, ...]) -> list[bytes]:
        """Return the leaves of the page, each in the format of its release."""
        made, former = self._hashed(self.rows), self._hashed is leaves_before
        if made != [*kept]:
            other, former = leaves_before if self._hashed is leaves_of else leaves_of, True
            for n, leaf in enumerate(other(self.rows)):
                if leaf == kept[n]:
                    made[n], self._hashed = leaf, other  # it will fit the next facts as well
                elif made[n] != kept[n]:
                    self.find("a fact was changed", self.rows[n][0])
        if former:
            octets = octets_of(compress(self.rows, map(eq, leaves_before(self.rows), kept)))
            self.former.update(octets)
            self.unsealed = self.unsealed or bool(octets)
        if TOPIC in topics and self._version_before == 0:
            self.unsealed = False
            if self.former.hexdigest() not in self.rows[topics.index(TOPIC)][5]:
                self.find("request ids of former facts were changed")
        return made
