"""Benefits: what every kind shares, and the registry of kinds. `kinds/` holds one file for each."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Any, ClassVar, Self, TypeVar

import msgspec

from ledger.benefits.formula import Formula
from ledger.benefits.terms import Period, Tally
from ledger.errors import TermsInvalid
from ledger.money import AMOUNT_MAX

USES_MAX = 10_000
"""The most uses the terms of one benefit may count to."""


class Words(msgspec.Struct, frozen=True):
    """What a benefit says of itself to people, in both languages."""

    zh: str
    en: str


class Remaining(msgspec.Struct, frozen=True, kw_only=True):
    """What one member has left of a benefit in the running `period`: one of the three is known.

    An amount in minor units; so many times; or `stamps` yet to collect before a use is free.
    """

    period: Period
    amount_minor: int | None = None
    times: int | None = None
    stamps: int | None = None


class Benefit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=False):
    """The terms of one benefit of one kind. Fields are stored: append only, with defaults."""

    KIND: ClassVar[str]
    TITLE: ClassVar[Words]
    TICKET: ClassVar[bool] = False
    """Whether it is a ticket of a drop: those are claimed, never published or granted by hand."""

    def cover(self, *, price_minor: int, left_minor: int, used: Tally, today: date) -> int:
        """How much is taken off, in minor units: 0 … `left_minor`.

        `price_minor` is the price of the purchase; `left_minor`, what is left to pay after the
        choices that had their turn before (1 … price); `used`, what this member has used of this
        benefit; `today`, the day in the zone of the rules. Returns 0 where the use only counts (a
        stamp).

        Raises:
            Refusal: the benefit gives nothing here, and why.

        """
        raise NotImplementedError

    def remaining(self, *, used: Tally, today: date) -> Remaining | None:  # noqa: ARG002 - one shape for every kind
        """What is left of it after what this member `used`; None where the kind knows no end."""
        return None

    def offline(self) -> Formula | None:
        """What is taken off for a member who has not used it, for a till without a line.

        None where that can't be reckoned without knowing what the member used before.
        """
        return None

    def check(self) -> None:
        """Check terms as they are published, never as they are loaded.

        Raises:
            TermsInvalid: `field` names what is wrong.

        """
        raise NotImplementedError

    def describe(self) -> Words:
        """The terms in one short line, in both languages."""
        raise NotImplementedError

    @classmethod
    def example(cls) -> Self:
        """Terms in character: for tests, the demonstration and the README."""
        raise NotImplementedError


B = TypeVar("B", bound=type[Benefit])
_KINDS: dict[str, type[Benefit]] = {}


def kind(cls: B) -> B:
    """Register a kind of benefit.

    Raises:
        ValueError: the name is taken.

    """
    if cls.KIND in _KINDS:
        raise ValueError(f"kind {cls.KIND!r} is taken by {_KINDS[cls.KIND].__name__}")
    _KINDS[cls.KIND] = cls
    return cls


def registered_kinds() -> Mapping[str, type[Benefit]]:
    """Every kind by name."""
    return dict(sorted(_KINDS.items()))


def benefit(kind_name: str, terms: Mapping[str, Any]) -> Benefit:
    """The benefit of a kind with these terms, unchecked.

    For terms as they are loaded: a field this program does not know yet is passed over.

    Raises:
        TermsInvalid: no such kind, or the terms have another shape.

    """
    try:
        stored = msgspec.json.encode(dict(terms))
    except (TypeError, ValueError) as wrong:
        raise TermsInvalid(field="terms", problem=type(wrong).__name__) from wrong
    return _benefit(kind_name, stored)


def checked_benefit(kind_name: str, terms: Mapping[str, Any]) -> Benefit:
    """The benefit of a kind with these terms, checked: for terms as they are published.

    Raises:
        TermsInvalid: no such kind, a ticket, another shape, a field the kind does not have, or a
            value out of range; `field` names which.

    """
    found = benefit(kind_name, terms)
    if found.TICKET:
        raise TermsInvalid(field="kind", kind=kind_name)
    for field in terms:
        # A misspelt ceiling would otherwise be no ceiling.
        if field not in found.__struct_fields__:
            raise TermsInvalid(field=field)
    found.check()
    return found


def check_range(field: str, value: int, *, least: int = 1, most: int = AMOUNT_MAX) -> None:
    """Check one number of the terms, both ends inside.

    Raises:
        TermsInvalid: the value is outside.

    """
    if not least <= value <= most:
        raise TermsInvalid(field=field, least=least, most=most)


def yuan(amount_minor: int) -> str:
    """An amount as a price tag has it: 30, 9.9, 0.05."""
    whole, rest = divmod(amount_minor, 100)
    return f"{whole}.{rest:02}".rstrip("0").rstrip(".") if rest else str(whole)


@lru_cache(maxsize=10_000)
def _benefit(kind_name: str, terms: bytes) -> Benefit:
    cls = _KINDS.get(kind_name)
    if cls is None:
        raise TermsInvalid(field="kind", kind=kind_name)
    try:
        return msgspec.json.decode(terms, type=cls)
    except msgspec.ValidationError as wrong:
        raise TermsInvalid(field="terms", problem=str(wrong)) from wrong


_kinds = importlib.import_module(f"{__name__}.kinds")
for _module in pkgutil.iter_modules(_kinds.__path__):
    importlib.import_module(f"{_kinds.__name__}.{_module.name}")
