"""Tills: pair with an outlet, each with its own key, and revoke."""

from __future__ import annotations

import secrets

import click
import msgspec

from pos_gateway.auth.api_key import SECRET_BYTES, make_till_key
from pos_gateway.cli.asking import IDENTIFIER, YUAN_OR_NONE, Run, officer
from pos_gateway.cli.tables import shown


@click.group()
def tills() -> None:
    """Pair tills with outlets, limit what they do offline, and revoke them."""


@officer("hongka tills pair xiufa gulou --till desk-1", of=tills)
@click.argument("merchant_id", type=IDENTIFIER)
@click.argument("outlet_id", type=IDENTIFIER)
@click.option("--till", "till_id", type=IDENTIFIER, help="The till's id; made where not given.")
def pair(run: Run, *, merchant_id: str, outlet_id: str, till_id: str | None) -> None:
    """Pair a till with an outlet and show its key, once: the ledger keeps its hash alone."""
    till_id = till_id or f"till-{secrets.token_hex(4)}"
    key, key_hash = make_till_key(merchant_id, till_id, secrets.token_bytes(SECRET_BYTES))
    event = run.officers.merchants.pair_till(
        merchant_id, till_id=till_id, outlet_id=outlet_id, key_hash=key_hash, **run.asking
    )
    run.say(
        event,
        f"Till {till_id} is paired. Its key, shown this once:\n{key}",
        merchant_id=merchant_id,
        outlet_id=outlet_id,
        till_id=till_id,
        key=key,
    )


@officer("hongka tills limit xiufa desk-1 --redemptions 20 --amount 300", of=tills)
@click.argument("merchant_id", type=IDENTIFIER)
@click.argument("till_id", type=IDENTIFIER)
@click.option("--redemptions", type=int, help="How many it may do between two syncs.")
@click.option("--amount", "amount_minor", type=YUAN_OR_NONE, help="How much it may give, in yuan.")
@click.option("--hours", type=int, help="For how many hours after a sync.")
def limit(run: Run, *, merchant_id: str, till_id: str, **given: int | None) -> None:
    """Set a till's limits for redemptions offline; values not given stay, 0 forbids them."""
    known = run.ledger.live_till(merchant_id, till_id, now=True).limits
    changed = {name: value for name, value in given.items() if value is not None}
    limits = msgspec.structs.replace(known, **changed)
    event = run.officers.merchants.limit_till(
        merchant_id, till_id=till_id, limits=limits, **run.asking
    )
    yuan = shown("_minor", limits.amount_minor)
    run.say(
        event,
        f"Offline, till {till_id} may do {limits.redemptions} redemptions and give {yuan} yuan"
        f" in {limits.hours} hours.",
        merchant_id=merchant_id,
        till_id=till_id,
        limits=limits,
    )


@officer("hongka tills revoke xiufa desk-1", of=tills)
@click.argument("merchant_id", type=IDENTIFIER)
@click.argument("till_id", type=IDENTIFIER)
def revoke(run: Run, *, merchant_id: str, till_id: str) -> None:
    """End the pairing of a till: its key is dead at once."""
    event = run.officers.merchants.revoke_till(merchant_id, till_id=till_id, **run.asking)
    run.say(event, f"Till {till_id} is revoked.", merchant_id=merchant_id, till_id=till_id)
