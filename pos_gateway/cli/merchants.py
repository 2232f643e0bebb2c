"""Merchants, their outlets, and the tills paired with these."""

import re
import secrets
from decimal import Decimal
from typing import Any

import click
import msgspec

from ledger.merchants.location import NOWHERE, Place
from pos_gateway.auth.api_key import SECRET_BYTES, make_till_key
from pos_gateway.cli import session
from pos_gateway.cli.asking import IDENTIFIER, YUAN_OR_NONE, Run, Typed, group, officer, several
from pos_gateway.cli.tables import shown

_MICRO = 1_000_000
_DEGREES = re.compile(r"(-?[0-9]{1,3}(?:\.[0-9]{1,15})?) *, *(-?[0-9]{1,3}(?:\.[0-9]{1,15})?)")


def _position(typed: str) -> tuple[int, int] | None:
    """Return latitude and longitude, typed in degrees, in micro-degrees; None for another text."""
    if (found := _DEGREES.fullmatch(typed)) is None:
        return None
    latitude, longitude = (round(Decimal(degrees) * _MICRO) for degrees in found.groups())
    return latitude, longitude


POSITION = Typed("position", _position, "{value!r} is not a position such as 40.37621,116.84513.")


place_options = several(
    click.option("--address", help="Street and number."),
    click.option(
        "--position",
        type=POSITION,
        help="Latitude and longitude in degrees, WGS-84, as a phone's GPS shows them."
        " A position read off a Chinese map is GCJ-02: convert it first.",
    ),
    click.option("--hours", help="When it is open, in a few words."),
    click.option("--phone", help="The phone of the shop; nobody's own."),
)


def changed_place(
    known: Place,
    *,
    address: str | None,
    position: tuple[int, int] | None,
    hours: str | None,
    phone: str | None,
) -> Place:
    """Return the location with the given values (position in micro-degrees); None keeps the old."""
    latitude, longitude = position or (known.latitude_microdegrees, known.longitude_microdegrees)
    given = {"address": address, "hours": hours, "phone": phone}
    return msgspec.structs.replace(
        known,
        latitude_microdegrees=latitude,
        longitude_microdegrees=longitude,
        **{field: text for field, text in given.items() if text is not None},
    )


merchants, tills = group("merchants"), group("tills")


@officer("hongka merchants sign xiufa --name 秀发美容美发 --category beauty-hair", of=merchants)
@click.option("--name", required=True, help="What the business is called.")
@click.option(
    "--category", "categories", multiple=True, type=IDENTIFIER, help="What it sells; repeatable."
)
def sign(run: Run, *, merchant_id: str, name: str, categories: tuple[str, ...]) -> None:
    """Sign a merchant (特约商户), to accept cards. A purchase is in one of its categories."""
    event = run.officers.merchants.sign_merchant(
        merchant_id, name=name, categories=categories, **run.asking
    )
    run.say(event, f"Merchant {merchant_id} is signed.")


@officer(
    "hongka merchants outlet xiufa gulou --name 鼓楼店",
    "hongka merchants outlet xiufa gulou --name 鼓楼店 --address 鼓楼东大街19号"
    " --position 40.37621,116.84513 --hours 09:00–21:00 --phone 010-55500101",
    of=merchants,
)
@click.option("--name", required=True, help="What the outlet is called.")
@place_options
def outlet(run: Run, *, merchant_id: str, outlet_id: str, name: str, **found: Any) -> None:
    """Open an outlet (门店) of a merchant; it accepts cards once a till is paired with it."""
    place = changed_place(NOWHERE, **found)
    event = run.officers.merchants.open_outlet(
        merchant_id, outlet_id=outlet_id, name=name, place=place, **run.asking
    )
    run.say(event, f"Outlet {outlet_id} is open.")


@officer("hongka merchants change-outlet xiufa gulou --hours 周一休息", of=merchants)
@click.option("--name", help="What the outlet is called.")
@place_options
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
    run.say(event, f"Outlet {outlet_id} is changed.")


@officer("hongka merchants suspend xiufa", of=merchants)
def suspend(run: Run, *, merchant_id: str) -> None:
    """Suspend a merchant: it accepts no cards until it is resumed."""
    event = run.officers.merchants.suspend_merchant(merchant_id, **run.asking)
    run.say(event, f"Merchant {merchant_id} is suspended.")


@officer("hongka merchants resume xiufa", of=merchants)
def resume(run: Run, *, merchant_id: str) -> None:
    """Let a suspended merchant accept cards again."""
    event = run.officers.merchants.resume_merchant(merchant_id, **run.asking)
    run.say(event, f"Merchant {merchant_id} takes cards again.")


@officer("hongka tills pair xiufa gulou --till desk-1", of=tills)
@click.option("--till", "till_id", type=IDENTIFIER, help="The till's id; made where not given.")
def pair(run: Run, *, merchant_id: str, outlet_id: str, till_id: str | None) -> None:
    """Pair a till with an outlet and show its key, once: the ledger keeps its hash alone."""
    till_id = till_id or f"till-{secrets.token_hex(4)}"
    key, key_hash = make_till_key(merchant_id, till_id, secrets.token_bytes(SECRET_BYTES))
    event = run.officers.merchants.pair_till(
        merchant_id, till_id=till_id, outlet_id=outlet_id, key_hash=key_hash, **run.asking
    )
    session.note(run.services, run.asking["by"], "till_pairing", about=till_id)
    run.say(
        event,
        f"Till {till_id} is paired. Its key, shown this once:\n{key}",
        till_id=till_id,
        key=key,
    )


@officer("hongka tills limit xiufa desk-1 --redemptions 20 --amount 300", of=tills)
@click.option("--redemptions", type=int, help="How many may arrive in 24 hours.")
@click.option("--amount", "amount_minor", type=YUAN_OR_NONE, help="How much it may give, in yuan.")
@click.option("--hours", type=int, help="For how many hours after a sync.")
@click.option(
    "--card", "card_minor", type=YUAN_OR_NONE, help="What the union bears of a card's contests."
)
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
        limits=limits,
    )


@officer("hongka tills revoke xiufa desk-1", of=tills)
def revoke(run: Run, *, merchant_id: str, till_id: str) -> None:
    """End the pairing of a till: its key is dead at once."""
    event = run.officers.merchants.revoke_till(merchant_id, till_id=till_id, **run.asking)
    session.note(run.services, run.asking["by"], "till_revoked", about=till_id)
    run.say(event, f"Till {till_id} is revoked.")
