"""Examples for the OpenAPI document: a member's own card."""

from __future__ import annotations

from typing import Any

_DEVICE = "ea671729aa29c6140b5129b8d59e13fd"
_NOW, _IN_A_MINUTE, _IN_A_WEEK = (
    "2026-11-21T12:00:00Z",
    "2026-11-21T12:01:00Z",
    "2026-11-28T12:00:00Z",
)
_CERTIFICATE = (
    "hEeiAScEQlZHoFhGowQaawrCQAihAaMBASAGIVggKay64UG8yvCyLhqU000LxzYeUm0L_hLIl5S8kyKW"
    "bdc6AAEAAIICTAECAwQFBgcICQoLDFhAbq14maro_OHioEJE2XSaDiU54p1HcJiiK9F4T7nbJ5_XwnFT"
    "mAnSNNirErrvCeBH_GGG5ZUcugyJMJftMlzVCw"
)
_CODE = (
    "HK1:NWGSLK/-4HH8L29Q6B3XKDF3V80X%VDF3V80JCOR49000000000D10100000QJGHR9KB0*M0DY0W"
    "016C1AP1V48J44$OT:KM350ILMZ19N8Q4YKBGP:H7 GO$AUH/TSUO+%8PXOCF9 V791A3VTQNDB/RYO3"
    "5W067F-2S4E1D-P9FAKFOBFFA0"
)

CARD: dict[str, Any] = {
    "status": "live",
    "last_day": "2027-12-31",
    "name": "王小明",
    "masked_name": "王*明",
    "device": {"device": _DEVICE, "algorithm": "Ed25519", "expires_at": _IN_A_WEEK},
    "server_time": _NOW,
}

CERTIFICATE_ASKED: dict[str, Any] = {
    "algorithm": "Ed25519",
    "public_key": "Kay64UG8yvCyLhqU000LxzYeUm0L_hLIl5S8kyKWbdc",
}

CERTIFICATE: dict[str, Any] = {
    "certificate": _CERTIFICATE,
    "expires_at": _IN_A_WEEK,
    "card": "0102030405060708090a0b0c",
    "device": _DEVICE,
    "server_time": _NOW,
}

SESSION_CODES: dict[str, Any] = {
    "codes": [{"code": _CODE, "issued_at": _NOW, "expires_at": _IN_A_MINUTE}],
    "server_time": _NOW,
}
