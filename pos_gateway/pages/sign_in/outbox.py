"""The outbox: messages to phones, readable by everybody in the demonstration."""

from __future__ import annotations

from flask import Response

from pos_gateway.errors.http import PathUnknown
from pos_gateway.services import Services
from pos_gateway.web.page_route import render

SHOWN_MAX = 20


class OutboxPage:
    """The page of the outbox; outside a demonstration its URL is unknown (404)."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def page(self) -> Response:
        """Show the latest messages, the newest first.

        Raises:
            PathUnknown: this is not a demonstration.
        """
        if not self._services.settings.demonstration:
            raise PathUnknown
        messages = self._services.sign_in.outbox.messages()[:SHOWN_MAX]
        return render("sign_in/outbox.html", messages=messages)
