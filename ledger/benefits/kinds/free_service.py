"""Free service (免费服务): a service is free, a set number of times."""

from datetime import date
from typing import Annotated, ClassVar, Self

from ledger.benefits import USES_MAX, Benefit, Remaining, Words, check_range, kind, yuan
from ledger.benefits.fields import WorthMaxMinor
from ledger.benefits.formula import Formula
from ledger.benefits.terms import Period, Tally
from ledger.errors import BenefitExhausted, TermsInvalid
from ledger.money import WHOLE
from ledger.text import is_sound

SERVICE_LENGTH_MAX = 40
"""The longest name of a service, in characters."""


@kind
class FreeService(Benefit, frozen=True):
    """Gives `service` free, `times` in the term, each worth at most `worth_max_minor`, if set."""

    KIND: ClassVar[str] = "free_service"
    TITLE: ClassVar[Words] = Words("免费服务", "Free service")

    times: Annotated[int, Words("免费几次", "How many times")]
    worth_max_minor: WorthMaxMinor = None
    service: Annotated[Words, Words("服务名称", "Name of the service")] = Words("服务", "service")

    def cover(self, *, price_minor: int, left_minor: int, used: Tally, today: date) -> int:
        """Return what is left to pay, at most the worth; BenefitExhausted if no use is left."""
        if self._times_left(used, today) <= 0:
            raise BenefitExhausted(times=self.times)
        return left_minor if self.worth_max_minor is None else min(self.worth_max_minor, left_minor)

    def remaining(self, *, used: Tally, today: date) -> Remaining:
        """Return the number of free uses left in the whole term; never below 0."""
        return Remaining(period=Period.TERM, times=max(0, self._times_left(used, today)))

    def offline(self) -> Formula:
        """Return the formula for all that is left to pay, up to the worth of one use."""
        return Formula(basis_points=WHOLE, worth_max_minor=self.worth_max_minor)

    def check(self) -> None:
        """Raise TermsInvalid for a number out of range or a name blank, unprintable or too long."""
        check_range("times", self.times, most=USES_MAX)
        check_range("worth_max_minor", self.worth_max_minor)
        for name in (self.service.zh, self.service.en):
            if not name.strip() or not is_sound(name) or len(name) > SERVICE_LENGTH_MAX:
                raise TermsInvalid(field="service", most=SERVICE_LENGTH_MAX)

    def describe(self) -> Words:
        """Return service, uses and any bound on the worth: 免费理发2次; Free haircut, 2 times."""
        zh = f"免费{self.service.zh}{self.times}次"
        en = f"Free {self.service.en}, {'once' if self.times == 1 else f'{self.times} times'}"
        if self.worth_max_minor is None:
            return Words(zh, en)
        worth = yuan(self.worth_max_minor)
        return Words(f"{zh}（每次最高{worth}元）", f"{en}, each worth at most {worth} yuan")

    @classmethod
    def example(cls) -> Self:
        """Return a typical benefit: two free haircuts."""
        return cls(times=2, service=Words("理发", "haircut"))

    def _times_left(self, used: Tally, today: date) -> int:
        return self.times - used.used(Period.TERM, today).count
