"""What every page of a merchant's owner is rendered with."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Response

from ledger.merchant import Merchant
from ledger.store import at_time
from pos_gateway.access import AtDesk
from pos_gateway.house import House
from pos_gateway.paging import render


def show(house: House, template: str, asking: AtDesk, status: int = 200, **shown: Any) -> Response:
    """A page of the shop; `at` and `on` read the times and days that views keep as text."""
    merchant: Merchant = house.ledger.state(f"merchant-{asking.merchant_id}")
    return render(
        f"shop/{template}",
        status,
        merchant=merchant,
        at=at_time,
        on=date.fromisoformat,
        **shown,
    )
