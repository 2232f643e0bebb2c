"""The event log on SQLite or PostgreSQL: the only package of the ledger with SQL."""

from __future__ import annotations

from ledger.store.failures import (
    Conflict,
    DiskFailed,
    FateUnknown,
    StoreFailure,
    Unavailable,
    Unfit,
    UpgradeFailed,
    WrongVersion,
)
from ledger.store.leaf_hash import leaf
from ledger.store.log import Log
from ledger.store.log_view import Tx, View
from ledger.store.rows import Draft, Head, Loaded, Stored, at_text, at_time, is_name

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
    "UpgradeFailed",
    "View",
    "WrongVersion",
    "at_text",
    "at_time",
    "is_name",
    "leaf",
]
