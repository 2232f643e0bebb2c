"""Goods (实物): a ticket for a parcel that is handed over once."""

from typing import ClassVar, Self

from ledger.benefits import Words, kind
from ledger.benefits.tickets import TicketBenefit


@kind
class Goods(TicketBenefit, frozen=True):
    """A ticket of a drop for one parcel, handed over once."""

    KIND: ClassVar[str] = "goods"
    TITLE: ClassVar[Words] = Words("实物", "Goods")
    ADMITS: ClassVar[bool] = False

    def check(self) -> None:
        """Check nothing: there are no fields."""

    def describe(self) -> Words:
        """Return the terms as a short text: 领取一份; One parcel."""
        return Words("领取一份", "One parcel")

    @classmethod
    def for_party(cls, party: int) -> Self:
        """Return a ticket for one parcel, whatever the size of the party."""
        return cls()

    @classmethod
    def example(cls) -> Self:
        """Return a typical ticket, as for a pillow."""
        return cls()
