"""The record: every fact of the log, the latest first, with who did it."""

from __future__ import annotations

from typing import Any

import msgspec
from flask import Response

from ledger.benefits import Words
from ledger.errors import InputInvalid
from ledger.event import Fact, topic_words
from pos_gateway.auth.policies import Policy, StaffIdentity
from pos_gateway.pages.officer.render import show
from pos_gateway.services import House
from pos_gateway.web.page_route import Page

FACTS_PER_PAGE = 50
_POSITION_MAX = 2**53


def pages(house: House) -> list[Page]:
    """The pages of the record."""
    words = {name: Words(*both) for name, both in topic_words().items()}

    def record(asking: StaffIdentity, before: str | None = None) -> Response:
        head = house.ledger.head()
        last = min(head, _position(before) - 1) if before else head
        first = max(0, last - FACTS_PER_PAGE)
        facts = house.ledger.facts(first, last - first)
        return show(
            "record.html",
            asking,
            facts=[(fact, _payload(fact)) for fact in reversed(facts)],
            words=words,
            later=f"/desk/log/{last + FACTS_PER_PAGE + 1}" if last < head else "",
            earlier=f"/desk/log/{first + 1}" if first > 0 else "",
        )

    return [
        Page(name="desk-log", path="/desk/log", policy=Policy.SEE_LOG, view=record),
        Page(name="desk-log-at", path="/desk/log/<before>", policy=Policy.SEE_LOG, view=record),
    ]


def _position(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and 0 < int(text) < _POSITION_MAX):
        raise InputInvalid(field="before")
    return int(text)


def _payload(fact: Fact) -> str:
    """What the log holds of a fact, laid out to be read: there is no personal data in it."""
    held: Any = msgspec.to_builtins(fact.event)
    return msgspec.json.format(msgspec.json.encode(held), indent=2).decode()
