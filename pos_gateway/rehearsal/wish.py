"""The options of a rehearsal."""

from __future__ import annotations

import msgspec

from pos_gateway.rehearsal.crowd import Shares

MEMBERS_MAX = 100_000
SECONDS_MAX = 600
GATEWAYS_MAX = 8
CONNECTIONS_MAX = 4_096


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """The options of a rehearsal.

    `gateways` None: three, or one where the copy is a SQLite file. `ledger_url` names an empty
    database for the copy; None: a new one. `kept` keeps the copy afterwards.
    """

    drop_id: str
    members: int
    seconds: int
    seed: int = 1
    shares: Shares = Shares()
    gateways: int | None = None
    connections: int = 256
    ledger_url: str | None = None
    kept: bool = False
