"""A till of the bakery that was offline: its key, what it wrote down, what it brings."""

from __future__ import annotations

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

from pos_gateway.api.sync_mark import make_mark
from tests.support.app import App

TENTH_OFF = [{"choice": "tenth-off", "merchant_share_minor": 340, "union_share_minor": 340}]
"""What a tenth off a cake for 68 yuan is, the union paying half."""


class Ed25519Key:
    """A key as a browser makes one."""

    def __init__(self, seed: int = 1) -> None:
        self._private = Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)
        self.public = self._private.public_key().public_bytes_raw().hex()

    def sign(self, purpose: str, text: str) -> str:
        """The signature, as WebCrypto returns it, in base64url."""
        return base64url(self._private.sign(f"hongka {purpose} 1\n{text}".encode()))


class P256Key:
    """A key as a browser makes one that knows no Ed25519."""

    def __init__(self) -> None:
        self._private = ec.derive_private_key(31, ec.SECP256R1())
        point = self._private.public_key().public_bytes(
            Encoding.X962, PublicFormat.UncompressedPoint
        )
        self.public = point.hex()

    def sign(self, purpose: str, text: str) -> str:
        """The signature, r and s, as WebCrypto returns it, in base64url."""
        told = f"hongka {purpose} 1\n{text}".encode()
        r, s = decode_dss_signature(self._private.sign(told, ec.ECDSA(SHA256())))
        return base64url(r.to_bytes(32) + s.to_bytes(32))


class OfflineTill:
    """The bakery's till: it syncs, loses its line, gives discounts, and brings them later."""

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
        app.now = datetime.now(UTC)  # as a database server has it, whatever it was set up at
        self.give_key()
        self.sync()

    def give_key(self) -> TestResponse:
        """Say which key it signs with."""
        return self.app.ask("PUT", "/till/device-key", self.key_signed(), key=self.shows)

    def key_signed(self) -> dict[str, str]:
        """The key, signed by itself."""
        told = "\n".join([*self.place.values(), self.key.public])
        return {"key": self.key.public, "signature": self.key.sign("till key", told)}

    def sync(self) -> None:
        """Know what the gateway knows."""
        self.mark = make_mark(self.app.house, *self.place.values(), self.app.now)

    def slip(self, redemption_id: str, **changed: Any) -> dict[str, Any]:
        """A tenth off a cake for 68 yuan, scanned now, unless said otherwise."""
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
        """A slip with its signature."""
        text = json.dumps(slip)
        return {"slip": text, "signature": self.key.sign(purpose, text)}

    def bring(self, slip: dict[str, Any], **more: Any) -> TestResponse:
        """Bring what was written down."""
        path = f"/late-redemptions/{slip['redemption_id']}"
        return self.app.ask("PUT", path, self.signed("late", slip), key=self.shows, **more)

    def count(self, highest: int) -> TestResponse:
        """Say up to which number it has counted."""
        slip = self.signed("count", {**self.place, "highest": highest})
        return self.app.ask("PUT", "/till/count", slip, key=self.shows)


def base64url(raw: bytes) -> str:
    """As it is sent."""
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def moment(at: datetime) -> str:
    """A time as a browser writes it."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


@pytest.fixture
def till(app: App) -> OfflineTill:
    """A till that has synced, and is two hours offline since."""
    made = OfflineTill(app)
    app.now += timedelta(hours=2)
    return made
