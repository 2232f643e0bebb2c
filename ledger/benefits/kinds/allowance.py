"""Allowance (补贴): an amount a day, a week, a month or for the whole term."""

from datetime import date
from typing import ClassVar, Self

from ledger.benefits import Benefit, Remaining, Words, check_range, kind, yuan
from ledger.benefits.fields import AmountMinor, EachPeriod
from ledger.benefits.terms import Period, Tally
from ledger.errors import BenefitExhausted

_WORDS = {
    Period.DAY: Words("每日补贴{}元", "{} yuan a day"),
    Period.WEEK: Words("每周补贴{}元", "{} yuan a week"),
    Period.MONTH: Words("每月补贴{}元", "{} yuan a month"),
    Period.TERM: Words("共补贴{}元", "{} yuan in all"),
}


@kind
class Allowance(Benefit, frozen=True):
    """Gives up to `amount_minor` in each `period`; what is left at the end of a period lapses."""

    KIND: ClassVar[str] = "allowance"
    TITLE: ClassVar[Words] = Words("补贴", "Allowance")

    amount_minor: AmountMinor
    period: EachPeriod

    def cover(self, *, price_minor: int, left_minor: int, used: Tally, today: date) -> int:
        """Return what is left to pay, at most the period's rest; BenefitExhausted if that is 0."""
        remaining_minor = self._remaining_minor(used, today)
        if remaining_minor <= 0:
            raise BenefitExhausted(period=self.period.value)
        return min(remaining_minor, left_minor)

    def remaining(self, *, used: Tally, today: date) -> Remaining:
        """Return the amount left in the running period, in minor units; never below 0."""
        left_minor = max(0, self._remaining_minor(used, today))
        return Remaining(period=self.period, amount_minor=left_minor)

    def check(self) -> None:
        """Raise TermsInvalid unless the amount is 1 … AMOUNT_MAX."""
        check_range("amount_minor", self.amount_minor)

    def describe(self) -> Words:
        """Return the amount and period in words: 每月补贴30元; 30 yuan a month."""
        words, amount = _WORDS[self.period], yuan(self.amount_minor)
        return Words(words.zh.format(amount), words.en.format(amount))

    @classmethod
    def example(cls) -> Self:
        """Return a typical allowance: thirty yuan a month, as at a canteen."""
        return cls(amount_minor=30_00, period=Period.MONTH)

    def _remaining_minor(self, used: Tally, today: date) -> int:
        return self.amount_minor - used.used(self.period, today).covered_minor
