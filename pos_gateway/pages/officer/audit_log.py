"""The audit log: every fact, the latest first, with its actor."""

from __future__ import annotations

from typing import Any

import msgspec
from flask import Response

from ledger.benefits import Words
from ledger.event import Fact, topic_words
from pos_gateway.auth.policies import Policy, StaffIdentity
from pos_gateway.pages.officer import show
from pos_gateway.services import Services
from pos_gateway.web.json_body import read_number
from pos_gateway.web.listing import Listed
from pos_gateway.web.views import Views, page, pages_of

FACTS_PER_PAGE = 50


class LogPages(Views[Services]):
    """The pages of the audit log."""

    @page("desk-log", "/desk/log", Policy.SEE_LOG)
    @page("desk-log-at", "/desk/log/<before>", Policy.SEE_LOG)
    def record(self, asking: StaffIdentity, before: str | None = None) -> Response:
        """Show FACTS_PER_PAGE facts, the latest first: before a position, or from the log's end."""
        services = self._services
        head = services.ledger.head()
        last = min(head, read_number("before", before, least=1) - 1) if before else head
        first = max(0, last - FACTS_PER_PAGE)
        facts = services.ledger.facts(first, last - first)
        return show(
            "record.html",
            asking,
            facts=Listed(
                [(fact, _payload(fact)) for fact in reversed(facts)],
                next=f"/desk/log/{first + 1}" if first > 0 else "",
                first="/desk/log" if last < head else "",
            ),
            words={name: Words(*both) for name, both in topic_words().items()},
        )


def _payload(fact: Fact) -> str:
    """Return the event of a fact as indented JSON; the log holds no personal data."""
    held: Any = msgspec.to_builtins(fact.event)
    return msgspec.json.format(msgspec.json.encode(held), indent=2).decode()


pages = pages_of(LogPages)
