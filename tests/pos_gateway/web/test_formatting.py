"""Amounts and dates look as they did when they were formatted by hand."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from ledger.money import AMOUNT_MAX
from pos_gateway.web.formatting import day, form_time, grouped, local_time, money, when

AMOUNTS = st.integers(-AMOUNT_MAX, AMOUNT_MAX)
SHANGHAI = ZoneInfo("Asia/Shanghai")
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


@given(AMOUNTS)
def test_an_amount_has_its_thousands_apart_and_two_decimals(minor: int) -> None:
    sign, (whole, rest) = "−" if minor < 0 else "", divmod(abs(minor), 100)

    assert grouped(minor) == f"{sign}{whole:,}.{rest:02}"
    assert grouped(minor, minus="-") == grouped(minor).replace("−", "-")
    assert money(minor) == f"{sign}{whole}.{rest:02}"


@given(st.dates())
def test_a_day_is_written_out_in_both_languages(one: date) -> None:
    assert day(one, "zh", SHANGHAI) == f"{one.year}年{one.month}月{one.day}日"
    assert day(one, "en", SHANGHAI) == f"{one.day} {MONTHS[one.month - 1]} {one.year}"


@given(st.integers(0, 7_000_000_000))
def test_an_instant_is_told_by_the_clock_of_the_zone(seconds: int) -> None:
    at = datetime.fromtimestamp(seconds, UTC)
    local = at.astimezone(SHANGHAI)

    assert when(at, "zh", SHANGHAI) == f"{day(local, 'zh', SHANGHAI)} {local:%H:%M}"
    assert when(at.isoformat(), "en", SHANGHAI) == f"{day(at, 'en', SHANGHAI)}, {local:%H:%M}"
    assert local_time(at, SHANGHAI) == f"{local:%Y-%m-%d %H:%M:%S}"
    assert form_time(at, SHANGHAI) == f"{local:%Y-%m-%dT%H:%M}"


def test_no_instant_is_an_empty_field() -> None:
    assert form_time(None, SHANGHAI) == ""
