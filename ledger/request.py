"""A request: something to decide and record under an id, and its answer, now and ever after."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import msgspec

from ledger.errors import Refusal, RequestReused
from ledger.event import Event, decode
from ledger.states import Turning
from ledger.store import Stored


class Answer(msgspec.Struct, frozen=True):
    """The first fact of a request, None where nothing had to be recorded; `replayed` if old."""

    event: Event | None
    replayed: bool = False


class Request:
    """Something to decide, and perhaps to record; or, without `by`, only to look at."""

    __slots__ = (
        "abandoned",
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
        at: datetime | None = None,
    ) -> None:
        """Ask.

        `decide` returns a list of facts, or raises; of a look it returns anything. `asked` are the
        canonical particulars the request id is bound to. `reads` are the streams known to be read:
        they are loaded together. `refused` turns a refusal into the fact that keeps it. `at` stands
        in for the clock where the past is replayed.
        """
        self.decide = decide
        self.by = by
        self.request_id = request_id
        self.asked = asked_hash(request_id, asked) if request_id else ""
        self.reads = reads
        self.refused = refused
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
