"""Examples for the OpenAPI document: a member's benefits and history."""

from __future__ import annotations

from typing import Any

_HAIR: dict[str, Any] = {
    "category": "beauty-hair",
    "words": {"zh": "美容美发", "en": "Beauty and hair"},
}

BENEFITS: dict[str, Any] = {
    "card": {"status": "live", "why_not": None},
    "benefits": [
        {
            "benefit": "haircut-eight",
            "source": "offer",
            "title": "美发八折",
            "kind": "percent_off",
            "kind_words": {"zh": "折扣", "en": "Percent off"},
            "words": {"zh": "八折", "en": "20% off"},
            "usable": False,
            "why_not": {
                "reason": "limit_reached",
                "title": {"zh": "使用次数已满", "en": "Used as often as the terms allow"},
                "next_step": {"zh": "请改选其他优惠。", "en": "Choose another benefit."},
                "particulars": {"period": "week", "limit": 1},
            },
            "first_day": None,
            "last_day": "2026-12-31",
            "weekdays": [6, 7],
            "hours": [{"opens": "09:00:00", "closes": "18:00:00"}],
            "remaining": None,
            "limits": [{"period": "week", "most": 1, "left": 0}],
            "exclusive": False,
            "places": ["xiufa/gulou"],
        }
    ],
    "places": [
        {
            "place": "xiufa/gulou",
            "merchant": "xiufa",
            "outlet": "gulou",
            "merchant_name": "秀发坊美发",
            "outlet_name": "鼓楼店",
            "categories": [_HAIR],
            "address": "鼓楼东大街19号",
            "latitude_microdegrees": 40_376_200,
            "longitude_microdegrees": 116_845_100,
            "hours": "每天 09:00–21:00",
            "phone": "010-69040019",
        }
    ],
    "next_page": None,
    "more": 0,
}

_SUMS: dict[str, int] = {
    "redemptions": 1,
    "uses": 0,
    "price_minor": 6_800,
    "merchant_share_minor": 680,
    "union_share_minor": 680,
    "member_share_minor": 5_440,
    "saved_minor": 1_360,
}

HISTORY: dict[str, Any] = {
    "entries": [
        {
            "position": 1_234,
            "entry": "redeemed",
            "id": "till-7-000042",
            "undone": False,
            "at": "2026-11-21T02:30:00Z",
            "day": "2026-11-21",
            "merchant": "xiufa",
            "merchant_name": "秀发坊美发",
            "outlet": "gulou",
            "outlet_name": "鼓楼店",
            "category": _HAIR,
            "benefits": [{"benefit": "haircut-eight", "title": "美发八折"}],
            "people": 0,
            "price_minor": 6_800,
            "merchant_share_minor": 680,
            "union_share_minor": 680,
            "member_share_minor": 5_440,
            "saved_minor": 1_360,
        }
    ],
    "next_before": None,
    "months": [{"month": "2026-11", **_SUMS}],
    "in_all": _SUMS,
}
