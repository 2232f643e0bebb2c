"""A state batch: the states that the requests of one batch read and change."""

import logging
import typing
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec
from immutables import Map

from ledger.errors import InputInvalid
from ledger.event import Event, UnknownTopic, decode, encode, topic_of
from ledger.store import Draft, Loaded, Log, Stored, StoreFailure, View, is_name
from ledger.text import sound_json
from ledger.write.state_cache import PeekedStates, StateCache, VersionedState
from ledger.write.streams import CATEGORIES, category_of

SNAPSHOT_EVERY = 1_000
"""The least number of facts between two snapshots of a stream, so that a long one loads fast.

A state with many entries (its `size`) waits for half as many facts as it has entries, so that the
cost of snapshots per fact stays the same however large the state grows.
"""

PAYLOAD_LENGTH_MAX = 4 * 2**20
"""The longest payload of one fact, in characters: enough for terms that name all they may name."""

_ENCODE = msgspec.json.Encoder().encode

_log = logging.getLogger(__name__)


class StateBatch:
    """The states of one batch: reads fall through to the log, changes wait for the commit."""

    def __init__(self, cache: StateCache, view: View) -> None:
        """Bring the cache up to date with a view of the log; may raise UnknownTopic."""
        cache.advance(view)
        self._cache = cache
        self._view = view
        self._empty: dict[str, VersionedState] = {}
        self.changed: dict[str, VersionedState] = {}

    def __getitem__(self, stream: str) -> Any:
        """Return the state of a stream; its category's initial state if nothing is recorded."""
        return self._known(stream).state

    def load(self, streams: Iterable[str]) -> None:
        """Load all streams that are not cached in one query, then those usually read with them.

        A stream that cannot be folded, or a text that is no name, is passed over: only a request
        that reads it fails.
        """
        while missing := [one for one in dict.fromkeys(streams) if self._is_missing(one)]:
            streams = []
            for stream, loaded in self._view.load(missing).items():
                try:
                    known = folded(stream, loaded, self._view)
                except (StoreFailure, UnknownTopic):
                    raise
                except Exception:  # noqa: BLE001 - one stream's fault is not the others'
                    _log.exception("%s cannot be folded", category_of(stream))
                    continue
                self._keep(stream, known)
                streams += CATEGORIES[category_of(stream)].read_with(known.state)

    def all(self, category: str) -> list[Any]:
        """Return every committed stream's state of a category, ordered as in `StateCache.names`."""
        names = list(self._cache.names(category, self._view))
        self.load(names)
        return [self[name] for name in names]

    def record(
        self,
        events: Sequence[Event],
        *,
        at: str,
        by: str,
        account: str,
        fingerprint: str,
        request_id: str | None,
        answering: int = 0,
    ) -> list[Draft]:
        """Draft the facts of one request, and fold them into the states of this batch.

        The event at index `answering` carries the fingerprint and the request id, unless that is
        None. `at` is text of `at_text`. Facts name `account`, if any, beside their actor. A payload
        that is too long or not sound, or a stream without id, raises InputInvalid, and nothing is
        folded.
        """
        drafts = []
        # Taken over at the end: a fault leaves nothing behind.
        folded: dict[str, VersionedState] = {}
        said = {"by": by, "account": account} if account else {"by": by}
        plain = sound_json(_ENCODE(said).decode())
        for number, event in enumerate(events):
            stream = event.stream
            topic, payload = topic_of(event), sound_payload(event)
            version, state, kept = folded.get(stream) or self._known(stream)
            evolved = CATEGORIES[category_of(stream)].evolve(state, event)
            folded[stream] = VersionedState(version + 1, evolved, kept)
            if len(payload) > PAYLOAD_LENGTH_MAX or stream.endswith("-"):
                raise InputInvalid(problem="too long, or no id")
            decode(topic, payload)  # a fact that could not be loaded is not recorded
            metadata, name = plain, None
            if request_id is not None and number == answering:
                metadata, name = _ENCODE(said | {"asked": fingerprint}).decode(), request_id
            drafts.append(Draft(stream, version + 1, topic, at, payload, metadata, name))
        self.changed.update(folded)
        return drafts

    def snapshots(self) -> list[tuple[str, int, str]]:
        """Return the due snapshots of changed streams, as (stream, version, text); often none.

        They count as kept: nobody learns of the states unless they are committed together.
        """
        due = {stream: known for stream, known in self.changed.items() if is_due(known)}
        self.changed |= {
            stream: known._replace(kept=known.version) for stream, known in due.items()
        }
        return [snapshot_row(stream, known) for stream, known in due.items()]

    def _is_missing(self, stream: str) -> bool:
        return self._find(stream) is None and is_name(stream)

    def _known(self, stream: str) -> VersionedState:
        known = self.changed.get(stream) or self._find(stream)
        if known is None:
            if not is_name(stream):
                raise InputInvalid(problem="no id")
            known = folded(stream, self._view.load([stream])[stream], self._view)
            self._keep(stream, known)
        return known

    def _find(self, stream: str) -> VersionedState | None:
        return self._cache.find(stream) or self._empty.get(stream)

    def _keep(self, stream: str, known: VersionedState) -> None:
        """Keep a loaded state in the cache or, if it has no facts, for this batch alone."""
        if known.version or CATEGORIES[category_of(stream)].kept_when_empty:
            self._cache.keep(stream, known)
        else:
            self._empty[stream] = known

    def version(self, stream: str) -> int:
        """Return the number of facts in a stream's state, this batch's too; 0 if it has none."""
        return self._known(stream).version

    def committed(self, stream: str, after_version: int, *, without: str) -> Iterator[Stored]:
        """Yield the committed facts of a stream above a version, except of the topic `without`."""
        return self._view.history(stream, after_version, without=without)


def sound_payload(event: Event) -> str:
    """Return the JSON of an event; InputInvalid names the field of a text that is not sound."""
    payload = encode(event)
    if sound_json(payload) != payload:
        texts = ((name, encode(getattr(event, name))) for name in event.__struct_fields__)
        odd = next(name for name, text in texts if sound_json(text) != text)
        raise InputInvalid(field=odd, problem="odd_characters")
    return payload


AnyStates = StateBatch | PeekedStates
"""The states that a look reads: those of the log or, if they are new enough, the cached ones."""


def folded(stream: str, loaded: Loaded, view: View) -> VersionedState:
    """Return a loaded stream's state; from its first fact if another program made the snapshot."""
    category = CATEGORIES[category_of(stream)]
    state, kept = category.initial, 0
    facts: Iterable[Stored] = loaded.facts
    if loaded.snapshot is not None:
        found = snapshot_state(loaded.snapshot, type(category.initial), category.program)
        if found is None:
            facts = view.history(stream)
        else:
            state, kept = found, loaded.version
    version = kept
    for stored in facts:
        state = category.evolve(state, decode(stored.topic, stored.payload))
        version = stored.version
    return VersionedState(version, state, kept)


def is_due(known: VersionedState) -> bool:
    """Return whether a state has grown enough since its latest snapshot; see SNAPSHOT_EVERY."""
    size = getattr(known.state, "size", 0)
    return known.version - known.kept >= max(SNAPSHOT_EVERY, size / 2)


class _Snapshot(msgspec.Struct):
    program: str
    state: msgspec.Raw


def snapshot_row(stream: str, known: VersionedState) -> tuple[str, int, str]:
    """Return a stream's state as a row of snapshots: stream, version and text."""
    program = CATEGORIES[category_of(stream)].program
    return stream, known.version, snapshot_text(known.state, program)


def snapshot_text(state: Any, program: str) -> str:
    """Return a state as JSON text, with `program`, the hash of the program that folded it."""
    return msgspec.json.encode({"program": program, "state": state}, enc_hook=_plain).decode()


def snapshot_state(text: str, kind: type[Any], program: str) -> Any | None:
    """Return the state of a snapshot as a `kind`; None if a program with another hash folded it."""
    snapshot = msgspec.json.decode(text, type=_Snapshot)
    if snapshot.program != program:
        return None
    return msgspec.json.decode(snapshot.state, type=kind, dec_hook=_map)


def _plain(value: Any) -> Any:
    if isinstance(value, Map):
        return dict(value)
    raise NotImplementedError(type(value))


def _map(kind: Any, value: Any) -> Any:
    if typing.get_origin(kind) is Map:
        return Map(msgspec.convert(value, dict[typing.get_args(kind)], dec_hook=_map))  # type: ignore[misc]
    raise NotImplementedError(kind)


def renew_snapshots(log: Log) -> int:
    """Fold every stream whose snapshot another program made, and keep each at once; count them.

    The lock of the log is held for the writing of one snapshot at a time, never for a fold. A
    stream that cannot be folded is passed over: who asks for it is told why. Where the log takes no
    snapshot, such as on a full disk, the rest is left as it is.
    """
    with log.reading() as view:
        stale = [stream for stream, text in view.snapshots() if not _is_ours(stream, text)]
    renewed = 0
    for stream in stale:
        try:
            _renew(log, stream)
            renewed += 1
        except StoreFailure as failure:
            _log.warning("no more snapshots are renewed: %s", failure)
            break
        except Exception:  # noqa: BLE001 - one stream's fault is not the others'
            _log.exception("the snapshot of %s cannot be renewed", stream)
    return renewed


def _is_ours(stream: str, begins: str) -> bool:
    """Return whether this program made a snapshot, by its beginning, or knows no such stream."""
    category = CATEGORIES.get(category_of(stream))
    return category is None or begins.startswith(snapshot_text({}, category.program)[: -len("{}}")])


def _renew(log: Log, stream: str) -> None:
    with log.reading() as view:
        known = folded(stream, view.load([stream])[stream], view)
    with log.locked() as tx:
        tx.keep_snapshots([snapshot_row(stream, known)])
