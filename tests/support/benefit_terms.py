"""Terms of every kind of benefit for tests, built from the types of the fields of the kind."""

import inspect
import json
from collections.abc import Callable, Iterator
from enum import EnumType
from types import NoneType, UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

import msgspec
import pytest
from hypothesis import strategies as st

from ledger.benefits import Benefit, Words, benefit, published_kinds, registered_kinds
from ledger.errors import TermsInvalid
from ledger.money import AMOUNT_MAX, WHOLE

KINDS = list(registered_kinds().values())
PUBLISHED = list(published_kinds().values())
EXAMPLES: dict[str, dict[str, Any]] = {
    cls.KIND: msgspec.to_builtins(cls.example()) for cls in PUBLISHED
}
"""The example of every kind that officers publish, as its terms are stored."""

every_kind = pytest.mark.parametrize("cls", KINDS, ids=lambda cls: cls.KIND)
every_published_kind = pytest.mark.parametrize("cls", PUBLISHED, ids=lambda cls: cls.KIND)

INTEGERS = st.integers(0, 200) | st.integers(0, WHOLE) | st.integers(0, AMOUNT_MAX)
LONG = 3_000
"""More entries or characters than any list or text of terms may have."""

_BAD: dict[Any, tuple[Any, ...]] = {
    int: (-1, AMOUNT_MAX + 1, 10**30),
    str: ("x" * LONG, "x\x00"),
    Words: (Words("", "x"), Words("x", " "), Words("x" * LONG, "x"), Words("x\x00", "x")),
    NoneType: (),
}

B = TypeVar("B", bound=Benefit)


def file_of(cls: type[Benefit]) -> str:
    """Return the file and the line where a kind begins, for the message of a failed test."""
    return f"{inspect.getsourcefile(cls)}:{inspect.getsourcelines(cls)[1]}"


def assert_stored_terms_load(cls: type[Benefit], stored: str, **meaning: Any) -> None:
    """Assert that terms, as a release stored them, load and mean the same; later fields follow."""
    loaded = benefit(cls.KIND, json.loads(stored))

    assert {field: getattr(loaded, field) for field in meaning} == meaning
    assert loaded.__struct_fields__[: len(meaning)] == tuple(meaning)


def is_publishable(found: Benefit) -> bool:
    """Return whether the kind itself lets these terms be published."""
    try:
        found.check()
    except TermsInvalid:
        return False
    return True


def benefits_of(cls: type[B], integers: st.SearchStrategy[int] = INTEGERS) -> st.SearchStrategy[B]:
    """Return a strategy for terms of a kind that can be published, its example among them."""
    example = st.just(cls.example())
    made = (example | values_of(cls, integers)).filter(is_publishable)
    return example | made


def terms_of(
    cls: type[Benefit], integers: st.SearchStrategy[int] = INTEGERS
) -> st.SearchStrategy[tuple[str, dict[str, Any]]]:
    """Return a strategy for the name of a kind with terms that can be published, as stored."""
    return benefits_of(cls, integers).map(lambda found: (cls.KIND, msgspec.to_builtins(found)))


def values_of(hint: Any, integers: st.SearchStrategy[int] = INTEGERS) -> st.SearchStrategy[Any]:
    """Return a strategy for the values of a type, whether or not they can be published."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return values_of(inner[0], integers)
    if origin in {Union, UnionType}:
        return st.one_of([values_of(one, integers) for one in inner])
    if origin is tuple and inner[1:] == (...,):
        return st.lists(values_of(inner[0], integers), max_size=4).map(tuple)
    if isinstance(hint, EnumType):
        return st.sampled_from(list(hint))
    if inspect.isclass(hint) and issubclass(hint, msgspec.Struct):
        fields = msgspec.structs.fields(hint)
        return st.builds(hint, **{one.name: values_of(one.type, integers) for one in fields})
    simple = {int: integers, str: st.text(max_size=45), NoneType: st.none()}
    if hint not in simple:
        raise _unknown(hint, values_of)
    return simple[hint]


def bad_values(hint: Any, value: Any) -> Iterator[Any]:
    """Yield values of a type that no kind may let be published: `value` with one thing wrong."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Annotated:
        yield from bad_values(inner[0], value)
    elif origin in {Union, UnionType}:
        for one in inner:
            yield from bad_values(one, value)
    elif origin is tuple:
        if value:
            yield value * LONG
            yield from ((bad, *value[1:]) for bad in bad_values(inner[0], value[0]))
    elif hint in _BAD:
        yield from _BAD[hint]
    elif inspect.isclass(hint) and issubclass(hint, msgspec.Struct):
        yield from () if value is None else (one for _, one in bad_structs(value))
    elif not isinstance(hint, EnumType):
        raise _unknown(hint, bad_values)


def bad_structs(value: msgspec.Struct) -> Iterator[tuple[str, Any]]:
    """Yield a struct with one field wrong, and the name of the field."""
    for one in msgspec.structs.fields(value):
        for bad in bad_values(one.type, getattr(value, one.name)):
            yield one.name, msgspec.structs.replace(value, **{one.name: bad})


def _unknown(hint: Any, function: Callable[..., object]) -> TypeError:
    line = inspect.getsourcelines(function)[1]
    return TypeError(
        f"the tests know no values of the type {hint}: give the field of the kind another type, or"
        f" add a branch to {function.__name__} in {__file__}:{line}"
    )
