"""JSON bodies, read strictly: ambiguous JSON is rejected."""

from __future__ import annotations

import json
from datetime import date
from functools import cache
from typing import Annotated, Any, Generic, NamedTuple, Never, TypeVar

import msgspec
from flask import request

from ledger.errors import InputInvalid
from pos_gateway.errors.http import ContentTypeWrong, RequestMalformed

BODY_BYTES_MAX = 65_536

CONTENT_TYPE = "application/json"

_DIGITS_MAX = 20
_QUOTING = ("Object contains unknown field", "Invalid enum value")
"""Errors in which msgspec quotes the input, which could be a person's name."""

ID_PATTERN = (
    r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$(?!\n)"  # Python's `$` alone accepts a final line end
)

Id = Annotated[str, msgspec.Meta(pattern=ID_PATTERN, max_length=64)]


Body = TypeVar("Body", bound=msgspec.Struct)


class Asked(NamedTuple, Generic[Body]):
    """A body as a struct, and its canonical bytes: one meaning has one spelling."""

    body: Body
    canonical: bytes

    def by(self, merchant_id: str) -> bytes:
        """Return the bytes that identify the request of one merchant."""
        return merchant_id.encode() + b"\n" + self.canonical


def body_of(kind: type[Body], /, *sources: object, **named: Any) -> Body:
    """Return a body of these fields; it copies the others from the first source that has them."""
    copied = _copied(kind, tuple(named), *map(type, sources))
    for source, fields in zip(sources, copied, strict=True):
        for field in fields:
            named[field] = getattr(source, field)
    return kind(**named)


@cache
def _copied(kind: type[msgspec.Struct], named: tuple[str, ...], *sources: type) -> list[list[str]]:
    """Return the fields that a body takes from each source."""
    left = [field for field in kind.__struct_fields__ if field not in named]
    taken: list[list[str]] = []
    for source in sources:
        taken.append([field for field in left if hasattr(source, field)])
        left = [field for field in left if field not in taken[-1]]
    return taken


def sent_body() -> bytes:
    """Return the body of the current request.

    Raises:
        ContentTypeWrong: it is not declared as JSON.

    """
    if request.mimetype != CONTENT_TYPE:
        raise ContentTypeWrong
    return request.get_data(cache=False)


def read_body(raw: bytes, kind: type[Body]) -> Asked[Body]:
    """Decode a body.

    Raises:
        RequestMalformed: it is not a JSON object, or ambiguous.
        InputInvalid: it does not match the schema; `field` names where.

    """
    try:
        parsed = _DECODE(raw.decode())
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
    """Check an identifier out of a path.

    Raises:
        InputInvalid: it is not 1–64 letters, digits, `_` and `-`.

    """
    try:
        msgspec.convert(text, Id)
    except msgspec.ValidationError:
        raise InputInvalid(field=field) from None


def read_number(field: str, text: str, *, least: int = 0, most: int = 2**53) -> int:
    """Return a whole number out of a path, a query or a form.

    Raises:
        InputInvalid: it is none from `least` to `most`.

    """
    known = text.isascii() and text.isdecimal() and len(text) <= _DIGITS_MAX
    if not known or not least <= int(text) <= most:
        raise InputInvalid(field=field, most=most)
    return int(text)


def read_day(field: str, text: str) -> date | None:
    """Return the day in an ISO text out of a path, a query or a form; None for an empty one.

    Raises:
        InputInvalid: it is no day.

    """
    try:
        return date.fromisoformat(text.strip()) if text.strip() else None
    except ValueError:
        raise InputInvalid(field=field) from None


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a name stands twice")
    return members


def _no_number(constant: str) -> Never:
    raise ValueError(constant)


_DECODE = json.JSONDecoder(object_pairs_hook=_once_each, parse_constant=_no_number).decode
