"""Admission (入场券): a ticket that admits a party, all at once or in parts."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Never, Self

from ledger.benefits import USES_MAX, Benefit, Words, check_range, kind
from ledger.benefits.terms import Tally
from ledger.errors import ShowAsTicket


@kind
class Admission(Benefit, frozen=True):
    """Admits `party` people in all."""

    KIND: ClassVar[str] = "admission"
    TITLE: ClassVar[Words] = Words("入场券", "Admission")
    TICKET: ClassVar[bool] = True

    party: int = 1

    def cover(self, *, price_minor: int, left_minor: int, used: Tally, today: date) -> Never:  # noqa: ARG002 - one shape for every kind
        """Nothing: it is shown at the entrance.

        Raises:
            ShowAsTicket: always.

        """
        raise ShowAsTicket

    def check(self) -> None:
        """Check the party.

        Raises:
            TermsInvalid: `party` is out of range.

        """
        check_range("party", self.party, most=USES_MAX)

    def describe(self) -> Words:
        """可入场3人; Admits 3."""
        return Words(f"可入场{self.party}人", f"Admits {self.party}")

    @classmethod
    def example(cls) -> Self:
        """A family at the Rose Garden."""
        return cls(party=3)
