"""Examples for the OpenAPI document: the Rose Garden drop of May Day."""

from __future__ import annotations

from typing import Any

_SLOT: dict[str, Any] = {"item": "rose-garden", "session": "may-1"}
_TIMES = {"starts_at": "2019-05-01T00:30:00Z", "ends_at": "2019-05-01T09:00:00Z"}
_TICKET = "a752cd6a8f5f24f65a38b69f"

CLAIM_ASKED: dict[str, Any] = {**_SLOT, "party": 3}

CLAIM: dict[str, Any] = {
    "claim_id": "phone-1-0007",
    "drop": "may-day-2019",
    **_SLOT,
    "party": 3,
    "number": 412,
    "ticket": _TICKET,
    "entry": None,
}

WAITING: dict[str, Any] = {"drop": "may-day-2019", **_SLOT, "party": 3, "number": 17}

LEAVING_ASKED: dict[str, Any] = _SLOT

DONE: dict[str, Any] = {"done": True}

DROP: dict[str, Any] = {
    "drop": "may-day-2019",
    "title": "五一游玫瑰园",
    "mode": "first_come",
    "status": "open",
    "server_time": "2019-04-28T02:00:03.120000Z",
    "opens_at": "2019-04-28T02:00:00Z",
    "closes_at": "2019-04-30T10:00:00Z",
    "returns_until": "2019-04-30T10:00:00Z",
    "per_member": 1,
    "per_household": None,
    "groups": [],
    "branches": [],
    "waiting_max": 500,
    "offer_minutes": 30,
    "challenge": False,
    "items": [
        {
            "item": "rose-garden",
            "title": "玫瑰园门票",
            "kind": "admission",
            "party_max": 3,
            "by_person": False,
            "sessions": [
                {"session": "may-1", **_TIMES, "capacity": 1_000, "left": 588, "waiting": 0}
            ],
        }
    ],
    "claims": 412,
    "entries": 0,
    "frozen_sha256": None,
    "seed_rule": None,
    "drawn": False,
}

DROPS: dict[str, Any] = {"server_time": DROP["server_time"], "drops": [DROP], "more": 0}

FAMILY: dict[str, Any] = {"members": [{"member": "m-8c1", "name": "李*丽"}]}

CHALLENGE: dict[str, Any] = {
    "parameters": {
        "algorithm": "PBKDF2/SHA-256",
        "cost": 1_000,
        "nonce": "5f2c",
        "salt": "91aa",
        "keyLength": 32,
        "keyPrefix": "0f3b",
        "expiresAt": 1_556_417_403,
        "data": {"drop": "may-day-2019", "member": "m-5k2"},
    },
    "signature": "9d41",
}

TICKET: dict[str, Any] = {
    "ticket": _TICKET,
    "drop": "may-day-2019",
    **_SLOT,
    "title": "玫瑰园门票",
    "kind": "admission",
    "number": 412,
    "party": 3,
    "left": 3,
    "status": "held",
    **_TIMES,
    "returns_until": "2019-04-30T10:00:00Z",
}

TICKETS: dict[str, Any] = {
    "server_time": "2019-04-28T02:00:03.120000Z",
    "tickets": [TICKET],
    "waiting": [],
    "entries": [],
    "more": 0,
}

TICKET_CODE: dict[str, Any] = {"code": "HK1:6BF…", "expires_at": "2019-05-01T09:00:00Z"}

USE_ASKED: dict[str, Any] = {"code": "HK1:6BF…", "people": 2}

USE: dict[str, Any] = {
    "use_id": "gate-1-000031",
    "ticket": _TICKET,
    "drop": "may-day-2019",
    **_SLOT,
    "title": "玫瑰园门票",
    "kind": "admission",
    "people": 2,
    "left": 1,
    "at": "2019-05-01T01:12:09Z",
    "undone": False,
}
