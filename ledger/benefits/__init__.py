"""Kinds of benefit: one file a kind, found by being in this folder."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Any, ClassVar, Self, TypeVar

import msgspec

from ledger.errors import TermsInvalid
from ledger.terms import Tally


class Words(msgspec.Struct, frozen=True):
    """What a benefit says of itself to people, in both languages."""

    zh: str
    en: str


class Benefit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=False):
    """The terms of one benefit of one kind. Fields are stored in facts: append only, with defaults."""

    KIND: ClassVar[str]
    TITLE: ClassVar[Words]

    def cover(self, *, price_minor: int, left_minor: int, used: Tally, today: date) -> int:
        """How much is taken off, in minor units: 0 … `left_minor`.

        `price_minor` is the price of the purchase; `left_minor`, what is left to pay after the choices
        that had their turn before (1 … price); `used`, what this member has used of this benefit;
        `today`, the day in the zone of the rules. Returns 0 where the use only counts (a stamp).

        Raises:
            Refusal: the benefit gives nothing here, and why.

        """
        raise NotImplementedError

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


def kinds() -> Mapping[str, type[Benefit]]:
    """Every kind by name."""
    return dict(sorted(_KINDS.items()))


def benefit(kind_name: str, terms: Mapping[str, Any]) -> Benefit:
    """The benefit of a kind with these terms, unchecked.

    Raises:
        TermsInvalid: no such kind, or the terms have another shape.

    """
    return _benefit(kind_name, msgspec.json.encode(terms))


@lru_cache(maxsize=10_000)
def _benefit(kind_name: str, terms: bytes) -> Benefit:
    cls = _KINDS.get(kind_name)
    if cls is None:
        raise TermsInvalid(field="kind", kind=kind_name)
    try:
        return msgspec.json.decode(terms, type=cls)
    except msgspec.ValidationError as wrong:
        raise TermsInvalid(field="terms", problem=str(wrong)) from wrong


for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")
