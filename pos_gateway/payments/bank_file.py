"""Bank files that pay approved statements: ISO 20022 pain.001.001.09, or a CSV table."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Literal, NamedTuple
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from ledger import funds
from ledger.errors import BankAccountChanged, BankAccountUnknown, NothingToPay
from ledger.merchants import merchant
from ledger.settlement.statement import DrawnUp
from ledger.vault import BankAccount
from pos_gateway.services import Services
from pos_gateway.web.csv_text import MARKED, csv_text
from pos_gateway.web.formatting import money

Form = Literal["pain", "csv"]

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
CURRENCY = "CNY"

_COLUMNS = ("对账单", "收款户名", "收款账号", "开户行", "联行号", "金额（元）", "附言")
_NAMES = {"pain": "xml", "csv": "csv"}


class BankFile(NamedTuple):
    """A file for the bank: its content and name, the statements it pays, and their sum."""

    content: bytes
    name: str
    statement_ids: tuple[str, ...]
    total_minor: int


class Payment(NamedTuple):
    """A statement, and the account that receives its payment."""

    statement: DrawnUp
    payee: BankAccount


def bank_file(services: Services, fund_id: str, *, form: Form, at: datetime) -> BankFile:
    """Return a file that pays every approved, unpaid statement of a fund on the day of `at`.

    A file made again from the same statements has the same message id, so a bank accepts it once. A
    statement with nothing left to pay is left out. Nothing is recorded.

    Raises:
        FundUnknown: no such fund was opened.
        NothingToPay: no approved, unpaid statement has an amount to pay.
        BankAccountUnknown: the vault has no account of `owner`, the fund or a merchant.
        BankAccountChanged: a merchant's account changed since its `statement` was drawn up.
    """
    waiting = [
        one
        for one in services.ledger.officers.statements.statements_to_pay(fund_id)
        if one.due_minor
    ]
    if not waiting:
        raise NothingToPay
    payer = funds.stream(fund_id)
    accounts = services.vault.bank_accounts.get_many(
        [payer, *(merchant.stream(one.merchant_id) for one in waiting)]
    )
    for owner in (payer, *(merchant.stream(one.merchant_id) for one in waiting)):
        if owner not in accounts:
            raise BankAccountUnknown(owner=owner)
    for one in waiting:
        held = services.ledger.bank_account(merchant.stream(one.merchant_id))
        if one.payee_changes not in {None, held.changes}:
            raise BankAccountChanged(statement=one.statement_id)
    payments = [Payment(one, accounts[merchant.stream(one.merchant_id)]) for one in waiting]
    local = at.astimezone(services.ledger.zone)
    content = _csv(payments) if form == "csv" else pain_001(accounts[payer], payments, local)
    return BankFile(
        content,
        f"{fund_id}-{local:%Y%m%d}.{_NAMES[form]}",
        tuple(one.statement_id for one in waiting),
        sum(one.due_minor for one in waiting),
    )


def pain_001(payer: BankAccount, payments: Sequence[Payment], at: datetime) -> bytes:
    """Return payments as an ISO 20022 pain.001 document; each end-to-end id is a statement's id."""
    message_id = _message_id(payments)
    count = str(len(payments))
    total = money(sum(one.statement.due_minor for one in payments))
    document = Element("Document", xmlns=NAMESPACE)
    message = _child(document, "CstmrCdtTrfInitn")
    header = _child(message, "GrpHdr")
    _child(header, "MsgId", message_id)
    _child(header, "CreDtTm", at.isoformat(timespec="seconds"))
    _child(header, "NbOfTxs", count)
    _child(header, "CtrlSum", total)
    _child(_child(header, "InitgPty"), "Nm", payer.holder)
    batch = _child(message, "PmtInf")
    _child(batch, "PmtInfId", message_id)
    _child(batch, "PmtMtd", "TRF")
    _child(batch, "NbOfTxs", count)
    _child(batch, "CtrlSum", total)
    _child(_child(batch, "ReqdExctnDt"), "Dt", at.date().isoformat())
    _party(batch, "Dbtr", payer)
    _account(batch, "DbtrAcct", payer)
    _bank(batch, "DbtrAgt", payer)
    for payment in payments:
        _payment(batch, payment)
    indent(document)
    content: bytes = tostring(document, encoding="utf-8", xml_declaration=True)
    return content


def _payment(batch: Element, payment: Payment) -> None:
    drawn_up, payee = payment
    paid = _child(batch, "CdtTrfTxInf")
    _child(_child(paid, "PmtId"), "EndToEndId", drawn_up.statement_id)
    amount = _child(_child(paid, "Amt"), "InstdAmt", money(drawn_up.due_minor))
    amount.set("Ccy", CURRENCY)
    _bank(paid, "CdtrAgt", payee)
    _party(paid, "Cdtr", payee)
    _account(paid, "CdtrAcct", payee)
    _child(_child(paid, "RmtInf"), "Ustrd", _remark(drawn_up))


def _party(parent: Element, name: str, account: BankAccount) -> None:
    _child(_child(parent, name), "Nm", account.holder)


def _account(parent: Element, name: str, account: BankAccount) -> None:
    identified = _child(_child(parent, name), "Id")
    _child(_child(identified, "Othr"), "Id", account.number)


def _bank(parent: Element, name: str, account: BankAccount) -> None:
    bank = _child(_child(parent, name), "FinInstnId")
    if account.bank_code:
        member = _child(bank, "ClrSysMmbId")
        _child(_child(member, "ClrSysId"), "Cd", "CNAPS")
        _child(member, "MmbId", account.bank_code)
    _child(bank, "Nm", account.bank_name)


def _child(parent: Element, name: str, text: str | None = None) -> Element:
    child = SubElement(parent, name)
    child.text = text
    return child


def _csv(payments: Sequence[Payment]) -> bytes:
    """Return payments as CSV, a line each, with the byte order mark that spreadsheets need."""
    rows: list[tuple[str, ...]] = [_COLUMNS]
    for drawn_up, payee in payments:
        bank = (payee.holder, payee.number, payee.bank_name, payee.bank_code)
        rows.append((drawn_up.statement_id, *bank, money(drawn_up.due_minor), _remark(drawn_up)))
    return csv_text(rows).encode(MARKED)


def _message_id(payments: Sequence[Payment]) -> str:
    named = "\n".join(sorted(one.statement.statement_id for one in payments))
    return f"hongka-{hashlib.sha256(named.encode()).hexdigest()[:24]}"


def _remark(drawn_up: DrawnUp) -> str:
    return f"会员卡补贴结算 {drawn_up.statement_id}"
