"""A snapshot: a state as text, marked with the program that folded it."""

from __future__ import annotations

import typing
from typing import Any

import msgspec
from immutables import Map


class _Snapshot(msgspec.Struct):
    program: str
    state: msgspec.Raw


def snapshot_text(state: Any, program: str) -> str:
    """Return a state as JSON text, with the hash of the program that folded it."""
    return msgspec.json.encode({"program": program, "state": state}, enc_hook=_plain).decode()


def snapshot_state(text: str, kind: type[Any], program: str) -> Any | None:
    """Return the state of a snapshot as a `kind`; None if another program folded it."""
    snapshot = msgspec.json.decode(text, type=_Snapshot)
    if snapshot.program != program:
        return None
    return msgspec.json.decode(snapshot.state, type=kind, dec_hook=_map)


def _plain(value: Any) -> Any:
    if isinstance(value, Map):
        return dict(value)
    raise NotImplementedError(type(value))


def _map(kind: Any, value: Any) -> Any:
    if typing.get_origin(kind) is Map:
        return Map(msgspec.convert(value, dict[typing.get_args(kind)], dec_hook=_map))  # type: ignore[misc]
    raise NotImplementedError(kind)
