"""psycopg's connection in pipeline mode."""

from __future__ import annotations

from contextlib import suppress
from typing import Any


class Pipelined:
    """A connection whose statements are sent at once, and their answers read later.

    The next answer that is read, or `sync`, raises the error of any statement before it.
    """

    def __init__(self, connection: Any) -> None:
        """Enter the mode, until the connection is closed."""
        self._connection = connection
        self._mode = connection.pipeline()
        self._pipeline = self._mode.__enter__()
        self.execute = connection.execute

    @property
    def closed(self) -> bool:
        """Whether the connection is lost or closed."""
        closed: bool = self._connection.closed
        return closed

    def sync(self) -> None:
        """Wait for the answers to all statements, and raise the first error."""
        self._pipeline.sync()

    def close(self) -> None:
        """Close the connection, without a word to the server about an open transaction."""
        self._connection.close()
        with suppress(Exception):  # leaving the mode asks a server that nobody is connected to
            self._mode.__exit__(None, None, None)
