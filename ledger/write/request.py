"""A request: a decision to make and record under an idempotency key, and its answer."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import msgspec

from ledger.errors import Busy, ClockUnconfirmed, InputInvalid, Refusal, RequestReused
from ledger.event import Event, UnknownTopic, decode
from ledger.store import Draft, Stored, StoreFailure, is_name
from ledger.text import is_sound
from ledger.write.state_batch import StateBatch


class Answer(msgspec.Struct, frozen=True):
    """The event that answers a request; None if nothing had to be recorded.

    `replayed` is set if the event was recorded by an earlier request with the same id.
    """

    event: Event | None
    replayed: bool = False


def wake_callers(answered: list[Request]) -> None:
    """Let the threads that wait for these requests read their answers.

    It is the usual `wake` of a request. A request submitted by an event loop has another, which the
    writer's thread calls once for all requests of a batch that have it; it must not raise.
    """
    for request in answered:
        request.done.release()


class Request(msgspec.Struct, eq=False):
    """A decision to make and record or, with `by` None, a query that records nothing.

    `decide(states, time)` returns a list of events, or raises; that of a query returns anything.
    `by` is the actor (`till-…`), and `account` the system account of a terminal. The request id is
    the idempotency key (None: a repeat is decided anew); `asked` holds the canonical particulars
    for its fingerprint. `reads` are streams known to be read: they are loaded together. `refused`
    turns a refusal into the events that record it; with None, a refusal is not recorded. The first
    event of a type in `answers`, else the very first, is the answer. `at` replaces the clock for a
    replay of the past; None means now. A malformed request id or an `at` without zone raises
    InputInvalid.
    """

    decide: Callable[[StateBatch, datetime], Any]
    by: str | None
    request_id: str | None = None
    asked: bytes = b""
    reads: Sequence[str] = ()
    refused: Callable[[Refusal, StateBatch, datetime], list[Event]] | None = None
    answers: type[Event] | tuple[type[Event], ...] = Event
    at: datetime | None = None
    wake: Callable[[list[Request]], None] = wake_callers
    account: str = ""
    fingerprint: str = ""
    abandoned: bool = False
    result: Any = None
    error: BaseException | None = None
    done: threading.Lock = msgspec.field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        """Check the request id and `at`, and let nobody read the outcome yet."""
        if self.request_id is not None:
            if not is_name(self.request_id) or not is_sound(self.request_id):
                raise InputInvalid(field="request_id")
            self.fingerprint = request_fingerprint(self.request_id, self.asked)
        if self.at is not None and self.at.tzinfo is None:
            raise InputInvalid(field="at")
        self.done.acquire()

    def outcome(self) -> Any:
        """Return the result of a request that is done, or raise its error."""
        if self.error is not None:
            raise self.error
        return self.result


def request_fingerprint(request_id: str, asked: bytes) -> str:
    """Return the SHA-256, in hex, of a request id and its canonical particulars `asked`."""
    return hashlib.sha256(request_id.encode() + b"\0" + asked).hexdigest()


def replay(stored: Stored, fingerprint: str) -> Answer:
    """Return the recorded answer of a request; another fingerprint raises RequestReused."""
    if msgspec.json.decode(stored.metadata).get("asked") != fingerprint:
        raise RequestReused
    return Answer(decode(stored.topic, stored.payload), replayed=True)


def decide(request: Request, states: StateBatch, at: datetime, known: Stored | None = None) -> None:
    """Set the request's `result` (events to record, a replay, or a query's result) or its `error`.

    `known` is the fact recorded under the request id; None if there is none. An abandoned request
    gets Busy. A StoreFailure or UnknownTopic fails the whole batch and is raised.
    """
    if request.abandoned:
        request.error = Busy(retry_after_seconds=1)
        return
    try:
        if known is not None:
            request.result = replay(known, request.fingerprint)
        else:
            request.result = request.decide(states, at)
    except Refusal as refusal:
        if request.refused is None:
            request.error = refusal
        else:
            request.result = request.refused(refusal, states, at)
    except (StoreFailure, UnknownTopic):
        raise
    except Exception as error:  # noqa: BLE001 - one request's fault is not the others'
        request.error = error


def record(request: Request, states: StateBatch, at: str, *, stopped: bool) -> list[Draft]:
    """Draft the decided events; set the request's `result` to its Answer, or set its `error`.

    `at` is text of `at_text`. If `stopped`, only a request that has a time of its own is recorded.
    Return no drafts for a query, a replay, a failed request, or a decision without events.
    """
    if request.by is None or request.error is not None or not isinstance(request.result, list):
        return []
    events: list[Event] = request.result
    if stopped and events and request.at is None:
        request.error = ClockUnconfirmed(retry_after_seconds=5)
        return []
    answering = next((n for n, one in enumerate(events) if isinstance(one, request.answers)), 0)
    try:
        drafts = states.record(
            events,
            at=at,
            by=request.by,
            account=request.account,
            fingerprint=request.fingerprint,
            request_id=request.request_id,
            answering=answering,
        )
    except (StoreFailure, UnknownTopic):
        raise
    except Exception as error:  # noqa: BLE001 - one request's fault is not the others'
        request.error = error
        return []
    request.result = Answer(events[answering] if events else None)
    return drafts
