"""Funds: open, contribute, pay out."""

import click

from ledger import funds as fund
from pos_gateway.cli.asking import IDENTIFIER, YUAN, YUAN_OR_NONE, Run, group, officer
from pos_gateway.cli.tables import shown

funds = group("funds")


@officer("hongka funds open card-2026 --programme service-card --name 小红卡2026年补贴", of=funds)
@click.option("--programme", required=True, type=IDENTIFIER, help="The programme it belongs to.")
@click.option("--name", required=True, help="What the fund is called.")
def open_fund(run: Run, *, fund_id: str, programme: str, name: str) -> None:
    """Open an empty fund of a programme (项目资金)."""
    event = run.officers.offers.open_fund(fund_id, programme=programme, name=name, **run.asking)
    run.say(event, f"Fund {fund_id} is open.")


@officer(
    "hongka funds contribute card-2026 500000 --source district --request-id letter-17", of=funds
)
@click.argument("amount_minor", metavar="YUAN", type=YUAN)
@click.option("--source", required=True, type=IDENTIFIER, help="Who gave it; an id, no person.")
def contribute(run: Run, *, fund_id: str, amount_minor: int, source: str) -> None:
    """Record money that came into a fund; twice if run twice, unless --request-id is the same."""
    event = run.officers.offers.contribute(
        fund_id, source=source, amount_minor=amount_minor, **run.asking
    )
    run.say(event, f"{shown('_minor', amount_minor)} yuan came into fund {fund_id}.")


@officer("hongka funds pay card-2026 xiufa", of=funds)
def pay(run: Run, *, fund_id: str, merchant_id: str) -> None:
    """Record that a merchant was paid all that a fund owes it, without a statement.

    For small sums: above the threshold of the fund a statement is needed. Redemptions that are paid
    cannot be reversed.
    """
    event = run.officers.offers.pay_merchant(fund_id, merchant_id=merchant_id, **run.asking)
    amount_minor = 0
    if isinstance(event, fund.PaidOut):
        amount_minor = event.amount_minor - event.recovered_minor
    line = f"{shown('_minor', amount_minor)} yuan paid to {merchant_id}."
    run.say(event, line, amount_minor=amount_minor)


@officer("hongka funds threshold card-2026 2000", of=funds)
@click.argument("amount_minor", metavar="YUAN", type=YUAN_OR_NONE)
def threshold(run: Run, *, fund_id: str, amount_minor: int) -> None:
    """Set the amount above which a new statement needs two officers; 0: always. Starts at 5000."""
    event = run.officers.statements.set_threshold(fund_id, amount_minor=amount_minor, **run.asking)
    run.say(event, f"Above {shown('_minor', amount_minor)} yuan two officers approve.")
