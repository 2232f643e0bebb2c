"""HTTP responses as plain values, before Flask or a server sends them."""

from __future__ import annotations

from http import HTTPStatus
from typing import NamedTuple

from flask import Response

API = "/api/v1"
"""The path below which the JSON API lies."""

Headers = list[tuple[str, str]]
_LINES = {status.value: f"{status.value} {status.phrase.upper()}" for status in HTTPStatus}


class Answer(NamedTuple):
    """An HTTP response as plain values; `reason` is that of a problem, None for a success."""

    status: int
    headers: Headers
    content: bytes
    reason: str | None = None

    @property
    def line(self) -> str:
        """The status line for WSGI, such as `200 OK`."""
        return _LINES[self.status]

    @property
    def response(self) -> Response:
        """The same response as a Flask object, with `reason` for the metrics."""
        response = Response(self.content, self.status, self.headers)
        response.reason = self.reason  # type: ignore[attr-defined]  # for the gauges
        return response
