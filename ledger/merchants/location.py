"""The location of an outlet: position, address, opening hours and phone."""

import re

import msgspec

from ledger import errors
from ledger.text import is_sound

LATITUDE_MAX, LONGITUDE_MAX = 90_000_000, 180_000_000
"""The largest latitude (90°) and longitude (180°) in either direction, in micro-degrees."""

ADDRESS_LENGTH_MAX = 200
HOURS_LENGTH_MAX = 100

_PHONE = re.compile(r"[0-9+][0-9 +()/-]{2,39}")
_CLOCK = re.compile(r"[0-9]+(?:[:：][0-9]+)+")
_TIME_OF_DAY = re.compile(r"(?:[01]?[0-9]|2[0-3])[:：][0-5][0-9](?:[:：][0-5][0-9])?|24[:：]00")


class Place(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The location of an outlet. Unknown texts are empty, an unknown position is None.

    The position is WGS-84, as satellites give it, in micro-degrees: 40_376_000 is 40.376° north.
    Maps made in China show GCJ-02, which is some hundred metres off: convert such positions first.
    `hours` is a short text for people, such as 18:00–次日02:00; no rule reads it. `phone` is the
    shop's.
    """

    address: str = ""
    latitude_microdegrees: int | None = None
    longitude_microdegrees: int | None = None
    hours: str = ""
    phone: str = ""


NOWHERE = Place()


def check_place(place: Place) -> None:
    """Raise InputInvalid for a location to be recorded; a recorded one is never checked again.

    `field` names the wrong value: half a position or one off the globe, a text too long or not
    printable, hours with an impossible time, a malformed phone.
    """
    latitude, longitude = place.latitude_microdegrees, place.longitude_microdegrees
    _check_degrees("latitude_microdegrees", latitude, longitude, LATITUDE_MAX)
    _check_degrees("longitude_microdegrees", longitude, latitude, LONGITUDE_MAX)
    for field, text, most in (
        ("address", place.address, ADDRESS_LENGTH_MAX),
        ("hours", place.hours, HOURS_LENGTH_MAX),
    ):
        if len(text) > most or not is_sound(text):
            raise errors.InputInvalid(field=field, most=most)
    if not all(map(_TIME_OF_DAY.fullmatch, _CLOCK.findall(place.hours))):
        raise errors.InputInvalid(field="hours", problem="time_of_day")
    if place.phone and not _PHONE.fullmatch(place.phone):
        raise errors.InputInvalid(field="phone")


def _check_degrees(field: str, one: int | None, other: int | None, most: int) -> None:
    if (other is not None) if one is None else not -most <= one <= most:
        raise errors.InputInvalid(field=field)
