"""A kind of benefit with a field of every shape, registered only while a test needs it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from enum import StrEnum
from typing import Annotated, ClassVar, Self

import msgspec

import ledger.benefits
from ledger.benefits import Benefit, Words, check_range, kind
from ledger.benefits.fields import BasisPoints, ThresholdMinor
from ledger.benefits.terms import Tally
from ledger.errors import TermsInvalid


class Weather(StrEnum):
    SUN = "sun"
    RAIN = "rain"


class Step(msgspec.Struct, frozen=True, kw_only=True):
    threshold_minor: ThresholdMinor
    basis_points: BasisPoints


class Sample(Benefit, frozen=True):
    KIND: ClassVar[str] = "sample"
    TITLE: ClassVar[Words] = Words("样例", "Sample")

    steps: Annotated[tuple[Step, ...], Words("档位", "Steps")]
    best: Annotated[Step | None, Words("最高档", "Best step")] = None
    lucky: Annotated[tuple[int, ...], Words("幸运数", "Lucky numbers")] = ()
    weather: Annotated[
        Weather | None,
        Words("天气", "Weather"),
        {Weather.SUN: Words("晴", "Sun"), Weather.RAIN: Words("雨", "Rain")},
    ] = None
    note: Annotated[str, Words("说明", "Note")] = ""
    name: Annotated[Words, Words("名称", "Name")] = Words("样例", "sample")

    def cover(self, *, price_minor: int, left_minor: int, used: Tally, today: date) -> int:  # noqa: ARG002 - one shape for every kind
        return min(left_minor, sum(self.lucky))

    def check(self) -> None:
        if len(self.steps) > 3:
            raise TermsInvalid(field="steps", most=3)
        for step in self.steps:
            check_range("steps", step.basis_points)

    def describe(self) -> Words:
        return Words(f"{len(self.steps)}档", f"{len(self.steps)} steps")

    @classmethod
    def example(cls) -> Self:
        return cls(steps=(Step(threshold_minor=100_00, basis_points=1_000),))


@contextmanager
def sample_registered() -> Iterator[type[Sample]]:
    """Register the kind temporarily."""
    kind(Sample)
    try:
        yield Sample
    finally:
        del ledger.benefits._KINDS[Sample.KIND]
