"""Admission (入场券): a ticket that admits a party, all at once or in parts."""

from typing import Annotated, ClassVar, Self

from ledger.benefits import USES_MAX, Words, check_range, kind
from ledger.benefits.tickets import TicketBenefit


@kind
class Admission(TicketBenefit, frozen=True):
    """A ticket of a drop that admits `party` people in all, at once or in parts."""

    KIND: ClassVar[str] = "admission"
    TITLE: ClassVar[Words] = Words("入场券", "Admission")
    ADMITS: ClassVar[bool] = True

    party: Annotated[int, Words("人数", "People")] = 1

    def check(self) -> None:
        """Raise TermsInvalid unless `party`, the number of people, is 1 … USES_MAX."""
        check_range("party", self.party, most=USES_MAX)

    def describe(self) -> Words:
        """Return the number of people as a short text: 可入场3人; Admits 3."""
        return Words(f"可入场{self.party}人", f"Admits {self.party}")

    @classmethod
    def for_party(cls, party: int) -> Self:
        """Return a ticket that admits `party` people; the number is not checked."""
        return cls(party=party)

    @classmethod
    def example(cls) -> Self:
        """Return a typical ticket: it admits a family of three to the Rose Garden."""
        return cls(party=3)
