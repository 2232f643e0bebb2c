"""Set price (会员价): the member pays a set price, whatever the price tag says."""

from datetime import date
from typing import Annotated, ClassVar, Self

from ledger.benefits import Benefit, Words, check_range, kind, yuan
from ledger.benefits.formula import Formula
from ledger.benefits.terms import Tally
from ledger.errors import NothingToTakeOff


@kind
class SetPrice(Benefit, frozen=True):
    """The member pays `member_price_minor`; everything left to pay above it is taken off."""

    KIND: ClassVar[str] = "set_price"
    TITLE: ClassVar[Words] = Words("会员价", "Set price")

    member_price_minor: Annotated[int, Words("会员价", "Member price")]

    def cover(self, *, price_minor: int, left_minor: int, used: Tally, today: date) -> int:
        """Return the amount left to pay above the set price; NothingToTakeOff if there is none."""
        if left_minor <= self.member_price_minor:
            raise NothingToTakeOff(member_price_minor=self.member_price_minor)
        return left_minor - self.member_price_minor

    def offline(self) -> Formula:
        """Return the formula that takes off all that is left to pay above the set price."""
        return Formula(price_minor=self.member_price_minor)

    def check(self) -> None:
        """Raise TermsInvalid unless the price is 1 … AMOUNT_MAX."""
        check_range("member_price_minor", self.member_price_minor)

    def describe(self) -> Words:
        """Return the price as a short text: 会员价30元; Member price 30 yuan."""
        price = yuan(self.member_price_minor)
        return Words(f"会员价{price}元", f"Member price {price} yuan")

    @classmethod
    def example(cls) -> Self:
        """Return a typical benefit: a cinema seat for thirty yuan."""
        return cls(member_price_minor=30_00)
