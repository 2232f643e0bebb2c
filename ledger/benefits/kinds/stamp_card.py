"""Stamp card (集章卡): a use is free after a number of uses that each collect a stamp."""

from datetime import date
from typing import Annotated, ClassVar, Self

from ledger.benefits import USES_MAX, Benefit, Remaining, Words, check_range, kind, yuan
from ledger.benefits.fields import WorthMaxMinor
from ledger.benefits.terms import Period, Tally


@kind
class StampCard(Benefit, frozen=True):
    """Gives a free use, up to any `worth_max_minor`, for `every` - 1 uses that collect a stamp.

    Reversals in any order keep that ratio: a reversed stamp must be collected again, and a reversed
    free use is given again, whatever was used in between.
    """

    KIND: ClassVar[str] = "stamp_card"
    TITLE: ClassVar[Words] = Words("集章卡", "Stamp card")

    every: Annotated[int, Words("第几次免费", "Every how many")]
    worth_max_minor: WorthMaxMinor = None

    def cover(self, *, price_minor: int, left_minor: int, used: Tally, today: date) -> int:
        """Return the amount left to pay, up to the worth; 0 for a use that collects a stamp."""
        if self._stamps_to_collect(used):
            return 0
        return left_minor if self.worth_max_minor is None else min(self.worth_max_minor, left_minor)

    def remaining(self, *, used: Tally, today: date) -> Remaining:
        """Return the number of stamps missing before a use is free; 0 when the next use is free."""
        return Remaining(period=Period.TERM, stamps=self._stamps_to_collect(used))

    def check(self) -> None:
        """Raise TermsInvalid unless `every` is 2 … USES_MAX and any worth is at least 1."""
        check_range("every", self.every, least=2, most=USES_MAX)
        check_range("worth_max_minor", self.worth_max_minor)

    def describe(self) -> Words:
        """Return the terms, with any worth: 集4次送1次; Collect 4 stamps, then 1 free."""
        stamps = self.every - 1
        zh = f"集{stamps}次送1次"
        en = f"Collect {stamps} {'stamp' if stamps == 1 else 'stamps'}, then 1 free"
        if self.worth_max_minor is None:
            return Words(zh, en)
        worth = yuan(self.worth_max_minor)
        return Words(f"{zh}（最高{worth}元）", f"{en}, worth at most {worth} yuan")

    @classmethod
    def example(cls) -> Self:
        """Return a typical card: four coffees are paid, the fifth is free."""
        return cls(every=5)

    def _stamps_to_collect(self, used: Tally) -> int:
        each = self.every - 1
        return max(0, each - used.stamps - used.owed * each)
