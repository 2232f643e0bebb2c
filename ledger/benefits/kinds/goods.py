"""Goods (实物): a ticket for a parcel that is handed over once."""

from __future__ import annotations

from typing import ClassVar, Self

from ledger.benefits import Words, kind
from ledger.benefits.tickets import TicketBenefit


@kind
class Goods(TicketBenefit, frozen=True):
    """One parcel."""

    KIND: ClassVar[str] = "goods"
    TITLE: ClassVar[Words] = Words("实物", "Goods")
    ADMITS: ClassVar[bool] = False

    def check(self) -> None:
        """Check nothing: there are no fields."""

    def describe(self) -> Words:
        """领取一份; One parcel."""
        return Words("领取一份", "One parcel")

    @classmethod
    def for_party(cls, party: int) -> Self:
        """Return a ticket for one parcel, whatever the party."""
        return cls()

    @classmethod
    def example(cls) -> Self:
        """Return a ticket for a pillow."""
        return cls()
