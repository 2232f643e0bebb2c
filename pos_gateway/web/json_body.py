"""JSON bodies and single values, read strictly: ambiguous JSON is rejected.

A wrong value raises InputInvalid, with the argument `field` as the name of the value.
"""

import json
import re
import unicodedata
from collections.abc import Callable, Iterable
from datetime import date, time
from functools import cache
from operator import attrgetter
from typing import Annotated, Any, Generic, NamedTuple, Never, TypeVar

import msgspec

from ledger.errors import InputInvalid
from ledger.members.member import ID
from pos_gateway.errors import ContentTypeWrong, RequestMalformed

BODY_BYTES_MAX = 65_536

CONTENT_TYPE = "application/json"

_CLOCK = re.compile(r"\d{1,2}:\d{2}(:\d{2}(\.\d{1,6})?)?", re.ASCII)
_DIGITS_MAX = 20
_QUOTING = ("Object contains unknown field", "Invalid enum value")
"""Errors in which msgspec quotes the input, which could be a person's name."""

ID_PATTERN = rf"^{ID.pattern}$(?!\n)"  # Python's `$` alone accepts a final line end

Id = Annotated[str, msgspec.Meta(pattern=ID_PATTERN, max_length=64)]


Body = TypeVar("Body", bound=msgspec.Struct)


class Asking(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The base of request bodies: a field that they do not declare is an error."""


class NothingAsked(Asking, frozen=True, kw_only=True):
    """A request body that must be an empty JSON object."""

    # Declared as `@route(…, asks=NothingAsked)`: the view does not take it.


class Asked(NamedTuple, Generic[Body]):
    """A decoded request body, and its canonical JSON bytes: equal requests have equal bytes."""

    body: Body
    canonical: bytes

    def by(self, merchant_id: str) -> bytes:
        """Return the bytes that identify a till's request: merchant id and canonical JSON."""
        return merchant_id.encode() + b"\n" + self.canonical


def body_of(kind: type[Body], /, *sources: object, **named: Any) -> Body:
    """Build a body of type `kind` from `named`, and from the first source with each other field.

    If a source has no attribute `ticket` but a `ticket_id`, that one gives the field `ticket`. A
    field that is found nowhere has its default.

    Raises:
        TypeError: a required field is in no source and not in `named`.
    """
    copied = _copied(kind, tuple(named), *map(type, sources))
    for source, (fields, get) in zip(sources, copied, strict=True):
        named.update(zip(fields, get(source), strict=True))
    return kind(**named)


@cache
def _copied(
    kind: type[msgspec.Struct], named: tuple[str, ...], *sources: type
) -> list[tuple[tuple[str, ...], Callable[[object], Iterable[Any]]]]:
    """Return for each source type the fields of the body it has, and a function of their values."""
    left = [field for field in kind.__struct_fields__ if field not in named]
    taken = []
    for source in sources:
        pairs = ((field, name) for field in left for name in (f"{field}_id", field))
        found = {field: name for field, name in pairs if hasattr(source, name)}
        taken.append((tuple(found), _getter(list(found.values()))))
        left = [field for field in left if field not in found]
    return taken


def _getter(names: list[str]) -> Callable[[object], Iterable[Any]]:
    if len(names) > 1:
        return attrgetter(*names)
    return lambda source: [getattr(source, name) for name in names]


def sent_body() -> bytes:
    """Return the raw body of the current request; ContentTypeWrong if not declared as JSON."""
    from flask import request  # noqa: PLC0415 - `hongka tickets` uses our schemas without a server

    if request.mimetype != CONTENT_TYPE:
        raise ContentTypeWrong
    return request.get_data(cache=False)


def read_body(raw: bytes, kind: type[Body]) -> Asked[Body]:
    """Decode a JSON body strictly to the struct `kind`.

    Raises:
        RequestMalformed: the bytes are not valid JSON, or a name occurs twice in one object, or a
            number is NaN or infinite.
        InputInvalid: the JSON does not match `kind`; `field` is the path of the wrong field, None
            for the whole body.
    """
    try:
        parsed = _DECODE(raw.decode("utf-8-sig"))  # some clients write a byte order mark
    except (ValueError, RecursionError):
        raise RequestMalformed(problem="no JSON, or a name or number that may not be") from None
    try:
        body = msgspec.convert(parsed, kind)
        return Asked(body, msgspec.json.encode(body, order="sorted"))
    except msgspec.ValidationError as wrong:
        problem, _, field = str(wrong).partition(" - at ")
        problem = next((said for said in _QUOTING if problem.startswith(said)), problem)
        raise InputInvalid(field=field.strip("`$.") or None, problem=problem) from None
    except UnicodeEncodeError:
        raise RequestMalformed(problem="half a surrogate pair") from None


def check_id(field: str, text: str) -> None:
    """Raise InputInvalid unless an id has 1–64 letters, digits, `_`, `-`, and no sign first."""
    try:
        msgspec.convert(text, Id)
    except msgspec.ValidationError:
        raise InputInvalid(field=field) from None


def read_number(field: str, text: str, *, least: int = 0, most: int = 2**53) -> int:
    """Parse a whole number of digits alone, `least` to `most` included; or raise InputInvalid."""
    known = text.isascii() and text.isdecimal() and len(text) <= _DIGITS_MAX
    if not known or not least <= int(text) <= most:
        raise InputInvalid(field=field, most=most)
    return int(text)


def read_day(field: str, text: str) -> date | None:
    """Parse an ISO day such as 2026-12-31; return None for blank text, else raise InputInvalid."""
    try:
        return date.fromisoformat(text.strip()) if text.strip() else None
    except ValueError:
        raise InputInvalid(field=field) from None


def read_clock(text: str) -> time:
    """Return a time of day such as 9:00, 22：00 or 09:30:15, full width too; 24:00 is midnight.

    Raises:
        ValueError: it is no such time.
    """
    clock = unicodedata.normalize("NFKC", text).strip()
    if not _CLOCK.fullmatch(clock):
        raise ValueError(text)
    clock = clock.rjust(len(clock) + (clock[1] == ":"), "0")
    return time.fromisoformat("00:00" if clock in {"24:00", "24:00:00"} else clock)


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a name stands twice")
    return members


def _no_number(constant: str) -> Never:
    raise ValueError(constant)


_DECODE = json.JSONDecoder(object_pairs_hook=_once_each, parse_constant=_no_number).decode
