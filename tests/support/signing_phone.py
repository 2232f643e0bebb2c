"""A member's phone with its own key that signs codes, implemented from the RFCs alone."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime

import cbor2
from base45 import b45encode
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ledger.members.authorization import Principal
from pos_gateway.codes import card_bytes
from pos_gateway.codes.device import Algorithm, certify, device_key
from pos_gateway.services import Services

ALGORITHMS: tuple[Algorithm, ...] = ("Ed25519", "P-256")


class Phone:
    """A phone with a key made from a seed."""

    def __init__(self, algorithm: Algorithm = "Ed25519", seed: int = 1) -> None:
        self.algorithm = algorithm
        self.certificate = b""
        secret = bytes([seed]) * 32
        self._edwards = Ed25519PrivateKey.from_private_bytes(secret)
        self._p256 = ec.derive_private_key(int.from_bytes(secret), ec.SECP256R1())

    @property
    def exported(self) -> bytes:
        """Return the raw public key, as WebCrypto exports it."""
        if self.algorithm == "Ed25519":
            return self._edwards.public_key().public_bytes_raw()
        point = self._p256.public_key()
        return point.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    @property
    def asked(self) -> dict[str, str]:
        """Return the request for a certificate."""
        exported = urlsafe_b64encode(self.exported).rstrip(b"=").decode()
        return {"algorithm": self.algorithm, "public_key": exported}

    def keep(self, certificate: str) -> None:
        """Keep the certificate of the answer."""
        self.certificate = urlsafe_b64decode(certificate + "=" * (-len(certificate) % 4))

    def sign(self, message: bytes) -> bytes:
        """Return a signature of 64 bytes, as WebCrypto makes it."""
        if self.algorithm == "Ed25519":
            return self._edwards.sign(message)
        r, s = decode_dss_signature(self._p256.sign(message, ec.ECDSA(SHA256())))
        return r.to_bytes(32) + s.to_bytes(32)

    def raw(self, at: datetime, jti: bytes, *, algorithm: int | None = None) -> bytes:
        """Return a code before Base45; its header may name another algorithm."""
        named = algorithm or (-8 if self.algorithm == "Ed25519" else -7)
        header = cbor2.dumps({1: named})
        claims = cbor2.dumps({6: int(at.timestamp()), 7: jti})
        signed = cbor2.dumps(["Signature1", header, self.certificate, claims])
        certificate = cbor2.loads(self.certificate)
        return cbor2.dumps([header, {13: certificate}, claims, self.sign(signed)])

    def code(self, at: datetime, jti: bytes = bytes(8)) -> str:
        """Return a code to show."""
        return as_text(self.raw(at, jti))


def certified_for(services: Services, card_id: str) -> Phone:
    """Return a phone that its member lets sign for a card."""
    phone = Phone()
    key = device_key(phone.algorithm, phone.exported)
    card = services.ledger.members.cards.certify_device(
        Principal(member_id=services.ledger.card(card_id).member_id),
        device_id=key.thumbprint,
        algorithm=key.algorithm,
        public_key=key.public.hex(),
    )
    assert card.device is not None
    phone.certificate = certify(
        services.keys,
        card=card_bytes(card_id),
        key=key,
        now=services.ledger.time(),
        expires_at=card.device.until,
    )
    return phone


def as_text(raw: bytes) -> str:
    """Return a code as it stands in a QR code."""
    encoded: bytes = b45encode(raw)
    return "HK3:" + encoded.decode()
