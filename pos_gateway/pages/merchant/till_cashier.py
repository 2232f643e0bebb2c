"""Where a cashier says who stands at a till, and that they go."""

from __future__ import annotations

from flask import Response, request

from ledger.errors import HongkaError
from pos_gateway.auth.authentication import cookie_name
from pos_gateway.auth.policies import AtTill, Policy
from pos_gateway.auth.sessions import DOORS
from pos_gateway.pages.sign_in.session_cookie import end_session
from pos_gateway.pages.till.render import show
from pos_gateway.services import House
from pos_gateway.staff.cashiers import DOOR, cashiers_of, sign_in_cashier
from pos_gateway.web.page_route import Page, see, told
from pos_gateway.web.problem_details import status_of

_OUR_MISTAKE = 500


def pages(house: House) -> list[Page]:
    """The page of the cashier at a till."""
    origin = house.settings.origin
    name, secure = cookie_name(DOOR, origin), origin.startswith("https:")

    def shown(asking: AtTill, error: HongkaError | None = None) -> Response:
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

    def enter(asking: AtTill) -> Response:
        staff_id, pin = request.form.get("staff_id", ""), request.form.get("pin", "")
        secret = sign_in_cashier(house, asking, staff_id, pin, now=house.clock())
        end_session(house, DOOR)
        response = see("/till/")
        seconds = round(DOORS[DOOR].lasts.total_seconds())
        response.set_cookie(
            name, secret, max_age=seconds, secure=secure, httponly=True, samesite="Lax"
        )
        return response

    def page(asking: AtTill) -> Response:
        """Choose a name and type the PIN; or leave."""
        if request.method != "POST":
            return shown(asking)
        if request.form.get("deed") == "leave":
            end_session(house, DOOR)
            response = see("/till/cashier")
            response.delete_cookie(name, secure=secure, httponly=True, samesite="Lax")
            return response
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
