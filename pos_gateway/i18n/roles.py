"""Texts for the roles of staff."""

from __future__ import annotations

from collections.abc import Mapping

from ledger.benefits import Words
from ledger.staff import Role

ROLE_WORDS: Mapping[str, Words] = {
    Role.CLERK: Words("经办", "Clerk"),
    Role.REVIEWER: Words("复核", "Reviewer"),
    Role.TREASURER: Words("财务", "Treasurer"),
    Role.ANALYST: Words("统计", "Analyst"),
    Role.AUDITOR: Words("审计", "Auditor"),
    Role.OWNER: Words("店主", "Owner"),
    Role.CASHIER: Words("收银员", "Cashier"),
}
