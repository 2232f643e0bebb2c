"""The bank file: valid by the schema of ISO 20022, exact, with every approved statement."""

import csv
import io
from collections.abc import Iterator
from contextlib import closing, nullcontext
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import xmlschema

from ledger.control.proposal import Proposed
from ledger.errors import (
    AccountCooling,
    BankAccountUnknown,
    FundUnknown,
    InputInvalid,
    MerchantUnknown,
    NothingToPay,
)
from ledger.services.controlled import SYSTEM
from ledger.store.clock import process_time
from ledger.vault import BankAccount
from pos_gateway.payments.bank_accounts import (
    bank_accounts,
    erase_bank_account,
    forget_unused,
    keep_bank_account,
    kept_for,
    name_in_vault,
)
from pos_gateway.payments.bank_file import bank_file
from pos_gateway.services import Services
from pos_gateway.settings import Settings
from tests.support.ledger_fixture import populate, scan
from tests.support.ledger_settlement import (
    CLERK,
    MILL,
    REVIEWER,
    TREASURER,
    care_purchase,
    draw_up_statement,
    sign_mill,
)

SCHEMA = xmlschema.XMLSchema(str(files("sepaxml") / "schemas" / "pain.001.001.09.xsd"))
AT = datetime(2026, 6, 1, 20, 30, tzinfo=UTC)
FUND = BankAccount(
    holder="密云区总工会",
    number="0200001009012345678",
    bank_name="工商银行密云支行",
    bank_code="102100001234",
)
ROSE = BankAccount(
    holder="玫瑰<美发>&店", number="6222020200112233445", bank_name="建设银行", bank_code=""
)
MILLER = BankAccount(
    holder="磨坊面包", number="6228480010987654321", bank_name="农业银行", bank_code="103100004321"
)


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    """Return services with two approved statements of seven yuan and every bank account."""
    with closing(
        Services(Settings.read({"HONGKA_VAR": f"{tmp_path}/var"}), clock=process_time)
    ) as services:
        populate(services.ledger)
        sign_mill(services.ledger)
        services.ledger.tills.redemptions.redeem("r1", care_purchase())
        services.ledger.tills.redemptions.redeem("r2", care_purchase("c2", **MILL))
        for owner, account in (
            ("fund-care", FUND),
            ("merchant-rose", ROSE),
            ("merchant-mill", MILLER),
        ):
            change_account(services, owner, account)
        for statement_id, merchant_id in (("s-1", "rose"), ("s-2", "mill")):
            draw_up_statement(services.ledger, statement_id, merchant_id)
            services.ledger.officers.statements.approve_statement(statement_id, by=REVIEWER)
        yield services


def change_account(services: Services, owner: str, account: BankAccount) -> str:
    """Change an account, by two people. Return the id of the proposal."""
    proposed = keep_bank_account(services, owner, account, by=TREASURER)
    assert isinstance(proposed, Proposed)
    services.ledger.officers.proposals.confirm(proposed.proposal_id, by=REVIEWER)
    return proposed.proposal_id


def message(services: Services) -> dict[str, Any]:
    """Return the message as the schema reads it, or raise if it is invalid."""
    content = bank_file(services, "care", form="pain", at=AT).content
    read: dict[str, Any] = SCHEMA.to_dict(io.BytesIO(content))
    found: dict[str, Any] = read["CstmrCdtTrfInitn"]
    return found


def test_the_message_holds_by_the_schema_and_says_who_pays_what_to_whom(services: Services) -> None:
    told = message(services)

    (batch,) = told["PmtInf"]
    assert told["GrpHdr"]["NbOfTxs"] == batch["NbOfTxs"] == "2"
    assert told["GrpHdr"]["CtrlSum"] == batch["CtrlSum"] == Decimal("14.00")
    assert told["GrpHdr"]["CreDtTm"] == "2026-06-02T04:30:00+08:00"
    assert batch["ReqdExctnDt"] == {"Dt": "2026-06-02"}
    assert batch["Dbtr"] == {"Nm": "密云区总工会"}
    assert batch["DbtrAcct"] == {"Id": {"Othr": {"Id": FUND.number}}}
    first, second = batch["CdtTrfTxInf"]
    assert first["PmtId"] == {"EndToEndId": "s-2"}
    assert first["Cdtr"] == {"Nm": "磨坊面包"}
    assert first["Amt"] == {"InstdAmt": {"@Ccy": "CNY", "$": Decimal("7.00")}}
    assert first["CdtrAgt"]["FinInstnId"] == {
        "ClrSysMmbId": {"ClrSysId": {"Cd": "CNAPS"}, "MmbId": "103100004321"},
        "Nm": "农业银行",
    }
    assert second["PmtId"] == {"EndToEndId": "s-1"}
    assert second["Cdtr"] == {"Nm": "玫瑰<美发>&店"}
    assert second["CdtrAcct"] == {"Id": {"Othr": {"Id": ROSE.number}}}
    assert second["CdtrAgt"]["FinInstnId"] == {"Nm": "建设银行"}


def test_the_schema_refuses_what_is_wrong(services: Services) -> None:
    sound = bank_file(services, "care", form="pain", at=AT).content.decode()
    assert SCHEMA.is_valid(sound)

    for before, after in (
        ("<NbOfTxs>2</NbOfTxs>", ""),
        ("<PmtMtd>TRF</PmtMtd>", "<PmtMtd>CASH</PmtMtd>"),
        ("7.00</InstdAmt>", "-7.00</InstdAmt>"),
        ('Ccy="CNY"', 'Ccy="yuan"'),
        ("<EndToEndId>s-1<", f"<EndToEndId>{'s' * 36}<"),
        ("001.001.09", "001.001.03"),
    ):
        spoilt = sound.replace(before, after)
        assert spoilt != sound
        assert not SCHEMA.is_valid(spoilt)


def test_made_again_it_is_the_same_message_and_with_another_statement_another(
    services: Services,
) -> None:
    first = message(services)["GrpHdr"]["MsgId"]
    again = message(services)["GrpHdr"]["MsgId"]
    services.ledger.officers.statements.mark_statement_paid("s-1", reference="b-1", by=TREASURER)

    assert first == again
    assert len(first) <= 35
    assert message(services)["GrpHdr"]["MsgId"] != first


def test_the_table_says_the_same(services: Services) -> None:
    made = bank_file(services, "care", form="csv", at=AT)

    rows = list(csv.DictReader(io.StringIO(made.content.decode("utf-8-sig"))))
    assert made.name == "care-20260602.csv"
    assert (made.statement_ids, made.total_minor) == (("s-2", "s-1"), 14_00)
    assert [(row["对账单"], row["收款户名"], row["金额（元）"]) for row in rows] == [
        ("s-2", "磨坊面包", "7.00"),
        ("s-1", "玫瑰<美发>&店", "7.00"),
    ]
    accounts = [row["收款账号"] for row in rows]
    assert [one.strip() for one in accounts] == [MILLER.number, ROSE.number]
    assert {one[0] for one in accounts if len(one.strip()) > 15} == {"\t"}  # digits survive
    assert [row["联行号"] for row in rows] == ["103100004321", ""]


def test_what_is_not_approved_or_paid_or_has_nothing_due_is_left_out(services: Services) -> None:
    for statement_id in ("s-1", "s-2"):
        services.ledger.officers.statements.mark_statement_paid(
            statement_id, reference="b-1", by=TREASURER
        )
    services.ledger.officers.statements.report_incident(
        "r1", amount_minor=7_00, reason="duplicate", by=CLERK
    )
    services.ledger.tills.redemptions.redeem("r3", care_purchase())
    draw_up_statement(services.ledger, "s-3")
    services.ledger.officers.statements.approve_statement("s-3", by=REVIEWER)
    services.ledger.tills.redemptions.redeem("r4", care_purchase("c2", **MILL))
    draw_up_statement(services.ledger, "s-4", "mill")

    with pytest.raises(NothingToPay):
        bank_file(services, "care", form="pain", at=AT)
    services.ledger.officers.statements.approve_statement("s-4", by=REVIEWER)

    assert bank_file(services, "care", form="pain", at=AT).statement_ids == ("s-4",)


@pytest.mark.parametrize("owner", ["fund-care", "merchant-mill"])
def test_without_an_account_nothing_is_written(services: Services, owner: str) -> None:
    erase_bank_account(services, owner, by=SYSTEM)

    with pytest.raises(BankAccountUnknown) as refused:
        bank_file(services, "care", form="csv", at=AT)

    assert refused.value.particulars == {"owner": owner}


def test_an_account_is_paid_once_another_confirms_it_and_some_days_after_it_was_replaced(
    services: Services,
) -> None:
    # Given a replacement that nobody confirmed yet
    proposed = keep_bank_account(services, "merchant-mill", FUND, by=TREASURER)
    assert isinstance(proposed, Proposed)
    made = bank_file(services, "care", form="csv", at=AT)
    assert MILLER.number in made.content.decode()
    # When it is refused, then the vault holds it no longer
    services.ledger.officers.proposals.refuse(proposed.proposal_id, reason="other", by=REVIEWER)
    forget_unused(services, proposed.proposal_id)
    accounts, name = services.vault.bank_accounts, kept_for(proposed.proposal_id)
    assert accounts.get(name) is None
    # When it is confirmed, then the one before goes, and nothing is paid for three days
    before = name_in_vault(services, "merchant-mill")
    forget_unused(services, change_account(services, "merchant-mill", FUND))
    assert (accounts.get(before), bank_accounts(services, ["merchant-mill"])) == (
        None,
        {"merchant-mill": FUND},
    )
    services.ledger.officers.statements.return_statement("s-2", reason="other", by=REVIEWER)
    draw_up_statement(services.ledger, "s-3", "mill")
    services.ledger.officers.statements.approve_statement("s-3", by=REVIEWER)
    for after, cooled in ((timedelta(days=2), False), (timedelta(days=3), True)):
        now = services.clock() + after
        with nullcontext() if cooled else pytest.raises(AccountCooling):
            assert bank_file(services, "care", form="csv", at=now).total_minor == 14_00


@pytest.mark.parametrize(("owner", "problem"), [("merchant-nobody", None), ("member-m1", "owner")])
def test_what_is_refused_leaves_no_account_in_the_vault(
    services: Services, owner: str, problem: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[str] = []
    accounts = services.vault.bank_accounts
    put = accounts.put
    monkeypatch.setattr(accounts, "put", lambda name, one: (kept.append(name), put(name, one)))

    with pytest.raises((InputInvalid, MerchantUnknown)) as refused:
        keep_bank_account(services, owner, FUND, by=TREASURER)

    assert refused.value.particulars.get("field") == problem
    assert accounts.get_many(kept) == {}
    assert kept


def test_a_fund_never_opened_pays_nothing(services: Services) -> None:
    with pytest.raises(FundUnknown):
        bank_file(services, "culture", form="pain", at=AT)


def test_large_sums_are_exact(services: Services) -> None:
    services.ledger.officers.offers.contribute(
        "care", source="district", amount_minor=90_000_000_00
    )
    services.ledger.officers.offers.publish_offer(
        "large",
        title="大额",
        kind="amount_off",
        terms={"amount_minor": 80_000_000_07},
        rules=services.ledger.offer("care").rules,
    )
    for statement_id in ("s-1", "s-2"):
        services.ledger.officers.statements.mark_statement_paid(
            statement_id, reference="b-1", by=TREASURER
        )
    services.ledger.tills.redemptions.redeem("r5", scan("c1", "large", amount_minor=90_000_000_00))
    draw_up_statement(services.ledger, "s-5")
    for officer in (REVIEWER, TREASURER):
        services.ledger.officers.statements.approve_statement("s-5", by=officer)

    (batch,) = message(services)["PmtInf"]

    assert batch["CtrlSum"] == Decimal("80000000.07")
    assert batch["CdtTrfTxInf"][0]["Amt"]["InstdAmt"]["$"] == Decimal("80000000.07")
