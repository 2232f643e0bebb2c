"""JSON bodies, read strictly: ambiguous JSON is rejected."""

from __future__ import annotations

import json
from typing import Annotated, Any, Generic, NamedTuple, Never, TypeVar

import msgspec
from flask import request

from ledger.errors import InputInvalid
from pos_gateway.errors.http import ContentTypeWrong, RequestMalformed

BODY_BYTES_MAX = 65_536

CONTENT_TYPE = "application/json"

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


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a name stands twice")
    return members


def _no_number(constant: str) -> Never:
    raise ValueError(constant)


_DECODE = json.JSONDecoder(object_pairs_hook=_once_each, parse_constant=_no_number).decode
