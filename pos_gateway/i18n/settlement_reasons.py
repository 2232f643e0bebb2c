"""Reasons of returned statements and of incidents: closed lists, as for reversals."""

from __future__ import annotations

from typing import Literal

from ledger.benefits import Words

ReturnReason = Literal[
    "amount_doubted",
    "redemption_doubted",
    "bank_account_wrong",
    "payment_failed",
    "mistake",
    "other",
]

RETURN_WORDS: dict[ReturnReason, Words] = {
    "amount_doubted": Words("金额有疑问", "the amount is in doubt"),
    "redemption_doubted": Words("核销有疑问", "a redemption is in doubt"),
    "bank_account_wrong": Words("银行账户有误", "the bank account is wrong"),
    "payment_failed": Words("银行付款失败", "the bank could not pay it"),
    "mistake": Words("制单有误", "it was drawn up by mistake"),
    "other": Words("其他", "something else"),
}

IncidentReason = Literal[
    "wrong_amount", "wrong_member", "goods_returned", "duplicate", "not_provided", "other"
]

INCIDENT_WORDS: dict[IncidentReason, Words] = {
    "wrong_amount": Words("金额输错", "the amount was mistyped"),
    "wrong_member": Words("刷错会员", "another member's card was scanned"),
    "goods_returned": Words("已退货", "the goods came back"),
    "duplicate": Words("重复核销", "it was redeemed twice"),
    "not_provided": Words("未提供商品或服务", "nothing was provided"),
    "other": Words("其他", "something else"),
}
