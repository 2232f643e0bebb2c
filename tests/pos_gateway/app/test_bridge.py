"""The threads behind the event loop: what waits for them is bounded, and each answer is closed."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
from functools import partial
from typing import Any
from weakref import WeakSet

import pytest
from werkzeug.wsgi import ClosingIterator

from ledger.errors import Busy
from pos_gateway.app.bridge import PIECE_BYTES, Pool, respond
from pos_gateway.app.front import Front
from pos_gateway.errors import HongkaError
from tests.support.app import App


class Line:
    """A line that takes `takes` pieces; then it raises `error`, None: it takes none, for ever."""

    def __init__(self, takes: int, error: Exception | None) -> None:
        self.left, self.error = takes, error
        self.full = asyncio.Event()

    def response_stream(self, *_: object) -> Line:
        return self

    async def send_bytes(self, _piece: bytes) -> None:
        self.left -= 1
        if self.left < 0:
            self.full.set()
            if self.error is not None:
                raise self.error
            await asyncio.Event().wait()


PIECES = [bytes(PIECE_BYTES), bytes(PIECE_BYTES), b"the last"]


@pytest.mark.parametrize("takes", range(4))
@pytest.mark.parametrize("error", [RuntimeError(), LookupError(), None])
def test_an_answer_is_closed_once_however_it_ends(
    app: App, takes: int, error: Exception | None
) -> None:
    closed = list[int]()
    chunks = ClosingIterator(PIECES, lambda: closed.append(1))

    def begin(_environ: Any, start_response: Any) -> Any:
        start_response("200 OK", [])
        return chunks

    async def play() -> None:
        front = Front(app.flask, app.flask.extensions["hongka.front"], lambda: None)
        front.__rsgi_init__(asyncio.get_running_loop())
        line = Line(takes, error)
        sending = asyncio.create_task(front._pass_on(respond(begin, {}), line))
        full = asyncio.create_task(line.full.wait())
        await asyncio.wait([sending, full], return_when=asyncio.FIRST_COMPLETED)
        full.cancel()
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
        front._pool._threads.shutdown(wait=True)
        front.__rsgi_del__(asyncio.get_running_loop())

    asyncio.run(play())

    assert closed == [1]


def test_what_was_given_up_is_kept_no_longer_though_no_thread_is_free() -> None:
    bodies = WeakSet[Body]()

    async def play() -> None:
        pool = Pool(asyncio.get_running_loop(), threads=1, waiting_max=2)
        go_on = threading.Event()
        stuck = asyncio.create_task(pool.run(go_on.wait))
        await asyncio.sleep(0.1)
        for _ in range(10):
            await asyncio.gather(wait(pool), wait(pool), give_up(pool))
        gc.collect()
        kept = len(bodies), pool._threads._work_queue.qsize()
        later = asyncio.create_task(pool.run(lambda: "later"))
        await asyncio.sleep(0)
        go_on.set()
        assert [await stuck, await later] == [True, "later"]
        pool.close()
        assert kept == (0, 2)

    async def wait(pool: Pool) -> None:
        body = Body()
        bodies.add(body)
        with pytest.raises(Busy):
            await pool.run(partial(str, body))

    async def give_up(pool: Pool) -> None:
        pool.give_up(time.monotonic())

    asyncio.run(play())


class Body:
    """The body that a request holds."""


def test_the_pool_takes_no_more_than_it_has_room_for() -> None:
    async def play() -> list[Any]:
        pool = Pool(asyncio.get_running_loop(), threads=1, waiting_max=1)
        go_on = threading.Event()
        begun = [asyncio.create_task(pool.run(go_on.wait)) for _ in range(2)]
        await asyncio.sleep(0.1)
        third = (await asyncio.gather(pool.run(bool), return_exceptions=True))[0]
        pool.give_up(time.monotonic())
        go_on.set()
        found = await asyncio.gather(*begun, return_exceptions=True)
        after = await pool.run(lambda: "after")
        pool.close()
        return [third, *found, after]

    third, first, second, after = asyncio.run(play())

    assert isinstance(third, HongkaError)
    assert third.reason == second.reason == "busy"
    assert first is True
    assert after == "after"
