"""Merchants: sign, open outlets, suspend and resume."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, TypeVar

import click
import msgspec

from ledger.merchants.location import NOWHERE, Place
from pos_gateway.cli.asking import IDENTIFIER, Run, officer

Command = TypeVar("Command", bound=Callable[..., Any])

_MICRO = 1_000_000
_DEGREES = re.compile(r"(-?[0-9]{1,3}(?:\.[0-9]{1,15})?) *, *(-?[0-9]{1,3}(?:\.[0-9]{1,15})?)")


class Position(click.ParamType[tuple[int, int]]):
    """An option value with latitude and longitude in degrees: 40.37621,116.84513."""

    name = "position"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int]:
        """Return latitude and longitude in whole micro-degrees; another text is a usage error."""
        found = _DEGREES.fullmatch(value)
        if found is None:
            self.fail(f"{value!r} is not a position such as 40.37621,116.84513.", param, ctx)
        latitude, longitude = (round(Decimal(degrees) * _MICRO) for degrees in found.groups())
        return latitude, longitude


POSITION = Position()


def place_options(command: Command) -> Command:
    """Add the options --address, --position, --hours and --phone of an outlet."""
    for option in (
        click.option("--phone", help="The phone of the shop; nobody's own."),
        click.option("--hours", help="When it is open, in a few words."),
        click.option(
            "--position",
            type=POSITION,
            help="Latitude and longitude in degrees, WGS-84, as a phone's GPS shows them."
            " A position read off a Chinese map is GCJ-02: convert it first.",
        ),
        click.option("--address", help="Street and number."),
    ):
        command = option(command)
    return command


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


@click.group()
def merchants() -> None:
    """Sign, suspend and resume merchants; open and change their outlets."""


@officer("hongka merchants sign xiufa --name 秀发美容美发 --category beauty-hair", of=merchants)
@click.argument("merchant_id", type=IDENTIFIER)
@click.option("--name", required=True, help="What the business is called.")
@click.option(
    "--category", "categories", multiple=True, type=IDENTIFIER, help="What it sells; repeatable."
)
def sign(run: Run, *, merchant_id: str, name: str, categories: tuple[str, ...]) -> None:
    """Sign a merchant (特约商户), to accept cards. A purchase is in one of its categories."""
    event = run.officers.merchants.sign_merchant(
        merchant_id, name=name, categories=categories, **run.asking
    )
    run.say(event, f"Merchant {merchant_id} is signed.", merchant_id=merchant_id)


@officer(
    "hongka merchants outlet xiufa gulou --name 鼓楼店",
    "hongka merchants outlet xiufa gulou --name 鼓楼店 --address 鼓楼东大街19号"
    " --position 40.37621,116.84513 --hours 09:00–21:00 --phone 010-55500101",
    of=merchants,
)
@click.argument("merchant_id", type=IDENTIFIER)
@click.argument("outlet_id", type=IDENTIFIER)
@click.option("--name", required=True, help="What the outlet is called.")
@place_options
def outlet(run: Run, *, merchant_id: str, outlet_id: str, name: str, **found: Any) -> None:
    """Open an outlet (门店) of a merchant; it accepts cards once a till is paired with it."""
    place = changed_place(NOWHERE, **found)
    event = run.officers.merchants.open_outlet(
        merchant_id, outlet_id=outlet_id, name=name, place=place, **run.asking
    )
    run.say(event, f"Outlet {outlet_id} is open.", merchant_id=merchant_id, outlet_id=outlet_id)


@officer("hongka merchants change-outlet xiufa gulou --hours 周一休息", of=merchants)
@click.argument("merchant_id", type=IDENTIFIER)
@click.argument("outlet_id", type=IDENTIFIER)
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
    run.say(event, f"Outlet {outlet_id} is changed.", merchant_id=merchant_id, outlet_id=outlet_id)


@officer("hongka merchants suspend xiufa", of=merchants)
@click.argument("merchant_id", type=IDENTIFIER)
def suspend(run: Run, *, merchant_id: str) -> None:
    """Suspend a merchant: it accepts no cards until it is resumed."""
    event = run.officers.merchants.suspend_merchant(merchant_id, **run.asking)
    run.say(event, f"Merchant {merchant_id} is suspended.", merchant_id=merchant_id)


@officer("hongka merchants resume xiufa", of=merchants)
@click.argument("merchant_id", type=IDENTIFIER)
def resume(run: Run, *, merchant_id: str) -> None:
    """Let a suspended merchant accept cards again."""
    event = run.officers.merchants.resume_merchant(merchant_id, **run.asking)
    run.say(event, f"Merchant {merchant_id} takes cards again.", merchant_id=merchant_id)
