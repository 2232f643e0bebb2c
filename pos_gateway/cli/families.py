"""Members' keys, proxies and households; a card identifies the member."""

from __future__ import annotations

import secrets

import click

from pos_gateway.auth.api_key import SECRET_BYTES, make_member_key
from pos_gateway.cli.asking import IDENTIFIER, Run, holder_of, officer, shows
from pos_gateway.cli.tables import show_rows
from pos_gateway.services import Services


@officer("hongka members key 3f0a…", "hongka members key 3f0a… --end key-1c9d2e7f")
@click.option(
    "--end", "ended_id", type=IDENTIFIER, help="End this key instead: it is dead at once."
)
def key(run: Run, *, card_id: str, ended_id: str | None) -> None:
    """Make an API key for the member who holds this card, and show it once; or end one (--end).

    Whoever has the key may ask as the member. The ledger keeps its hash alone.
    """
    member_id = holder_of(run.services, card_id)
    if ended_id is not None:
        event = run.officers.families.end_member_key(member_id, key_id=ended_id, **run.asking)
        run.say(event, f"Key {ended_id} is ended.", key_id=ended_id)
        return
    key_id = f"key-{secrets.token_hex(4)}"
    made, key_hash = make_member_key(member_id, key_id, secrets.token_bytes(SECRET_BYTES))
    event = run.officers.families.make_member_key(
        member_id, key_id=key_id, key_hash=key_hash, **run.asking
    )
    run.say(
        event, f"Key {key_id} is made. It reads, shown this once:\n{made}", key_id=key_id, key=made
    )


@shows("hongka members keys 3f0a…")
def keys(services: Services, *, card_id: str, form: str) -> None:
    """List the ids of the live API keys of the member who holds this card."""
    held = services.ledger.member(holder_of(services, card_id))
    show_rows([{"key_id": one} for one in sorted(held.keys)], form=form, columns=("key_id",))


@officer("hongka members proxy 3f0a… 77b2…", "hongka members proxy 3f0a… 77b2… --end")
@click.option("--end", is_flag=True, help="Let them act no longer.")
def proxy(run: Run, *, card_id: str, proxy_card_id: str, end: bool) -> None:
    """Let a family member claim and collect for the member who holds this card (代领), or end it.

    PROXY_CARD_ID is the card of the family member, who is a registered member too.
    """
    member_id, proxy_id = holder_of(run.services, card_id), holder_of(run.services, proxy_card_id)
    if end:
        event = run.officers.families.end_proxy(member_id, proxy_id=proxy_id, **run.asking)
        line = f"The holder of card {proxy_card_id} no longer acts for that of {card_id}."
    else:
        event = run.officers.families.name_proxy(member_id, proxy_id=proxy_id, **run.asking)
        line = f"The holder of card {proxy_card_id} may act for that of {card_id}."
    run.say(event, line)


@officer(
    "hongka members household 3f0a…",
    "hongka members household 77b2… 9d4be1c02a7f3355",
    "hongka members household 3f0a… --none",
)
@click.argument("household_id", required=False, type=IDENTIFIER)
@click.option("--none", "alone", is_flag=True, help="The member is of no household any more.")
def household(run: Run, *, card_id: str, household_id: str | None, alone: bool) -> None:
    """Set the household of the card's member (同户), or end it with --none.

    Without HOUSEHOLD_ID a new id is made and printed: use it for the rest of the family.
    """
    if alone and household_id:
        raise click.UsageError("Name a household, or give --none.")
    member_id = holder_of(run.services, card_id)
    household_id = "" if alone else household_id or run.new_id()
    event = run.officers.families.change_household(
        member_id, household_id=household_id, **run.asking
    )
    line = f"household {household_id}" if household_id else "no household"
    run.say(event, f"The holder of card {card_id} is of {line}.", household_id=household_id)
