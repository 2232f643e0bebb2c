"""Amounts and dates in the forms that people read, by the rules of CLDR.

Babel takes a moment to load, and microseconds to format: it is imported when it is first used, and
what it has formatted is kept, since lists repeat amounts and days.
"""

from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from pos_gateway.i18n.messages import Language

KEPT_MAX = 50_000

_DAYS: dict[Language, str] = {"zh": "y年M月d日", "en": "d MMMM y"}


@lru_cache(KEPT_MAX)
def grouped(minor: int, minus: str = "−") -> str:
    """Return minor units as yuan with separators: 1,234,567.89, or −5.00 (`minus` is the sign)."""
    from babel.numbers import format_decimal  # noqa: PLC0415 - see above

    return format_decimal(Decimal(minor).scaleb(-2), "#,##0.00", locale="en").replace("-", minus)


def money(minor: int) -> str:
    """Return an amount in minor units as yuan without separators: 1234567.89, or −5.00."""
    return grouped(minor).replace(",", "")


def yuan(minor: int, tongue: Language) -> str:
    """Return an amount in minor units with its unit, without `.00`: 30 元, or ¥30 in English."""
    amount = grouped(minor).removesuffix(".00")
    return f"{amount} 元" if tongue == "zh" else f"¥{amount}"


def day(one: date | str, tongue: Language, zone: ZoneInfo) -> str:
    """Return an ISO day, or an aware instant's day in `zone`: 2026年5月1日, or 1 May 2026."""
    if isinstance(one, str):
        one = date.fromisoformat(one)
    if isinstance(one, datetime):
        one = one.astimezone(zone).date()
    return _day(one, tongue)


def when(instant: datetime | str, tongue: Language, zone: ZoneInfo) -> str:
    """Return an instant in words: 2026年5月1日 09:00, or 1 May 2026, 09:00.

    The instant may be an ISO text with its offset; the result is on the clock of `zone`.
    """
    local = datetime.fromisoformat(instant) if isinstance(instant, str) else instant
    local = local.astimezone(zone)
    comma = "" if tongue == "zh" else ","
    return f"{_day(local.date(), tongue)}{comma} {local:%H:%M}"


def local_time(instant: datetime, zone: ZoneInfo) -> str:
    """Return an instant for a terminal, on the clock of `zone`: 2026-05-01 09:00:00."""
    return f"{instant.astimezone(zone):%Y-%m-%d %H:%M:%S}"


def form_time(instant: datetime | None, zone: ZoneInfo) -> str:
    """Return an instant for a form field, on the clock of `zone`: 2026-05-01T09:00; "" for None."""
    return f"{instant.astimezone(zone):%Y-%m-%dT%H:%M}" if instant else ""


@lru_cache(KEPT_MAX)
def _day(one: date, tongue: Language) -> str:
    from babel.dates import format_date  # noqa: PLC0415 - see above

    return format_date(one, _DAYS[tongue], locale=tongue)
