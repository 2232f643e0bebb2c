"""The fields of a kind for forms and commands, read from the annotations of the kind."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from enum import EnumType, StrEnum
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, NamedTuple, Union, get_args, get_origin

import msgspec

from ledger.benefits import Words
from ledger.benefits.terms import Period

AmountMinor = Annotated[int, Words("金额", "Amount")]
BasisPoints = Annotated[int, Words("减免比例", "Part taken off")]
EachPeriod = Annotated[
    Period,
    Words("每多久一次", "How often"),
    {
        Period.DAY: Words("每日", "A day"),
        Period.WEEK: Words("每周", "A week"),
        Period.MONTH: Words("每月", "A month"),
        Period.TERM: Words("总共", "In all"),
    },
]
ThresholdMinor = Annotated[int, Words("满多少可用", "From a price of")]
WorthMaxMinor = Annotated[int | None, Words("每次最多抵", "Each worth at most")]


class Unit(StrEnum):
    """The form in which people write a field's value; the ending of a number's name decides it."""

    YUAN = "yuan"
    """Stored in minor units; the name ends in `_minor`."""
    PERCENT = "percent"
    """Stored in basis points; the name ends in `basis_points`."""
    COUNT = "count"
    TEXT = "text"
    CHOICE = "choice"
    """One of `choices`; an enum."""
    GROUP = "group"
    """A struct; its fields are the `parts`."""


class Field(NamedTuple):
    """One field of a kind of benefit, or of a struct in it; with `many`, a list of such values.

    `words` is its name for people, `required` is False where it has a default. `choices` are the
    words of an enum's values (else empty); `parts`, the fields of a struct (else empty).
    """

    name: str
    words: Words
    unit: Unit
    required: bool
    many: bool = False
    choices: Mapping[str, Words] = {}
    parts: tuple[Field, ...] = ()

    @property
    def row(self) -> Field:
        """The field for one value of the list: the same with `many` False."""
        return self._replace(many=False)


_BOTH = (
    Field("zh", Words("中文", "Chinese"), Unit.TEXT, required=True),
    Field("en", Words("英文", "English"), Unit.TEXT, required=False),
)


@cache
def fields_of(cls: type[msgspec.Struct]) -> tuple[Field, ...]:
    """Return the fields of a kind of benefit, or of a struct in it, in the order of declaration.

    A field without words, or of a type that forms do not know, raises TypeError naming file and
    line.
    """
    if cls is Words:
        return _BOTH
    return tuple(_field(cls, one) for one in msgspec.structs.fields(cls))


def _field(cls: type[msgspec.Struct], found: msgspec.structs.FieldInfo) -> Field:
    name, said = found.name, list[Any]()
    hint = _bare(found.type, said)
    many = get_origin(hint) is tuple and get_args(hint)[1:] == (...,)
    if many:
        hint = _bare(get_args(hint)[0], said)
    words = next((one for one in said if isinstance(one, Words)), None)
    if words is None:
        raise _wrong(cls, name, f'has no words: write `{name}: Annotated[…, Words("…", "…")]`')
    choices = next((one for one in said if isinstance(one, Mapping)), {})
    parts: tuple[Field, ...] = ()
    if isinstance(hint, EnumType):
        unit = Unit.CHOICE
        if set(choices) != set(hint):
            raise _wrong(cls, name, "has no words for its choices: add `{member: Words(…), …}`")
    elif hint is int:
        is_amount, is_part = name.endswith("_minor"), name.endswith("basis_points")
        unit = Unit.YUAN if is_amount else Unit.PERCENT if is_part else Unit.COUNT
    elif hint is str:
        unit = Unit.TEXT
    elif inspect.isclass(hint) and issubclass(hint, msgspec.Struct):
        unit, parts = Unit.GROUP, fields_of(hint)
    else:
        known = "int, str, an enum, a struct, each also with `| None`, or tuple[…, ...] of these"
        raise _wrong(cls, name, f"has the type {hint}, which no form knows. Known: {known}")
    named = {str(one.value): text for one, text in choices.items()}
    return Field(name, words, unit, found.required, many, named, parts)


def _bare(hint: Any, said: list[Any]) -> Any:
    """Return a type without `Annotated` and `| None`; append the annotations to `said`."""
    if get_origin(hint) is Annotated:
        hint, *more = get_args(hint)
        said += more
        return _bare(hint, said)
    if get_origin(hint) in {Union, UnionType}:
        others = [one for one in get_args(hint) if one is not NoneType]
        if len(others) == 1:
            return _bare(others[0], said)
    return hint


def _wrong(cls: type, name: str, problem: str) -> TypeError:
    lines, first = inspect.getsourcelines(cls)
    places = (place for place, line in enumerate(lines, first) if re.match(rf"\s+{name}\s*:", line))
    file = Path(inspect.getfile(cls))
    return TypeError(f"{file}:{next(places, first)}: {cls.__name__}.{name} {problem}")
