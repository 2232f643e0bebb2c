"""The merchant portal: redemptions, statements, tills and cashiers, for the merchant's owner."""

from typing import Any

from flask import Response

from pos_gateway.auth.policies import StaffIdentity
from pos_gateway.services import Services
from pos_gateway.web.page_route import render
from pos_gateway.web.views import Views


class MerchantViews(Views[Services]):
    """Views of the merchant portal."""

    def _show(self, template: str, asking: StaffIdentity, **shown: Any) -> Response:
        """Render `shop/<template>` with the values in `shown` and the owner's merchant."""
        merchant = self._services.ledger.merchant(asking.merchant_id)
        return render(f"shop/{template}", merchant=merchant, **shown)
