"""Signing of heads: the facts since the last head are checked, then their tree is signed."""

import logging
from collections.abc import Callable, Iterable
from threading import Lock

from ledger.event import encode
from ledger.proof.note import HeadKey
from ledger.proof.walk import Walk
from ledger.request_ids import TOPIC, RequestsSealed
from ledger.store import Damaged, Draft, Log, View, at_text
from ledger.store.proof_rows import (
    SignedHead,
    head_of,
    keep_head,
    keep_tile,
    last_head,
    last_position,
    leaves,
    raw_facts,
    tile_count,
)
from ledger.store.rows import Head
from ledger.store.tree import TILE, root

EVERY_SECONDS = 60
TILES_AT_ONCE = 256
"""The most tiles that are written under one lock."""

Publish = Callable[[str], None]
"""A function that keeps a signed note outside the database, or raises OSError."""

Outside = Callable[[], list[str] | None]
"""A function that returns the latest notes kept outside the database; None if it cannot tell."""

_log = logging.getLogger(__name__)


class HeadSigner:
    """Signs heads of a log with the key made from a secret, if there is one, for any thread.

    `damaged` tells why the log is not what was recorded, and `unpublished` why the last head could
    not be kept outside the database; both are empty while all is well.
    """

    damaged = unpublished = ""

    def __init__(
        self,
        log: Log,
        secret: bytes,
        publish: Publish,
        on_damage: Callable[[], None] = lambda: None,
        outside: Outside = lambda: None,
    ) -> None:
        """Call `on_damage` once the log turns out to be damaged, as against the heads `outside`."""
        self._log, self._publish, self._on_damage = log, publish, on_damage
        self._outside = outside
        self._key = HeadKey(secret) if secret else None
        self._waiting: str | None = None
        self._lock = Lock()

    def sign(self) -> None:
        """Check the facts since the last head, and sign the head of the log if there are any.

        At first, the log must have the latest heads outside; without any, a warning is logged.
        The first one over facts of a former release has the next one seal their request ids.
        It is kept in the database, and published; of heads that could not be published, the last
        one is tried again, and at first that of a process that may have stopped before. Without a
        key, nothing is done.

        Raises:
            Damaged: the log is not what was recorded, and no head was signed.
            StoreFailure: the database failed.
        """
        if self._key is None:
            return
        with self._lock:
            self._log.wrote = False
            try:
                self._sign(self._key)
            except Damaged as damage:
                self.damaged = damage.problem
                self._on_damage()
                raise
            except BaseException:
                self._log.wrote = True
                raise
            self._publish_waiting()

    def sign_on(self, wait: Callable[[float], bool]) -> None:
        """Sign each minute in which this process recorded facts, until `wait(seconds)` is true."""
        while not wait(EVERY_SECONDS):
            self.sign_recorded()

    def sign_recorded(self) -> None:
        """Sign if this process recorded facts since it last signed; errors are logged."""
        if (self._log.wrote or self.unpublished) and not self.damaged:
            try:
                self.sign()
            except Exception:  # noqa: BLE001 - the facts are recorded; the next minute tries again
                _log.exception("no head was signed")

    def _sign(self, key: HeadKey) -> None:
        outside = self._outside() if self._waiting is None else None
        with self._log.reading() as view:  # begun later, it has all that they are of
            _check_outside(view, key, outside)
            (signed, walk), (head, at) = checked_tail(view, key), (view.head, at_text(view.now))
            if self._waiting is None and (last := last_head(view)) is not None:
                self._waiting = last.checkpoint
        if head.position == signed:
            return
        self._keep_tiles(head.position // TILE)
        note = key.sign((head.position, root(head.frontier)))
        with self._log.locked() as tx:
            if keep_head(tx, SignedHead(head.position, at, note, head.frontier)):
                self._waiting = note
                if walk.unsealed:  # at the time of the last fact: no clock was asked
                    seal = RequestsSealed(digest=walk.former.hexdigest())
                    by = '{"by":"system"}'
                    fact = Draft(seal.stream, 1, TOPIC, tx.head.at, encode(seal), by, None)
                    tx.append([fact])

    def _keep_tiles(self, end: int) -> None:
        """Write the full tiles before the number `end` that are not stored."""
        with self._log.reading() as view:
            first = tile_count(view)
        for number in range(first, end, TILES_AT_ONCE):
            with self._log.reading() as view:
                last = min(number + TILES_AT_ONCE, end) * TILE
                hashes = leaves(view, number * TILE, last)
            with self._log.locked() as tx:
                for n in range(0, len(hashes), TILE):
                    keep_tile(tx, number + n // TILE, hashes[n : n + TILE])

    def _publish_waiting(self) -> None:
        try:
            if self._waiting:
                self._publish(self._waiting)
            self._waiting = self.unpublished = ""
        except OSError as error:
            self.unpublished = str(error)
            _log.error("a signed head could not be kept outside the database: %s", error)


def _check_outside(view: View, key: HeadKey, notes: Iterable[str] | None) -> None:
    """Raise Damaged unless the database has each head of these notes that the key signed."""
    known = [*filter(None, map(key.read, notes or ()))]
    if notes is not None and not known and last_head(view) is not None:
        _log.warning("no head outside the database was found, to compare the log with")
    for size, claimed in known:
        stored = head_of(view, size)
        if view.head.position < size or stored is None or root(stored.frontier) != claimed:
            raise Damaged(
                f"the log does not have the {size} facts of a head outside; if you restored an"
                " older copy, set the heads outside aside"
            )


def checked_tail(view: View, key: HeadKey) -> tuple[int, Walk]:
    """Check the facts after the last signed head; return its size (0: none), and the walk.

    Raises Damaged unless facts, tree, head row and triggers are right, and the key signed the head.
    """
    if not view.is_guarded():
        raise Damaged("the triggers that guard the facts are gone or changed")
    walk, signed = Walk(), last_head(view)
    if signed is not None:
        if key.read(signed.checkpoint) != (signed.size, root(signed.frontier)):
            raise Damaged(f"the head of size {signed.size} is not signed by this folder of keys")
        for fact in raw_facts(view, signed.size - 1, signed.size):
            walk = Walk(Head(signed.size, fact[4], fact[-1], signed.frontier))
        if walk.size != signed.size:
            raise Damaged(f"position {signed.size} is missing, of which a head is signed")
    begun, last = walk.size, max(view.head.position, last_position(view))
    while walk.head.position < last and not walk.found:
        walk.grow(walk.read(view, last))
    for one in walk.found.values():
        raise Damaged(f"{one.problem} at position {one.position}")
    if walk.head != view.head:
        raise Damaged(f"head and facts do not agree at position {walk.head.position}")
    return begun, walk
