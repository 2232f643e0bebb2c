"""A PostgreSQL proxy that drops a connection once the COMMIT of a write has been sent."""

import re
import socket
from contextlib import suppress
from threading import Event, Lock, Thread
from types import TracebackType
from typing import Self

# A write and its COMMIT are sent without waiting for an answer in between. The statement that
# writes is prepared, and from then on sent by its name.
_WRITES = b"UPDATE head"
_PREPARED = re.compile(rb"P....(_pg3_\w+)\0[^\0]*" + _WRITES, re.DOTALL)
_COMMITTED = b"COMMIT\0"
_PIECE_BYTES = 65_536


class CommitProxy:
    """Forwards everything to a server on 127.0.0.1 until it is told to cut."""

    def __init__(self, server_port: int) -> None:
        self.cuts = 0
        self._server = ("127.0.0.1", server_port)
        self._lock = Lock()
        self._next: bool | None = None
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]

    def cut(self, *, delivered: bool) -> None:
        """Drop the connection at the next commit of a write, `delivered` to the server or not."""
        self._next = delivered

    def due(self) -> bool | None:
        """Return how to cut the present commit, or None; each cut is returned once."""
        with self._lock:
            due, self._next = self._next, None
            self.cuts += due is not None
            return due

    def __enter__(self) -> Self:
        Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        # A thread blocked in accept() keeps the socket open; shutdown wakes it.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                _Wire(self, near, socket.create_connection(self._server)).start()


class _Wire:
    """One connection in both directions."""

    def __init__(self, proxy: CommitProxy, near: socket.socket, far: socket.socket) -> None:
        self._proxy, self._near, self._far = proxy, near, far
        self._wrote = self._cutting = False
        self._committed = Event()
        self._names: set[bytes] = set()

    def start(self) -> None:
        Thread(target=self._questions, daemon=True).start()
        Thread(target=self._answers, daemon=True).start()

    def _questions(self) -> None:
        with suppress(OSError), self._near:
            while question := self._near.recv(_PIECE_BYTES):
                due = self._proxy.due() if self._commits(question) else None
                self._cutting = due is not None
                if due is not False:
                    self._far.sendall(question)
                if due:
                    self._committed.wait(5)
                if self._cutting:
                    break
            for side in (self._near, self._far):
                with suppress(OSError):
                    side.shutdown(socket.SHUT_RDWR)

    def _answers(self) -> None:
        with suppress(OSError), self._far:
            while answer := self._far.recv(_PIECE_BYTES):
                if _COMMITTED in answer:
                    self._committed.set()
                if not self._cutting:
                    self._near.sendall(answer)
            with suppress(OSError):
                self._near.shutdown(socket.SHUT_RDWR)

    def _commits(self, question: bytes) -> bool:
        """Return whether this sends the COMMIT of a transaction with writes."""
        self._names.update(_PREPARED.findall(question))
        self._wrote |= _WRITES in question
        self._wrote |= any(b"\0" + name + b"\0" in question for name in self._names)
        if not self._wrote or _COMMITTED not in question:
            return False
        self._wrote = False
        self._committed.clear()
        return True
