"""The base class of benefits and the registry of kinds; each kind is one file in `kinds/`."""

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
"""The most uses or stamps that the terms of one benefit may set."""


class Words(msgspec.Struct, frozen=True):
    """A text for people in both languages: Chinese (`zh`) and English (`en`)."""

    zh: str
    en: str


class Remaining(msgspec.Struct, frozen=True, kw_only=True):
    """The rest of a benefit for one member in the running `period`.

    Only one of the others is set, as the kind decides: an amount (minor units) or times that may
    still be used, or stamps still missing for a free use. The other two are None.
    """

    period: Period
    amount_minor: int | None = None
    times: int | None = None
    stamps: int | None = None


class Benefit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=False):
    """The terms of one benefit; each kind is a subclass. Fields are stored: append, with defaults.

    `KIND` is the stored name of the kind, `TITLE` the one for people. Each field names itself for
    people in its annotation: `Annotated[int, Words("次数", "Times")]`.
    """

    KIND: ClassVar[str]
    TITLE: ClassVar[Words]
    TICKET: ClassVar[bool] = False
    """True for a ticket of a drop: members claim it; officers neither publish nor grant it."""

    def cover(self, *, price_minor: int, left_minor: int, used: Tally, today: date) -> int:
        """Return the amount taken off in minor units, 0 … `left_minor`; 0 only counts the use.

        `left_minor` is left to pay after the benefits with an earlier turn (1 … price), `used` are
        this member's uses of the benefit, and `today` is the day in the zone of the rules. A
        Refusal says why the benefit gives nothing here.
        """
        raise NotImplementedError

    def remaining(self, *, used: Tally, today: date) -> Remaining | None:  # noqa: ARG002 - one shape for every kind
        """Return the rest of the benefit after these uses; None if the kind has no such bound."""
        return None

    def offline(self) -> Formula | None:
        """Return the discount of a member without uses as a formula that a till evaluates offline.

        None where no formula can state the discount: tills do not give the benefit offline.
        """
        return None

    def check(self) -> None:
        """Check terms when they are published or granted, never when they are loaded.

        Raise TermsInvalid, with `field` naming the wrong field, for a number or list out of bounds.
        """
        raise NotImplementedError

    def describe(self) -> Words:
        """Return the terms in one short line, in Chinese and English."""
        raise NotImplementedError

    @classmethod
    def example(cls) -> Self:
        """Return typical terms for tests, the demonstration and `hongka offers kinds`."""
        raise NotImplementedError


B = TypeVar("B", bound=type[Benefit])
_KINDS: dict[str, type[Benefit]] = {}
_PARTS = ("KIND", "TITLE", "cover", "check", "describe", "example")


def kind(cls: B) -> B:
    """Register a class as a kind of benefit under its `KIND`; return the class (a decorator).

    A name that is taken raises ValueError; a missing method or constant raises TypeError.
    """
    name = vars(cls).get("KIND")
    if name in _KINDS:
        raise ValueError(f"kind {name!r} is taken by {_KINDS[name].__name__}")
    own = set[str]().union(*map(vars, cls.__mro__[: cls.__mro__.index(Benefit)]))
    missing = [part for part in _PARTS if part not in own]
    if missing:
        file = f"{cls.__module__.replace('.', '/')}.py"
        raise TypeError(f"{file}: {cls.__name__} lacks {', '.join(missing)}; see class Benefit")
    _KINDS[cls.KIND] = cls
    return cls


def registered_kinds() -> Mapping[str, type[Benefit]]:
    """Return every kind by its name (`percent_off` …), tickets included, sorted by name."""
    return dict(sorted(_KINDS.items()))


def published_kinds() -> Mapping[str, type[Benefit]]:
    """Return the kinds that officers publish and grant: every kind but tickets, by name."""
    return {name: cls for name, cls in registered_kinds().items() if not cls.TICKET}


def benefit(kind_name: str, terms: Mapping[str, Any]) -> Benefit:
    """Return the benefit of a kind with these stored terms, without checking their values.

    Fields that only a newer program knows are dropped. An unknown kind, a missing field or a value
    of another type raises TermsInvalid.
    """
    try:
        stored = msgspec.json.encode(dict(terms))
    except (TypeError, ValueError) as wrong:
        raise TermsInvalid(field="terms", problem=type(wrong).__name__) from wrong
    return _benefit(kind_name, stored)


def checked_benefit(kind_name: str, terms: Mapping[str, Any]) -> Benefit:
    """Return the benefit of a kind with terms to be published, after checking every value.

    Raises:
        TermsInvalid: no such kind, a ticket, another shape, a field that the kind does not have, or
            a value out of range; `field` names which.
    """
    found = _exact(kind_name, terms)
    if found.TICKET:
        raise TermsInvalid(field="kind", kind=kind_name)
    found.check()
    return found


def same_terms(kind_name: str, stored: Mapping[str, Any], given: Mapping[str, Any]) -> bool:
    """Return whether two terms of one kind mean the same; invalid terms equal only identical ones.

    A list and a tuple mean the same, and so do a default written out and one left out.
    """
    if stored == given:
        return True
    try:
        return _exact(kind_name, stored) == _exact(kind_name, given)
    except TermsInvalid:
        return False


def unknown_field(given: Any, read: Any) -> str | None:
    """Return the first name in `given` that the struct `read`, decoded from it, does not have.

    Structs and lists inside are searched too; None if every name is known.
    """
    if isinstance(read, msgspec.Struct) and isinstance(given, Mapping):
        for name, value in given.items():
            unknown = name
            if name in read.__struct_fields__:
                unknown = unknown_field(value, getattr(read, name))
            if unknown is not None:
                return str(unknown)
    elif isinstance(read, tuple):
        return next(filter(None, map(unknown_field, given, read)), None)
    return None


def check_range(field: str, value: int | None, *, least: int = 1, most: int = AMOUNT_MAX) -> None:
    """Raise TermsInvalid unless the term is a whole number, `least` … `most`; None passes."""
    if value is not None and (type(value) is not int or not least <= value <= most):
        raise TermsInvalid(field=field, least=least, most=most)


def yuan(amount_minor: int) -> str:
    """Return an amount in minor units as yuan on a price tag: 3000 is 30, 990 is 9.9, 5 is 0.05."""
    whole, rest = divmod(amount_minor, 100)
    return f"{whole}.{rest:02}".rstrip("0").rstrip(".") if rest else str(whole)


def _exact(kind_name: str, terms: Mapping[str, Any]) -> Benefit:
    found = benefit(kind_name, terms)
    # Otherwise a misspelt ceiling would be no ceiling.
    unknown = unknown_field(terms, found)
    if unknown is not None:
        raise TermsInvalid(field=unknown)
    return found


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
