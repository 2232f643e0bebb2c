"""A response as plain values, independent of the web framework."""

from __future__ import annotations

from http import HTTPStatus
from typing import NamedTuple

from flask import Response

Headers = list[tuple[str, str]]

_LINES = {status.value: f"{status.value} {status.phrase.upper()}" for status in HTTPStatus}


class Answer(NamedTuple):
    """Status, headers and content; `reason` is that of a problem, for the metrics."""

    status: int
    headers: Headers
    content: bytes
    reason: str | None = None

    @property
    def line(self) -> str:
        """The status line for WSGI."""
        return _LINES[self.status]

    @property
    def response(self) -> Response:
        """Return the response for Flask."""
        response = Response(self.content, self.status, self.headers)
        response.reason = self.reason  # type: ignore[attr-defined]  # for the gauges
        return response
