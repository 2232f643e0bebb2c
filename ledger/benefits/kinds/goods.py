"""Goods (实物): a ticket for a parcel that is handed over once."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Never, Self

from ledger.benefits import Benefit, Words, kind
from ledger.benefits.terms import Tally
from ledger.errors import ShowAsTicket


@kind
class Goods(Benefit, frozen=True):
    """One parcel."""

    KIND: ClassVar[str] = "goods"
    TITLE: ClassVar[Words] = Words("实物", "Goods")
    TICKET: ClassVar[bool] = True

    def cover(self, *, price_minor: int, left_minor: int, used: Tally, today: date) -> Never:  # noqa: ARG002 - one shape for every kind
        """Nothing: it is shown at the counter where the goods are.

        Raises:
            ShowAsTicket: always.

        """
        raise ShowAsTicket

    def check(self) -> None:
        """Nothing can be wrong."""

    def describe(self) -> Words:
        """领取一份; One parcel."""
        return Words("领取一份", "One parcel")

    @classmethod
    def example(cls) -> Self:
        """A pillow."""
        return cls()
