"""Merchants: signed, given outlets, suspended and resumed."""

from __future__ import annotations

import click

from ledger.desk import Asking
from pos_gateway.cli.asking import IDENTIFIER, Say, example, officer
from pos_gateway.house import House


@click.group()
def merchants() -> None:
    """Sign merchants and open their outlets."""


@merchants.command(
    epilog=example("hongka merchants sign xiufa --name 秀发美容美发 --category beauty-hair")
)
@click.argument("merchant_id", type=IDENTIFIER)
@click.option("--name", required=True, help="What the business is called.")
@click.option(
    "--category", "categories", multiple=True, type=IDENTIFIER, help="What it sells; repeatable."
)
@officer
def sign(
    house: House,
    asking: Asking,
    say: Say,
    *,
    merchant_id: str,
    name: str,
    categories: tuple[str, ...],
) -> None:
    """Designate a business (特约商户). A purchase there is in one of its categories."""
    event = house.ledger.sign_merchant(merchant_id, name=name, categories=categories, **asking)
    say(event, f"Merchant {merchant_id} is signed.", merchant_id=merchant_id)


@merchants.command(epilog=example("hongka merchants outlet xiufa gulou --name 鼓楼店"))
@click.argument("merchant_id", type=IDENTIFIER)
@click.argument("outlet_id", type=IDENTIFIER)
@click.option("--name", required=True, help="What the outlet is called.")
@officer
def outlet(
    house: House, asking: Asking, say: Say, *, merchant_id: str, outlet_id: str, name: str
) -> None:
    """Let an outlet (门店) of a merchant take cards."""
    event = house.ledger.open_outlet(merchant_id, outlet_id=outlet_id, name=name, **asking)
    say(event, f"Outlet {outlet_id} is open.", merchant_id=merchant_id, outlet_id=outlet_id)


@merchants.command(epilog=example("hongka merchants suspend xiufa"))
@click.argument("merchant_id", type=IDENTIFIER)
@officer
def suspend(house: House, asking: Asking, say: Say, *, merchant_id: str) -> None:
    """Let a merchant take no cards for now."""
    event = house.ledger.suspend_merchant(merchant_id, **asking)
    say(event, f"Merchant {merchant_id} is suspended.", merchant_id=merchant_id)


@merchants.command(epilog=example("hongka merchants resume xiufa"))
@click.argument("merchant_id", type=IDENTIFIER)
@officer
def resume(house: House, asking: Asking, say: Say, *, merchant_id: str) -> None:
    """Let a suspended merchant take cards again."""
    event = house.ledger.resume_merchant(merchant_id, **asking)
    say(event, f"Merchant {merchant_id} takes cards again.", merchant_id=merchant_id)
