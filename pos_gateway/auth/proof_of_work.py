"""Proofs of work (ALTCHA) before a claim: they cost bots time, and people almost none.

A solution is good for one member and one drop for some minutes. It may be used again within them,
so that a repeated claim needs no other.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from altcha import Payload, create_challenge, verify_solution

from pos_gateway.errors import ChallengeNeeded
from pos_gateway.secret_file import gateway_secret

ALGORITHM = "PBKDF2/SHA-256"
COST = 1_000
"""Iterations per try: about a millisecond on a phone."""

TRIES_LEAST = 200
TRIES_MOST = 600

GOOD_FOR = timedelta(minutes=10)

PAYLOAD_LENGTH_MAX = 4_000
"""The longest solution that is parsed, in characters."""


class Challenges:
    """Proof-of-work challenges, signed with a key of this gateway; none is stored."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    @classmethod
    def load(cls, folder: Path) -> Challenges:
        """Load the signing key from a folder; create it where it is missing."""
        return cls(gateway_secret(folder, "challenge"))

    def make(self, drop_id: str, member_id: str, *, now: datetime) -> dict[str, Any]:
        """Return a challenge for one member and drop, good for ten minutes, for ALTCHA's widget."""
        tries = TRIES_LEAST + secrets.randbelow(TRIES_MOST - TRIES_LEAST)
        challenge = create_challenge(
            ALGORITHM,
            COST,
            counter=tries,
            expires_at=now + GOOD_FOR,
            data={"drop": drop_id, "member": member_id},
            hmac_secret=self._secret,
            hmac_key_secret=self._secret,
        )
        found: dict[str, Any] = challenge.to_dict()
        return found

    def check(self, payload: str | None, drop_id: str, member_id: str, *, now: datetime) -> None:
        """Check a solution for a member and drop; ChallengeNeeded if it is None, wrong or old."""
        if not payload or len(payload) > PAYLOAD_LENGTH_MAX:
            raise ChallengeNeeded(drop=drop_id)
        result = verify_solution(payload, self._secret, hmac_key_secret=self._secret)
        if not result.verified:
            raise ChallengeNeeded(drop=drop_id)
        signed = Payload.from_base64(payload).challenge.parameters
        expired = signed.expires_at is None or signed.expires_at <= now.timestamp()
        if expired or signed.data != {"drop": drop_id, "member": member_id}:
            raise ChallengeNeeded(drop=drop_id)
