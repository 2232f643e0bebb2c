"""Merchants: sign, open outlets, suspend and resume."""

from __future__ import annotations

from typing import Any

import click

from ledger.merchants.location import NOWHERE
from pos_gateway.cli.asking import IDENTIFIER, Run, example, officer
from pos_gateway.cli.places import changed_place, place_options


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
def sign(run: Run, *, merchant_id: str, name: str, categories: tuple[str, ...]) -> None:
    """Designate a merchant (特约商户). A purchase there is in one of its categories."""
    event = run.officers.merchants.sign_merchant(
        merchant_id, name=name, categories=categories, **run.asking
    )
    run.say(event, f"Merchant {merchant_id} is signed.", merchant_id=merchant_id)


@merchants.command(
    epilog=example(
        "hongka merchants outlet xiufa gulou --name 鼓楼店",
        "hongka merchants outlet xiufa gulou --name 鼓楼店 --address 鼓楼东大街19号"
        " --position 40.37621,116.84513 --hours 09:00–21:00 --phone 010-55500101",
    )
)
@click.argument("merchant_id", type=IDENTIFIER)
@click.argument("outlet_id", type=IDENTIFIER)
@click.option("--name", required=True, help="What the outlet is called.")
@place_options
@officer
def outlet(run: Run, *, merchant_id: str, outlet_id: str, name: str, **found: Any) -> None:
    """Let an outlet (门店) of a merchant take cards."""
    place = changed_place(NOWHERE, **found)
    event = run.officers.merchants.open_outlet(
        merchant_id, outlet_id=outlet_id, name=name, place=place, **run.asking
    )
    run.say(event, f"Outlet {outlet_id} is open.", merchant_id=merchant_id, outlet_id=outlet_id)


@merchants.command(
    "change-outlet", epilog=example("hongka merchants change-outlet xiufa gulou --hours 周一休息")
)
@click.argument("merchant_id", type=IDENTIFIER)
@click.argument("outlet_id", type=IDENTIFIER)
@click.option("--name", help="What the outlet is called.")
@place_options
@officer
def change_outlet(
    run: Run, *, merchant_id: str, outlet_id: str, name: str | None, **found: Any
) -> None:
    """Change an outlet's name and location; values that are not given stay."""
    known = run.ledger.merchant(merchant_id)
    event = run.officers.merchants.change_outlet(
        merchant_id,
        outlet_id=outlet_id,
        name=known.outlets.get(outlet_id, "") if name is None else name,
        place=changed_place(known.places.get(outlet_id, NOWHERE), **found),
        **run.asking,
    )
    run.say(event, f"Outlet {outlet_id} is changed.", merchant_id=merchant_id, outlet_id=outlet_id)


@merchants.command(epilog=example("hongka merchants suspend xiufa"))
@click.argument("merchant_id", type=IDENTIFIER)
@officer
def suspend(run: Run, *, merchant_id: str) -> None:
    """Let a merchant take no cards for now."""
    event = run.officers.merchants.suspend_merchant(merchant_id, **run.asking)
    run.say(event, f"Merchant {merchant_id} is suspended.", merchant_id=merchant_id)


@merchants.command(epilog=example("hongka merchants resume xiufa"))
@click.argument("merchant_id", type=IDENTIFIER)
@officer
def resume(run: Run, *, merchant_id: str) -> None:
    """Let a suspended merchant take cards again."""
    event = run.officers.merchants.resume_merchant(merchant_id, **run.asking)
    run.say(event, f"Merchant {merchant_id} takes cards again.", merchant_id=merchant_id)
