"""Example for the OpenAPI document: the offline bundle of a hairdresser's till."""

from __future__ import annotations

from typing import Any

from pos_gateway.api.examples import redemptions

OFFLINE: dict[str, Any] = {
    "server_time": "2026-11-21T12:00:00Z",
    "mark": "m1.1795262400000.dGhlIHNlYWwgb2YgdGhlIG1hcmsgaXMgNDMgbG9uZyE",
    "merchant": {"merchant_id": "xiufa", "name": "秀发坊美发", "categories": ["beauty-hair"]},
    "outlet": {"outlet_id": "gulou", "name": "鼓楼店"},
    "till_id": "till-1",
    "floor_limits": {"redemptions": 30, "amount_minor": 50_000, "hours": 24},
    **redemptions.KEYS,
    "dead_cards": ["0102030405060708090a0b0c"],
    "dead_devices": ["ea671729aa29c6140b5129b8d59e13fd"],
    "complete": True,
    "offers": [
        {
            "choice": "haircut-eight",
            "title": "美发八折",
            "kind": "percent_off",
            "words": {"zh": "八折", "en": "20% off"},
            "categories": ["beauty-hair"],
            "windows": [{"from": "2026-11-22T01:00:00Z", "until": "2026-11-22T13:00:00Z"}],
            "exclusive": False,
            "order": 100,
            "formula": {
                "threshold_minor": 0,
                "basis_points": 2_000,
                "amount_minor": 0,
                "price_minor": None,
                "worth_max_minor": None,
                "union_basis_points": 5_000,
            },
        }
    ],
}
