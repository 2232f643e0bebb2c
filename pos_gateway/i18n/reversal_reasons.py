"""Reasons of reversals: a closed list, since free text could store a person's name for ever."""

from __future__ import annotations

from typing import Literal

from ledger.benefits import Words

ReversalReason = Literal[
    "wrong_amount", "wrong_member", "goods_returned", "duplicate", "till_error", "other"
]

WORDS: dict[ReversalReason, Words] = {
    "wrong_amount": Words("金额输错", "the amount was mistyped"),
    "wrong_member": Words("刷错会员", "another member's card was scanned"),
    "goods_returned": Words("已退货", "the goods came back"),
    "duplicate": Words("重复核销", "it was redeemed twice"),
    "till_error": Words("收银端出错", "the till went wrong"),
    "other": Words("其他", "something else"),
}
