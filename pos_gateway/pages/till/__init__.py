"""The pages of a till: pairing, scanning, reversals, the day's redemptions and what is owed."""

from typing import Any

from flask import Response

from pos_gateway.auth.policies import TillIdentity
from pos_gateway.i18n.words import category_words
from pos_gateway.services import Services
from pos_gateway.staff.cashiers import cashier_name
from pos_gateway.web.assets import asset
from pos_gateway.web.page_route import render
from pos_gateway.web.templating import said
from pos_gateway.web.views import Views


class TillViews(Views[Services]):
    """Views of a till's pages."""

    def _show(self, template: str, till: TillIdentity, **named: Any) -> Response:
        """Render `till/<template>.html` with `named`; its scripts get the till's ids and zone."""
        merchant = self._services.ledger.merchant(till.merchant_id)
        page = {
            "name": template,
            "merchant": till.merchant_id,
            "till": till.till_id,
            "cashier": till.cashier_id,
            "categories": [[one, said(category_words(one))] for one in merchant.categories],
            "zone": str(self._services.settings.zone),
            "worker": asset("sw-till.js"),
        }
        return render(
            f"till/{template}.html",
            page=page,
            merchant=merchant,
            outlet_name=merchant.outlets.get(till.outlet_id, ""),
            cashier_name=cashier_name(self._services, till.merchant_id, till.cashier_id),
            now=self._services.clock(),
            **named,
        )
