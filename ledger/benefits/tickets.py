"""Kinds of benefit that are tickets of drops: members claim and show them; none takes money off."""

from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any, ClassVar, Never, Self

import msgspec

from ledger.benefits import Benefit, registered_kinds
from ledger.benefits.terms import Tally
from ledger.errors import ShowAsTicket, TermsInvalid


class TicketBenefit(Benefit, frozen=True):
    """The terms of a ticket of a drop: the base class of ticket kinds (admission, goods)."""

    TICKET: ClassVar[bool] = True
    ADMITS: ClassVar[bool]
    """True where the ticket admits people, False where goods are handed over for it, once."""

    def cover(self, *, price_minor: int, left_minor: int, used: Tally, today: date) -> Never:  # noqa: ARG002 - one shape for every kind
        """Raise ShowAsTicket: a ticket takes nothing off a price."""
        raise ShowAsTicket

    @classmethod
    def for_party(cls, party: int) -> Self:
        """Return the terms of a ticket of this kind for a party of that many people."""
        raise NotImplementedError


@cache
def ticket_kinds() -> Mapping[str, type[TicketBenefit]]:
    """Return the kinds that are tickets of drops, by name."""
    kinds = registered_kinds().items()
    return {name: one for name, one in kinds if issubclass(one, TicketBenefit)}


def ticket_terms(kind_name: str, party: int) -> dict[str, Any]:
    """Return the terms of a ticket for `party` people, as plain JSON values to store.

    A kind that is unknown or no ticket raises TermsInvalid.
    """
    cls = ticket_kinds().get(kind_name)
    if cls is None:
        raise TermsInvalid(field="kind", kind=kind_name)
    terms: dict[str, Any] = msgspec.to_builtins(cls.for_party(party))
    return terms


def is_handed_over(kind_name: str) -> bool:
    """Return whether goods are handed over for tickets of a kind; False if unknown or no ticket."""
    return kind_name in ticket_kinds() and not ticket_kinds()[kind_name].ADMITS
