"""Amount off (满减): a fixed amount is taken off a purchase that reaches a threshold."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Self

from ledger.benefits import Benefit, Words, check_range, kind, yuan
from ledger.benefits.formula import Formula
from ledger.benefits.terms import Tally
from ledger.errors import BelowThreshold


@kind
class AmountOff(Benefit, frozen=True):
    """`amount_minor` off a price of `threshold_minor` or more; 0 asks for nothing."""

    KIND: ClassVar[str] = "amount_off"
    TITLE: ClassVar[Words] = Words("满减", "Amount off")

    amount_minor: int
    threshold_minor: int = 0

    def cover(self, *, price_minor: int, left_minor: int, used: Tally, today: date) -> int:  # noqa: ARG002 - one shape for every kind
        """The amount, or what is left to pay where that is less.

        Raises:
            BelowThreshold: the price, before anything is taken off, is too small.

        """
        if price_minor < self.threshold_minor:
            raise BelowThreshold(
                threshold_minor=self.threshold_minor,
                missing_minor=self.threshold_minor - price_minor,
            )
        return min(self.amount_minor, left_minor)

    def offline(self) -> Formula:
        """The amount, from the threshold on."""
        return Formula(amount_minor=self.amount_minor, threshold_minor=self.threshold_minor)

    def check(self) -> None:
        """Check that no more comes off than the threshold asks for.

        Raises:
            TermsInvalid: `amount_minor` or `threshold_minor` is out of range.

        """
        check_range("amount_minor", self.amount_minor)
        check_range(
            "threshold_minor",
            self.threshold_minor,
            least=self.amount_minor if self.threshold_minor > 0 else 0,
        )

    def describe(self) -> Words:
        """满100减20, 立减20元; 20 yuan off from 100 yuan, 20 yuan off."""
        amount, threshold = yuan(self.amount_minor), yuan(self.threshold_minor)
        if self.threshold_minor == 0:
            return Words(f"立减{amount}元", f"{amount} yuan off")
        return Words(f"满{threshold}减{amount}", f"{amount} yuan off from {threshold} yuan")

    @classmethod
    def example(cls) -> Self:
        """Twenty yuan off a car wash and wax from a hundred yuan."""
        return cls(amount_minor=20_00, threshold_minor=100_00)
