"""An offline till for the search for personal data: its slips hold names and numbers."""

import json
from datetime import UTC, datetime
from typing import Any

from tests.support.cli_capture import CapturedGateway
from tests.support.offline_till import Ed25519Key
from tests.support.personal_data_canaries import PEOPLE

TILL = {"merchant_id": "xiufa", "till_id": "desk-1"}


def lose_the_line(gate: CapturedGateway, plastic: str) -> None:
    """Report offline discounts with names and numbers in every text of a slip."""
    key = Ed25519Key()
    told = "\n".join([*TILL.values(), key.public])
    given_key = {"key": key.public, "signature": key.sign("till key", told)}
    assert gate.ask("PUT", "/api/v1/till/device-key", given_key)[0] == 200
    status, known = gate.ask("GET", "/api/v1/till/offline")
    assert status == 200
    slip = {
        **TILL,
        "redemption_id": "late-1",
        "number": 1,
        "code": plastic,
        "amount_minor": 10_00,
        "scanned_at": datetime.now(UTC).isoformat(),
        "mark": known["mark"],
        "cashier_id": "zhou",
    }
    path = "/api/v1/late-redemptions/late-1"
    assert gate.ask("PUT", path, _signed(key, slip))[0] == 201
    for number, one in enumerate((PEOPLE[2].name, PEOPLE[2].phone, PEOPLE[2].identity_number)):
        name = f"late-{number + 2}"
        scanned = slip | {"redemption_id": name, "number": number + 2, "code": one}
        path = f"/api/v1/late-redemptions/{name}"
        status, taken = gate.ask("PUT", path, _signed(key, scanned))
        assert (status, taken["contested"]["reason"]) == (201, "code_not_verified")
        for field in ("cashier_id", "category", "mark", "redemption_id", str(one)):
            assert gate.ask("PUT", path, _signed(key, scanned | {field: one}))[0] == 422
        choice = [{"choice": one, "merchant_share_minor": 1, "union_share_minor": 0}]
        assert gate.ask("PUT", path, _signed(key, scanned | {"given": choice}))[0] == 422


def _signed(key: Ed25519Key, slip: dict[str, Any]) -> dict[str, str]:
    text = json.dumps(slip)
    return {"slip": text, "signature": key.sign("late", text)}
