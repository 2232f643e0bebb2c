"""Examples for the OpenAPI document: a purchase."""

from __future__ import annotations

from typing import Any

_CODE = "HK0:7ZK3M9Q2W8X4V6T1R5P0N2J7HC"

VALIDATION_ASKED: dict[str, Any] = {"code": _CODE, "amount_minor": 6_800, "category": "beauty"}

VALIDATION: dict[str, Any] = {
    "card": {"status": "live", "holder": "王*明"},
    "amount_minor": 6_800,
    "choices": [
        {
            "choice": "haircut-eight-tenths",
            "title": "理发八折",
            "kind": "percent_off",
            "words": {"zh": "八折", "en": "20 % off"},
            "covered_minor": 1_360,
            "merchant_share_minor": 680,
            "union_share_minor": 680,
            "exclusive": False,
        }
    ],
    "refused": [
        {
            "choice": "rose-garden",
            "title": "玫瑰园门票",
            "reason": "not_agreed_here",
            "next_step": "请改选其他优惠。",
        }
    ],
    "more": 0,
}

REDEMPTION_ASKED: dict[str, Any] = {
    "code": _CODE,
    "amount_minor": 6_800,
    "choices": ["haircut-eight-tenths"],
    "category": "beauty",
}

REDEMPTION: dict[str, Any] = {
    "redemption_id": "till-7-000042",
    "at": "2019-05-01T02:30:00Z",
    "amount_minor": 6_800,
    "merchant_share_minor": 680,
    "union_share_minor": 680,
    "member_share_minor": 5_440,
    "lines": [
        {
            "choice": "haircut-eight-tenths",
            "kind": "percent_off",
            "merchant_share_minor": 680,
            "union_share_minor": 680,
        }
    ],
    "reversed": None,
}

REVERSAL_ASKED: dict[str, Any] = {"reason": "wrong_amount"}

REVERSAL: dict[str, Any] = {
    **REDEMPTION,
    "reversed": {"at": "2019-05-01T02:41:00Z", "reason": "wrong_amount"},
}

KEYS: dict[str, Any] = {
    "keys": [
        {
            "kty": "OKP",
            "crv": "Ed25519",
            "alg": "EdDSA",
            "use": "sig",
            "kid": "T14",
            "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
            "not_before": 1_556_668_800,
            "not_after": 1_564_444_800,
        }
    ]
}
