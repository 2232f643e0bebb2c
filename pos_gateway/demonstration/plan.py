"""The stored plan of a demonstration: its begin, its keys and a code, the same at each start."""

import os
import secrets
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import msgspec

from pos_gateway.auth.api_key import SECRET_BYTES, make_till_key
from pos_gateway.codes import make_printed_code
from pos_gateway.codes.printed import PRINTED_BYTES
from pos_gateway.demonstration import market
from pos_gateway.demonstration.staffing import Officer, new_officers

KEYS = 3
"""The number of members whose keys are shown."""

_FILE_BYTES_MAX = 1_000_000


class Till(msgspec.Struct, frozen=True):
    """A till of the demonstration, with the key that each start prints."""

    merchant_id: str
    outlet_id: str
    till_id: str
    key: str
    key_hash: str


class Plan(msgspec.Struct, frozen=True):
    """Everything that must be the same when loading is repeated: the begin and the secrets.

    `name` is such as demo-e698ef. `secrets` (hex) make the first members' keys. `card_id` (the
    visitor's card) is set when the loading ends, and so is `member_keys` if there are drops. The
    file is readable by its owner only; a real till's key is shown once and never stored.
    """

    begun: datetime
    name: str
    tills: tuple[Till, ...]
    printed_code: str
    card_id: str = ""
    secrets: tuple[str, ...] = ()
    member_keys: tuple[str, ...] = ()
    officers: tuple[Officer, ...] = ()


def new_plan(now: datetime) -> Plan:
    """Return a plan that begins at `now`, with a new name and new secrets; nothing is stored."""
    # The name keeps a second demonstration on the same ledger apart from the first.
    name = f"demo-{secrets.token_hex(3)}"
    return Plan(
        begun=now,
        name=name,
        tills=tuple(_new_tills(name)),
        printed_code=make_printed_code(secrets.token_bytes(PRINTED_BYTES)),
        secrets=tuple(secrets.token_hex(SECRET_BYTES) for _ in range(KEYS)),
        officers=new_officers(),
    )


def _new_tills(name: str) -> Iterator[Till]:
    for shop in market.SHOPS:
        for outlet_id in shop.outlets:
            till_id = f"{name}-{outlet_id}"
            key, key_hash = make_till_key(
                shop.merchant_id, till_id, secrets.token_bytes(SECRET_BYTES)
            )
            yield Till(shop.merchant_id, outlet_id, till_id, key, key_hash)


def read_plan(path: Path) -> Plan | None:
    """Return the plan stored at a path, None if there is no file; a damaged file raises."""
    try:
        with path.open("rb") as file:
            return msgspec.json.decode(file.read(_FILE_BYTES_MAX), type=Plan)
    except FileNotFoundError:
        return None


def keep_plan(path: Path, plan: Plan) -> None:
    """Store a plan atomically, in a file that only its owner can read."""
    unfinished = path.with_suffix(".unfinished")
    opened = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(opened, "wb") as file:
        file.write(msgspec.json.encode(plan))
    unfinished.replace(path)
