"""The log of facts on SQLite or PostgreSQL: the only place in this house that speaks SQL."""

from __future__ import annotations

from ledger.store.failures import (
    Conflict,
    DiskFailed,
    FateUnknown,
    StoreFailure,
    Unavailable,
    Unfit,
)
from ledger.store.leaf import leaf
from ledger.store.log import Log
from ledger.store.rows import Draft, Head, Loaded, Stored, at_text, at_time, is_name
from ledger.store.view import Tx, View

__all__ = [
    "Conflict",
    "DiskFailed",
    "Draft",
    "FateUnknown",
    "Head",
    "Loaded",
    "Log",
    "StoreFailure",
    "Stored",
    "Tx",
    "Unavailable",
    "Unfit",
    "View",
    "at_text",
    "at_time",
    "is_name",
    "leaf",
]
