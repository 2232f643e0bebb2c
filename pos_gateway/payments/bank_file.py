"""Bank files that pay approved statements: ISO 20022 pain.001.001.09, or a CSV table."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from ledger import funds
from ledger.errors import BankAccountChanged, BankAccountUnknown, NothingToPay
from ledger.merchants import merchant
from ledger.settlement.bank_account import check_cooled
from ledger.settlement.statement import DrawnUp
from ledger.vault import BankAccount
from pos_gateway.payments.bank_accounts import bank_accounts
from pos_gateway.services import Services
from pos_gateway.web.csv_text import MARK, csv_text
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
        AccountCooling: a merchant's account was replaced too short a time ago.
    """
    approved = services.ledger.officers.statements.statements_to_pay(fund_id)
    waiting = [one for one in approved if one.due_minor]
    if not waiting:
        raise NothingToPay
    payer = funds.stream(fund_id)
    payees = [merchant.stream(one.merchant_id) for one in waiting]
    accounts = bank_accounts(services, [payer, *payees])
    for owner in (payer, *payees):
        if owner not in accounts:
            raise BankAccountUnknown(owner=owner)
    for one, payee in zip(waiting, payees, strict=True):
        known = services.ledger.bank_account(payee)
        if one.payee_changes not in {None, known.changes}:
            raise BankAccountChanged(statement=one.statement_id)
        check_cooled(known, owner=payee, at=at)
    payments = [Payment(one, accounts[payee]) for one, payee in zip(waiting, payees, strict=True)]
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
    total = money(sum(one.statement.due_minor for one in payments))
    sums = {"NbOfTxs": str(len(payments)), "CtrlSum": total}
    header = {
        "MsgId": message_id,
        "CreDtTm": at.isoformat(timespec="seconds"),
        **sums,
        "InitgPty": {"Nm": payer.holder},
    }
    batch = {
        "PmtInfId": message_id,
        "PmtMtd": "TRF",
        **sums,
        "ReqdExctnDt": {"Dt": at.date().isoformat()},
        "Dbtr": {"Nm": payer.holder},
        "DbtrAcct": _account(payer),
        "DbtrAgt": _bank(payer),
        "CdtTrfTxInf": [_payment(*one) for one in payments],
    }
    document = Element("Document", xmlns=NAMESPACE)
    _grow(document, {"CstmrCdtTrfInitn": {"GrpHdr": header, "PmtInf": batch}})
    for amount in document.iter("InstdAmt"):
        amount.set("Ccy", CURRENCY)
    indent(document)
    content: bytes = tostring(document, encoding="utf-8", xml_declaration=True)
    return content


def _payment(drawn_up: DrawnUp, payee: BankAccount) -> dict[str, Any]:
    return {
        "PmtId": {"EndToEndId": drawn_up.statement_id},
        "Amt": {"InstdAmt": money(drawn_up.due_minor)},
        "CdtrAgt": _bank(payee),
        "Cdtr": {"Nm": payee.holder},
        "CdtrAcct": _account(payee),
        "RmtInf": {"Ustrd": _remark(drawn_up)},
    }


def _account(account: BankAccount) -> dict[str, Any]:
    return {"Id": {"Othr": {"Id": account.number}}}


def _bank(account: BankAccount) -> dict[str, Any]:
    code = {"ClrSysMmbId": {"ClrSysId": {"Cd": "CNAPS"}, "MmbId": account.bank_code}}
    return {"FinInstnId": (code if account.bank_code else {}) | {"Nm": account.bank_name}}


def _grow(parent: Element, told: dict[str, Any]) -> None:
    """Add children by name: each a text, a dict of its own children, or a list of such dicts."""
    for name, value in told.items():
        for one in value if isinstance(value, list) else [value]:
            child = SubElement(parent, name)
            if isinstance(one, str):
                child.text = one
            else:
                _grow(child, one)


def _csv(payments: Sequence[Payment]) -> bytes:
    """Return payments as CSV for spreadsheets, a line each; the form pain is the one for banks."""
    rows: list[tuple[str, ...]] = [_COLUMNS]
    for drawn_up, payee in payments:
        bank = (payee.holder, payee.number, payee.bank_name, payee.bank_code)
        rows.append((drawn_up.statement_id, *bank, money(drawn_up.due_minor), _remark(drawn_up)))
    return (MARK + csv_text(rows)).encode()


def _message_id(payments: Sequence[Payment]) -> str:
    named = "\n".join(sorted(one.statement.statement_id for one in payments))
    return f"hongka-{hashlib.sha256(named.encode()).hexdigest()[:24]}"


def _remark(drawn_up: DrawnUp) -> str:
    return f"会员卡补贴结算 {drawn_up.statement_id}"
