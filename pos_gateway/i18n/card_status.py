"""Texts for the status of a card."""

from __future__ import annotations

from collections.abc import Mapping

from ledger.benefits import Words
from ledger.members.card import Status

STATUS_WORDS: Mapping[str, Words] = {
    Status.NONE: Words("未发卡", "No card"),
    Status.LIVE: Words("正常", "Live"),
    Status.BLOCKED: Words("已挂失", "Blocked"),
    Status.REPLACED: Words("已换卡", "Replaced"),
    Status.EXPIRED: Words("已到期", "Expired"),
    Status.CLOSED: Words("已注销", "Closed"),
}
