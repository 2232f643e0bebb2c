"""Sign a cashier in and out at a till."""

from __future__ import annotations

from flask import Response, request

from ledger.errors import HongkaError
from pos_gateway.auth.policies import Policy, TillIdentity
from pos_gateway.auth.sessions import REALMS
from pos_gateway.pages.sign_in.session_cookie import end_session, with_cookie, without_cookie
from pos_gateway.pages.till import show
from pos_gateway.services import Services
from pos_gateway.staff.cashiers import REALM, cashiers_of, sign_in_cashier
from pos_gateway.web.page_route import expected, see
from pos_gateway.web.views import FORM, Views, page, pages_of


class CashierPage(Views[Services]):
    """The page where a cashier signs in at a till."""

    @page("till-cashier", "/till/cashier", Policy.TILL, FORM)
    def cashier(self, asking: TillIdentity) -> Response:
        """Show the merchant's cashiers; the form signs one in by PIN, or out (`deed`: `leave`)."""
        services = self._services
        if request.method != "POST":
            return self._shown(asking)
        if request.form.get("deed") == "leave":
            end_session(services, REALM)
            return without_cookie(see("/till/cashier"), services, REALM)
        staff_id, pin = request.form.get("staff_id", ""), request.form.get("pin", "")
        try:
            secret = sign_in_cashier(services, asking, staff_id, pin)
        except HongkaError as error:
            return self._shown(asking, expected(error))
        end_session(services, REALM)
        return with_cookie(see("/till/"), services, REALM, secret, REALMS[REALM].lasts)

    def _shown(self, asking: TillIdentity, error: HongkaError | None = None) -> Response:
        return show(
            self._services,
            "cashier",
            asking,
            error=error,
            cashiers=cashiers_of(self._services, asking.merchant_id),
            chosen=request.form.get("staff_id", ""),
            here_now=asking.cashier_id,
        )


pages = pages_of(CashierPage)
