"""An answer as plain values, before it becomes that of a web framework."""

from __future__ import annotations

from http import HTTPStatus
from typing import NamedTuple

from flask import Response

Headers = list[tuple[str, str]]

_LINES = {status.value: f"{status.value} {status.phrase.upper()}" for status in HTTPStatus}


class Answer(NamedTuple):
    """A status, headers and content; `reason` is that of a problem, for the gauges."""

    status: int
    headers: Headers
    content: bytes
    reason: str | None = None

    @property
    def line(self) -> str:
        """The status as WSGI wants it."""
        return _LINES[self.status]

    @property
    def response(self) -> Response:
        """The answer as Flask wants it."""
        response = Response(self.content, self.status, self.headers)
        response.reason = self.reason  # type: ignore[attr-defined]  # for the gauges
        return response
