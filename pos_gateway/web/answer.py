"""HTTP responses as plain values, before Flask or a server sends them."""

from typing import NamedTuple

from flask import Response

API = "/api/v1"
"""The path below which the JSON API lies."""

Headers = list[tuple[str, str]]


class Answer(NamedTuple):
    """An HTTP response as plain values; `reason` is that of a problem, None for a success."""

    status: int
    headers: Headers
    content: bytes
    reason: str | None = None

    @property
    def response(self) -> Response:
        """The same response as a Flask object, with `reason` for the metrics."""
        response = Response(self.content, self.status, self.headers)
        response.reason = self.reason  # type: ignore[attr-defined]  # for the gauges
        return response
