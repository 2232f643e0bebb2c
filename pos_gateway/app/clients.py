"""Slow clients: bodies are read and sent on the event loop, in time and within bounds."""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ledger.errors import Busy
from pos_gateway.errors import BodyTooSlow
from pos_gateway.web.problem_details import DRAINED_BYTES_MAX

BODY_SECONDS_MAX = 10.0
BODY_RATE_LEAST = 2**15
"""The seconds any body may take, and the bytes that earn one more."""

SEND_SECONDS_MAX = 20.0
"""The longest time for a reader to take one piece of a large answer."""

HELD_BYTES_MAX = 2**27
"""The most bytes of bodies that one process holds; beyond them, a request gets Busy."""

SHORT_BYTES = 2**12
"""A body of at most so many bytes is not counted among those that are held."""

_LATE = -1.0


class ClientGone(Exception):
    """The client hung up, sent less than it stated, or took too long to read."""


class Clients:
    """The clients of one event loop that send a body or read an answer."""

    def __init__(self) -> None:
        self._due: dict[asyncio.Task[Any], float] = {}
        self._held = 0

    def sweep(self, now: float) -> None:
        """End the wait for every client that is too late at `now`, by the monotonic clock."""
        for task in [task for task, due in self._due.items() if _LATE < due < now]:
            self._due[task] = _LATE
            task.cancel()

    async def read(self, proto: Any, stated: int | None, most: int) -> bytes:
        """Return a request's body of `stated` bytes; `stated` is None if sent in chunks.

        Of a body beyond `most` bytes, the beginning is returned, a little more than `most`, and the
        rest discarded, so that the client sees the answer. Give each body back to `free`.

        Raises:
            BodyTooSlow: it took longer than BODY_SECONDS_MAX and came below BODY_RATE_LEAST.
            ClientGone: the client hung up.
            Busy: this process holds bodies of HELD_BYTES_MAX.
        """
        if stated == 0:
            return b""
        if stated is not None and stated <= SHORT_BYTES:
            with self._in_time(BODY_SECONDS_MAX):
                body = await _whole(proto)
            if len(body) < stated:
                raise ClientGone
            return body
        kept = bytearray()
        try:
            with self._in_time(BODY_SECONDS_MAX) as earn:
                await self._collect(proto, kept, stated, most, earn)
        except BaseException:
            self._held -= len(kept)
            raise
        if len(kept) <= SHORT_BYTES:
            self._held -= len(kept)
        return bytes(kept)

    def free(self, body: bytes) -> None:
        """Count a body no longer, once its request is answered."""
        if len(body) > SHORT_BYTES:
            self._held -= len(body)

    async def send(self, transport: Any, piece: bytes) -> None:
        """Send a piece of an answer; ClientGone if it is not taken within SEND_SECONDS_MAX."""
        try:
            with self._in_time(SEND_SECONDS_MAX):
                await transport.send_bytes(piece)
        except (BodyTooSlow, RuntimeError):  # the server raises one where the line is closed
            raise ClientGone from None

    async def _collect(
        self,
        proto: Any,
        kept: bytearray,
        stated: int | None,
        most: int,
        earn: Callable[[float], None],
    ) -> None:
        size = empty = 0
        async for part in proto:
            size += len(part)
            # One empty part ends a body; a second one tells that the client broke off.
            empty += not part
            if len(kept) <= most:
                kept += part
                self._held += len(part)
                if self._held > HELD_BYTES_MAX:
                    raise Busy(retry_after_seconds=1)
            if size > most + DRAINED_BYTES_MAX:
                return
            earn(len(part) / BODY_RATE_LEAST)
        if empty > 1 or size < min(stated or 0, most):
            raise ClientGone

    @contextmanager
    def _in_time(self, seconds: float) -> Iterator[Callable[[float], None]]:
        """Let `sweep` end the block with BodyTooSlow; yield a function that adds seconds to it."""
        task = asyncio.current_task()
        assert task is not None, "the loop runs tasks alone"  # noqa: S101 - our own mistake
        self._due[task] = time.monotonic() + seconds

        def earn(more: float) -> None:
            # A burst earns no silence afterwards.
            if self._due[task] != _LATE:
                self._due[task] = min(self._due[task] + more, time.monotonic() + seconds)

        try:
            yield earn
        except asyncio.CancelledError:
            if self._due[task] != _LATE:
                raise
            task.uncancel()
            raise BodyTooSlow from None
        finally:
            del self._due[task]


async def _whole(proto: Any) -> bytes:
    try:
        body: bytes = await proto()
    except RuntimeError:  # the server's, where the client hung up
        raise ClientGone from None
    return body
