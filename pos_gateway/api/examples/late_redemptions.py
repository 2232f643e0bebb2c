"""Examples for the OpenAPI document: a till that was offline."""

from __future__ import annotations

from typing import Any

_SLIP = (
    '{"merchant_id":"xiufa","till_id":"till-1","redemption_id":"r-2026-0007",'
    '"number":7,"code":"HK0:7ZK3M9Q2W8X4V6T1R5P0N2J7HC","amount_minor":6800,"'
    'given":[{"choice":"haircut-eight-tenths","merchant_share_minor":680,"uni'
    'on_share_minor":680}],"scanned_at":"2026-11-21T10:00:00.000Z","mark":"m1'
    '.1795248000000.bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb","cashier_id"'
    ':"zhou"}'
)
_COUNT_SLIP = '{"merchant_id":"xiufa","till_id":"till-1","highest":8}'
_KEY = "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8"
_GIVEN = [{"choice": "haircut-eight-tenths", "merchant_share_minor": 680, "union_share_minor": 680}]

LATE_ASKED: dict[str, Any] = {
    "slip": _SLIP,
    "signature": (
        "FN48BKxv0BOcFt7k16tDr80jTOi1xZbr2vauNWEPEiGih7_dsuxbDVRJA1mSvdgYPuUn8dbxNN9RVHvmSx__CA"
    ),
}

LATE: dict[str, Any] = {
    "redemption_id": "r-2026-0007",
    "outcome": "contested",
    "number": 7,
    "scanned_at": "2026-11-21T10:00:00Z",
    "arrived_at": "2026-11-21T12:00:00Z",
    "amount_minor": 6_800,
    "merchant_share_minor": 680,
    "union_share_minor": 680,
    "member_share_minor": 5_440,
    "lines": [line | {"kind": "percent_off"} for line in _GIVEN],
    "contested": {
        "reason": "limit_reached",
        "title": "已达使用次数上限",
        "next_step": "无需处理：工会照付其份额，会员不补款。",
        "particulars": {"period": "day", "limit": 1},
        "borne_by": "union",
        "because": "within_limits",
        "because_words": "在离线限额之内，收银端无从得知",
        "given": _GIVEN,
    },
}

DEVICE_KEY_ASKED: dict[str, Any] = {
    "key": _KEY,
    "signature": (
        "L8qfP5EE7LOEDkxUBzUvu9FI2HZXplnEg23C21DRrkPVtrqOeduWp8eRYbi-QCMi7rlNj45U9O091Y77v4R7CQ"
    ),
}

NEW_SERIES: dict[str, Any] = {"series": 1, "highest": 0, "missing": []}

COUNT_ASKED: dict[str, Any] = {
    "slip": _COUNT_SLIP,
    "signature": (
        "l67Ho6Cn58MluOcsuGRNVRUJ1i4XjkL3GPt1OcEudScIdpPm1PLP9q_5Fz-9RORnrwwHBCCP0PDH7ryFq4PEBw"
    ),
}

COUNT: dict[str, Any] = {"series": 1, "highest": 8, "missing": [4, 8]}
