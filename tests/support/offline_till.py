"""A till of the bakery that was offline: its key, its slips and its reports."""

import json
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from werkzeug.test import TestResponse

from pos_gateway.api.signed_slip import make_mark
from tests.support.app import App

TENTH_OFF = [{"choice": "tenth-off", "merchant_share_minor": 340, "union_share_minor": 340}]
"""A tenth off a cake for 68 yuan; the union pays half."""


class Ed25519Key:
    """A key as a browser makes it."""

    def __init__(self, seed: int = 1) -> None:
        self._private = Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)
        self.public = self._private.public_key().public_bytes_raw().hex()

    def sign(self, purpose: str, text: str) -> str:
        """Return the signature, as WebCrypto returns it, in base64url."""
        return base64url(self._private.sign(f"hongka {purpose} 1\n{text}".encode()))


class P256Key:
    """A key as a browser without Ed25519 makes it."""

    def __init__(self) -> None:
        self._private = ec.derive_private_key(31, ec.SECP256R1())
        point = self._private.public_key().public_bytes(
            Encoding.X962, PublicFormat.UncompressedPoint
        )
        self.public = point.hex()

    def sign(self, purpose: str, text: str) -> str:
        """Return the signature, r and s, as WebCrypto returns it, in base64url."""
        told = f"hongka {purpose} 1\n{text}".encode()
        r, s = decode_dss_signature(self._private.sign(told, ec.ECDSA(SHA256())))
        return base64url(r.to_bytes(32) + s.to_bytes(32))


class OfflineTill:
    """The bakery's till: it syncs, goes offline, gives discounts, and reports them later."""

    def __init__(
        self,
        app: App,
        key: Ed25519Key | P256Key | None = None,
        *,
        merchant_id: str = "bakery",
        till_id: str = "till-1",
        shows: str = "",
    ) -> None:
        self.app = app
        self.place = {"merchant_id": merchant_id, "till_id": till_id}
        self.key = key or Ed25519Key()
        self.number = 0
        self.mark = ""
        self.shows = shows or app.key
        app.now = datetime.now(UTC)  # the time of a database server
        self.give_key()
        self.sync()

    def give_key(self) -> TestResponse:
        """Register the till's signing key."""
        return self.app.ask("PUT", "/till/device-key", self.key_signed(), key=self.shows)

    def key_signed(self) -> dict[str, str]:
        """Return the key, signed with itself."""
        told = "\n".join([*self.place.values(), self.key.public])
        return {"key": self.key.public, "signature": self.key.sign("till key", told)}

    def sync(self) -> None:
        """Sync with the app."""
        self.mark = make_mark(self.app.services, *self.place.values(), self.app.now)

    def slip(self, redemption_id: str, **changed: Any) -> dict[str, Any]:
        """Return a slip of a tenth off a cake for 68 yuan, scanned now, with changed fields."""
        if "number" not in changed:
            self.number += 1
        slip: dict[str, Any] = {
            **self.place,
            "redemption_id": redemption_id,
            "number": self.number,
            "code": changed.pop("code", None) or self.app.code(),
            "amount_minor": 6_800,
            "given": TENTH_OFF,
            "scanned_at": moment(self.app.now),
            "mark": self.mark,
            "cashier_id": "zhou",
        }
        return slip | changed

    def signed(self, purpose: str, slip: dict[str, Any]) -> dict[str, str]:
        """Return a slip with its signature."""
        text = json.dumps(slip)
        return {"slip": text, "signature": self.key.sign(purpose, text)}

    def bring(self, slip: dict[str, Any], **more: Any) -> TestResponse:
        """Send a slip."""
        path = f"/late-redemptions/{slip['redemption_id']}"
        return self.app.ask("PUT", path, self.signed("late", slip), key=self.shows, **more)

    def count(self, highest: int) -> TestResponse:
        """Report the till's highest sequence number."""
        slip = self.signed("count", {**self.place, "highest": highest})
        return self.app.ask("PUT", "/till/count", slip, key=self.shows)


def base64url(raw: bytes) -> str:
    """Return bytes as they are sent."""
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def moment(at: datetime) -> str:
    """Return a time as a browser writes it."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


@pytest.fixture
def till(app: App) -> OfflineTill:
    """Return a till that has synced and been offline for two hours."""
    made = OfflineTill(app)
    app.now += timedelta(hours=2)
    return made


def scan_of(slip: dict[str, Any]) -> datetime:
    """Return the time of the scan."""
    return datetime.fromisoformat(slip["scanned_at"])
