"""A request: something to decide and record under an id, and its answer, now and ever after."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import msgspec

from ledger.errors import Busy, InputInvalid, Refusal, RequestReused
from ledger.event import Event, UnknownTopic, decode
from ledger.store import Draft, Stored, StoreFailure, at_text, is_name
from ledger.write.state_cache import Turning


class Answer(msgspec.Struct, frozen=True):
    """The first fact of a request, None where nothing had to be recorded; `replayed` if old."""

    event: Event | None
    replayed: bool = False


class Request:
    """Something to decide, and perhaps to record; or, without `by`, only to look at."""

    __slots__ = (
        "abandoned",
        "answers",
        "asked",
        "at",
        "by",
        "decide",
        "done",
        "error",
        "reads",
        "refused",
        "request_id",
        "result",
    )

    def __init__(
        self,
        decide: Callable[[Turning, datetime], Any],
        *,
        by: str | None,
        request_id: str | None = None,
        asked: bytes = b"",
        reads: Sequence[str] = (),
        refused: Callable[[Refusal, datetime], Event] | None = None,
        answers: type[Event] | tuple[type[Event], ...] = Event,
        at: datetime | None = None,
    ) -> None:
        """Ask.

        `decide` returns a list of facts, or raises; of a look it returns anything. `asked` are the
        canonical particulars the request id is bound to. `reads` are the streams known to be read:
        they are loaded together. `refused` turns a refusal into the fact that keeps it. The first
        fact that is one of `answers` is the answer. `at` stands in for the clock where the past is
        replayed.

        Raises:
            InputInvalid: the id is no text to be kept, or the time has no zone.

        """
        if request_id is not None and not is_name(request_id):
            raise InputInvalid(field="request_id")
        if at is not None and at.tzinfo is None:
            raise InputInvalid(field="at")
        self.decide = decide
        self.by = by
        self.request_id = request_id
        self.asked = asked_hash(request_id, asked) if request_id else ""
        self.reads = reads
        self.refused = refused
        self.answers = answers
        self.at = at
        self.abandoned = False
        self.result: Any = None
        self.error: BaseException | None = None
        self.done = threading.Lock()
        self.done.acquire()


def asked_hash(request_id: str, asked: bytes) -> str:
    """The hash a request id is bound to."""
    return hashlib.sha256(request_id.encode() + b"\0" + asked).hexdigest()


def answer_again(stored: Stored, asked: str) -> Answer:
    """The first answer of a request, from the record.

    Raises:
        RequestReused: the id was used for something else.

    """
    if msgspec.json.decode(stored.metadata).get("asked") != asked:
        raise RequestReused
    return Answer(decode(stored.topic, stored.payload), replayed=True)


def decide(request: Request, turning: Turning, at: datetime, known: Stored | None = None) -> None:
    """Leave in the request its result (of a verb, the facts to record) or its error."""
    if request.abandoned:
        request.error = Busy(retry_after_seconds=1)
        return
    try:
        if known is not None:
            request.result = answer_again(known, request.asked)
        else:
            request.result = request.decide(turning, at)
    except Refusal as refusal:
        if request.refused is None:
            request.error = refusal
        else:
            request.result = [request.refused(refusal, at)]
    except (StoreFailure, UnknownTopic):
        raise
    except Exception as error:  # noqa: BLE001 - one request's fault is not the others'
        request.error = error


def record(request: Request, turning: Turning, at: datetime) -> list[Draft]:
    """Draft what a verb decided, and leave in the request its answer, or its error."""
    if request.by is None or request.error is not None or not isinstance(request.result, list):
        return []
    events: list[Event] = request.result
    answering = next((n for n, one in enumerate(events) if isinstance(one, request.answers)), 0)
    try:
        drafts = turning.record(
            events,
            at=at_text(at),
            by=request.by,
            asked=request.asked,
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
