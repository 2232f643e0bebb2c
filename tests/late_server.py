"""The far end of a till's queue, as far as the queue can tell: it verifies, numbers and answers."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

Answer = dict[str, Any]


def verified(key: str, purpose: str, text: str, signature: str) -> bool:
    """Whether the key (hex, as WebCrypto exports it) signed this text as what it is."""
    message = f"{purpose}\n{text}".encode()
    signed = urlsafe_b64decode(signature + "==")
    public = bytes.fromhex(key)
    try:
        if len(public) == 32:
            Ed25519PublicKey.from_public_bytes(public).verify(signed, message)
        else:
            r, s = int.from_bytes(signed[:32]), int.from_bytes(signed[32:])
            point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public)
            point.verify(encode_dss_signature(r, s), message, ec.ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True


class LateServer:
    """Answers what a till sends; `failing` are problems to answer first, one a question."""

    def __init__(self) -> None:
        self.key: str | None = None
        self.booked: dict[int, Answer] = {}
        self.asked: list[tuple[str, str]] = []
        self.failing: list[Answer | None] = []
        self.contested: set[int] = set()
        self.lost_answers = 0
        self.told_highest: int | None = None

    def ask(self, method: str, path: str, body: dict[str, str]) -> Answer:
        """The status and body of an answer."""
        self.asked.append((method, path))
        failure = self.failing.pop(0) if self.failing else None
        if failure:
            return failure
        answer = self._answer(path, body)
        if self.lost_answers and answer["status"] == 200:
            self.lost_answers -= 1
            return {"status": 0, "reason": "unreachable"}
        return answer

    def _answer(self, path: str, body: dict[str, str]) -> Answer:
        if path == "/till/device-key":
            assert verified(
                body["key"], "hongka till key 1", self._introduced(body), body["signature"]
            )
            self.key = body["key"]
            return _ok(series=1, highest=max(self.booked, default=0), missing=[])
        if self.key is None:
            return {"status": 422, "reason": "device_key_missing"}
        purpose = "hongka count 1" if path == "/till/count" else "hongka late 1"
        if not verified(self.key, purpose, body["slip"], body["signature"]):
            return {"status": 422, "reason": "slip_forged"}
        slip = json.loads(body["slip"])
        if path == "/till/count":
            self.told_highest = slip["highest"]
            missing = [n for n in range(1, slip["highest"]) if n not in self.booked]
            return _ok(series=1, highest=slip["highest"], missing=missing)
        assert path == f"/late-redemptions/{slip['redemption_id']}"
        kept = self.booked.setdefault(slip["number"], slip)
        if kept != slip:
            return {"status": 422, "reason": "number_reused"}
        return _ok(**_outcome(slip, contested=slip["number"] in self.contested))

    def _introduced(self, body: dict[str, str]) -> str:
        return f"bakery\ntill-1\n{body['key']}"


def _ok(**body: Any) -> Answer:
    return {"status": 200, "body": body}


def _outcome(slip: Answer, *, contested: bool) -> Answer:
    what: Answer = {
        "redemption_id": slip["redemption_id"],
        "outcome": "contested" if contested else "accepted",
        "number": slip["number"],
        "scanned_at": slip["scanned_at"],
        "contested": None,
    }
    if contested:
        what["contested"] = {"reason": "limit_reached", "borne_by": "merchant"}
    return what
