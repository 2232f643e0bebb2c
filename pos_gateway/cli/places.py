"""Options for the location of an outlet."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, TypeVar

import click
import msgspec

from ledger.merchants.location import Place

Command = TypeVar("Command", bound=Callable[..., Any])

_MICRO = 1_000_000
_DEGREES = re.compile(r"(-?[0-9]{1,3}(?:\.[0-9]{1,15})?) *, *(-?[0-9]{1,3}(?:\.[0-9]{1,15})?)")


class Position(click.ParamType[tuple[int, int]]):
    """An option value with latitude and longitude in degrees: 40.37621,116.84513."""

    name = "position"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int]:
        """Return latitude and longitude in micro-degrees; refuse another text as a usage error."""
        found = _DEGREES.fullmatch(value)
        if found is None:
            self.fail(f"{value!r} is not a position such as 40.37621,116.84513.", param, ctx)
        latitude, longitude = (round(Decimal(degrees) * _MICRO) for degrees in found.groups())
        return latitude, longitude


POSITION = Position()


def place_options(command: Command) -> Command:
    """Add options for an outlet's address, position, hours and phone."""
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
    """Return the location with the given values in place of the old; None keeps the old value."""
    latitude, longitude = position or (known.latitude_microdegrees, known.longitude_microdegrees)
    given = {"address": address, "hours": hours, "phone": phone}
    return msgspec.structs.replace(
        known,
        latitude_microdegrees=latitude,
        longitude_microdegrees=longitude,
        **{field: text for field, text in given.items() if text is not None},
    )
