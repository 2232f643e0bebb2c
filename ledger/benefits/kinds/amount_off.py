"""Amount off (满减): a fixed amount is taken off a purchase that reaches a threshold."""

from datetime import date
from typing import ClassVar, Self

from ledger.benefits import Benefit, Words, check_range, kind, yuan
from ledger.benefits.fields import AmountMinor, ThresholdMinor
from ledger.benefits.formula import Formula
from ledger.benefits.terms import Tally
from ledger.errors import BelowThreshold


@kind
class AmountOff(Benefit, frozen=True):
    """Takes `amount_minor` off a price of `threshold_minor` or more; 0 is no threshold."""

    KIND: ClassVar[str] = "amount_off"
    TITLE: ClassVar[Words] = Words("满减", "Amount off")

    amount_minor: AmountMinor
    threshold_minor: ThresholdMinor = 0

    def cover(self, *, price_minor: int, left_minor: int, used: Tally, today: date) -> int:
        """Return the amount, or what is left to pay if less; BelowThreshold for too low a price."""
        if price_minor < self.threshold_minor:
            raise BelowThreshold(
                threshold_minor=self.threshold_minor,
                missing_minor=self.threshold_minor - price_minor,
            )
        return min(self.amount_minor, left_minor)

    def offline(self) -> Formula:
        """Return the formula that takes the amount off a price from the threshold on."""
        return Formula(amount_minor=self.amount_minor, threshold_minor=self.threshold_minor)

    def check(self) -> None:
        """Raise TermsInvalid unless 1 ≤ amount ≤ threshold; a threshold of 0 sets no bound."""
        check_range("amount_minor", self.amount_minor)
        check_range(
            "threshold_minor",
            self.threshold_minor,
            least=self.amount_minor if self.threshold_minor > 0 else 0,
        )

    def describe(self) -> Words:
        """Return the terms in words: 满100减20, 立减20元; 20 yuan off from 100 yuan."""
        amount, threshold = yuan(self.amount_minor), yuan(self.threshold_minor)
        if self.threshold_minor == 0:
            return Words(f"立减{amount}元", f"{amount} yuan off")
        return Words(f"满{threshold}减{amount}", f"{amount} yuan off from {threshold} yuan")

    @classmethod
    def example(cls) -> Self:
        """Return a typical benefit: twenty yuan off, from a price of a hundred yuan."""
        return cls(amount_minor=20_00, threshold_minor=100_00)
