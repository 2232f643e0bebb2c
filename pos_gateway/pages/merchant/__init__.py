"""The merchant portal: redemptions, statements, tills and cashiers, for the merchant's owner."""

from __future__ import annotations

from typing import Any

from flask import Response

from pos_gateway.auth.policies import StaffIdentity
from pos_gateway.services import Services
from pos_gateway.web.page_route import render


def show(services: Services, template: str, asking: StaffIdentity, **shown: Any) -> Response:
    """Render the template `shop/<template>` with the values in `shown` and the owner's merchant."""
    merchant = services.ledger.merchant(asking.merchant_id)
    return render(f"shop/{template}", merchant=merchant, **shown)
