"""Percent off (折扣): a part of the amount left to pay is taken off."""

from datetime import date
from typing import ClassVar, Self

from ledger.benefits import Benefit, Words, check_range, kind
from ledger.benefits.fields import BasisPoints
from ledger.benefits.formula import Formula
from ledger.benefits.terms import Tally
from ledger.errors import NothingToTakeOff
from ledger.money import WHOLE, portion

_DIGITS = "〇一二三四五六七八九"


@kind
class PercentOff(Benefit, frozen=True):
    """Takes `basis_points` off what is left to pay: 2,000 is 20 % off, which a shop calls 八折."""

    KIND: ClassVar[str] = "percent_off"
    TITLE: ClassVar[Words] = Words("折扣", "Percent off")

    basis_points: BasisPoints

    def cover(self, *, price_minor: int, left_minor: int, used: Tally, today: date) -> int:
        """Return `basis_points` of the amount left to pay, rounded down; NothingToTakeOff if 0."""
        covered_minor = portion(left_minor, self.basis_points)
        if covered_minor == 0:
            raise NothingToTakeOff
        return covered_minor

    def offline(self) -> Formula:
        """Return the formula that takes `basis_points` off the amount left to pay."""
        return Formula(basis_points=self.basis_points)

    def check(self) -> None:
        """Raise TermsInvalid unless `basis_points` is 1 … 10,000 (all of it)."""
        check_range("basis_points", self.basis_points, most=WHOLE)

    def describe(self) -> Words:
        """Return the discount in words: 八折, 八五折, 免单; 20% off, 12.5% off, free."""
        if self.basis_points == WHOLE:
            return Words("免单", "Free")
        percent, rest = divmod(self.basis_points, 100)
        tail = f".{rest:02}".rstrip("0") if rest else ""
        return Words(_zhe(WHOLE - self.basis_points), f"{percent}{tail}% off")

    @classmethod
    def example(cls) -> Self:
        """Return a typical benefit: twenty percent off, as for a haircut."""
        return cls(basis_points=2_000)


def _zhe(paid_basis_points: int) -> str:
    """Return the Chinese for the part still to pay, in tenths: 8,500 is 八五折, 50 is 0.05折."""
    tenths = f"{paid_basis_points:04}".rstrip("0")
    if tenths.startswith("0"):
        return f"0.{tenths[1:]}折"
    return "".join(_DIGITS[int(digit)] for digit in tenths) + "折"
