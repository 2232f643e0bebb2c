"""Sync receipts: a till's proof of the time of its last sync.

The form is `m1.`, the time in milliseconds since 1970, `.`, and an HMAC-SHA-256 over merchant, till
and time in base64url. A till gets one with every offline bundle.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

from ledger.errors import SlipForged
from pos_gateway.secret_file import gateway_secret
from pos_gateway.services import Services

MARK_LENGTH_MAX = 80
"""The longest receipt, in characters."""

_MARK = re.compile(r"m1\.([0-9]{1,15})\.([A-Za-z0-9_-]{43})")
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def make_mark(services: Services, merchant_id: str, till_id: str, now: datetime) -> str:
    """Return the sync receipt of a till that syncs at `now`."""
    milliseconds = (now - _BEGINNING) // _MILLISECOND
    return f"m1.{milliseconds}.{_seal(services, merchant_id, till_id, milliseconds)}"


def read_mark(services: Services, merchant_id: str, till_id: str, mark: str) -> datetime:
    """Return the time of the sync that the receipt `mark` proves, in UTC.

    Raises:
        SlipForged: the receipt is malformed, or was not issued to this till.
    """
    found = _MARK.fullmatch(mark)
    if found is None:
        raise SlipForged(problem="mark")
    milliseconds = int(found[1])
    if not hmac.compare_digest(_seal(services, merchant_id, till_id, milliseconds), found[2]):
        raise SlipForged(problem="mark")
    return _BEGINNING + milliseconds * _MILLISECOND


def _seal(services: Services, merchant_id: str, till_id: str, milliseconds: int) -> str:
    told = f"hongka sync mark 1\n{merchant_id}\n{till_id}\n{milliseconds}".encode()
    sealed = hmac.digest(_secret(services.settings.keys), told, hashlib.sha256)
    return urlsafe_b64encode(sealed).rstrip(b"=").decode()


@lru_cache(maxsize=16)
def _secret(folder: Path) -> bytes:
    return gateway_secret(folder, "sync-mark")
