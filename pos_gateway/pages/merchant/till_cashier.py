"""Where a cashier says who stands at a till, and that they go."""

from __future__ import annotations

from flask import Response, request

from ledger.errors import HongkaError
from pos_gateway.auth.policies import Policy, TillIdentity
from pos_gateway.auth.sessions import REALMS
from pos_gateway.pages.sign_in.session_cookie import end_session, with_cookie, without_cookie
from pos_gateway.pages.till.render import show
from pos_gateway.services import House
from pos_gateway.staff.cashiers import REALM, cashiers_of, sign_in_cashier
from pos_gateway.web.page_route import Page, see, told
from pos_gateway.web.problem_details import status_of

_OUR_MISTAKE = 500


def pages(house: House) -> list[Page]:
    """The page of the cashier at a till."""

    def shown(asking: TillIdentity, error: HongkaError | None = None) -> Response:
        response = show(
            house,
            "cashier",
            asking,
            status=status_of(type(error)) if error else 200,
            cashiers=cashiers_of(house, asking.merchant_id),
            chosen=request.form.get("staff_id", ""),
            here_now=asking.cashier_id,
            problem=told(error) if error else None,
        )
        wait = error.particulars.get("retry_after_seconds") if error else None
        if wait is not None:
            response.headers["Retry-After"] = str(wait)
        return response

    def enter(asking: TillIdentity) -> Response:
        staff_id, pin = request.form.get("staff_id", ""), request.form.get("pin", "")
        secret = sign_in_cashier(house, asking, staff_id, pin)
        end_session(house, REALM)
        return with_cookie(see("/till/"), house, REALM, secret, REALMS[REALM].lasts)

    def page(asking: TillIdentity) -> Response:
        """Choose a name and type the PIN; or leave."""
        if request.method != "POST":
            return shown(asking)
        if request.form.get("deed") == "leave":
            end_session(house, REALM)
            return without_cookie(see("/till/cashier"), house, REALM)
        try:
            return enter(asking)
        except HongkaError as error:
            if status_of(type(error)) == _OUR_MISTAKE:
                raise
            return shown(asking, error)

    return [
        Page(
            name="till-cashier",
            path="/till/cashier",
            policy=Policy.TILL,
            view=page,
            methods=("GET", "POST"),
        )
    ]
