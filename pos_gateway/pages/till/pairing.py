"""Sign-in at a till: pair the device with its merchant, and sign a cashier in and out."""

import secrets
from datetime import timedelta
from typing import Literal, NamedTuple

from flask import Response, jsonify, request

from ledger.errors import Denied, HongkaError
from pos_gateway.auth.api_key import SECRET_BYTES, make_till_key, till_of
from pos_gateway.auth.pairing import LASTS, Pairing
from pos_gateway.auth.policies import Policy, TillIdentity
from pos_gateway.auth.recovery import normal
from pos_gateway.auth.sessions import REALMS
from pos_gateway.codes import base64url_bytes
from pos_gateway.errors import PairingRefused
from pos_gateway.pages.sign_in.session_cookie import (
    address,
    cookie,
    end_session,
    note,
    with_cookie,
    without_cookie,
)
from pos_gateway.pages.till import TillViews
from pos_gateway.staff.cashiers import REALM, cashiers_of, sign_in_cashier
from pos_gateway.web.page_route import expected, render, see
from pos_gateway.web.views import FORM, page

YEAR = timedelta(days=365)
TILL, WAITING = "till", "till-pairing"
"""The cookies of a till's key, and of a device that is being paired."""

State = Literal["claimed", "confirmed", "refused"]


class _Held(NamedTuple):
    """The pairing code and the till's key that a device holds until an officer decides."""

    pairing_code: str
    key: str

    @property
    def key_hash(self) -> str:
        """The hash of the key's secret part, as in the ledger; or PairingRefused."""
        try:
            _, merchant_id, till_id, secret = self.key.split(".")
            found = base64url_bytes(secret)
        except ValueError:
            raise PairingRefused from None
        if len(found) != SECRET_BYTES:
            raise PairingRefused
        return make_till_key(merchant_id, till_id, found)[1]


class PairPages(TillViews):
    """The pages of a device that becomes a till."""

    @page("till-pair", "/till/pair", Policy.PUBLIC, FORM)
    def pair(self) -> Response:
        """Show the form for the code, or the word to compare; a confirmed device gets its key.

        The key is in a cookie for a year. A PairingRefused is shown on the page.
        """
        try:
            if request.method == "POST":
                return self._claim() if "pairing_code" in request.form else self._collect()
            return self._shown()
        except HongkaError as error:
            response = render("till/pair.html", error=error)
            return without_cookie(response, self._services, WAITING)

    @page("till-pair-state", "/till/pair/state", Policy.PUBLIC)
    def state(self) -> Response:
        """Return the state as JSON: `claimed`, `confirmed`, `refused`, or `over` if it ended."""
        held = self._held()
        try:
            return jsonify(state=self._state(held)[0] if held else "over")
        except PairingRefused:
            return jsonify(state="over")

    def _claim(self) -> Response:
        typed = request.form["pairing_code"]
        try:
            claimed = self._services.sign_in.pairings.claim(typed, address=address())
        except PairingRefused:
            note(self._services, "till_pairing", "failed")
            raise
        # A distinct separator, since a key contains dots.
        held = f"{normal(typed)}/{claimed.key}"
        return with_cookie(see("/till/pair"), self._services, WAITING, held, LASTS)

    def _collect(self) -> Response:
        held = self._held()
        if held is None:
            raise PairingRefused
        state, _ = self._state(held)
        if state == "claimed":
            return self._shown()
        try:
            self._services.sign_in.pairings.collect(held.pairing_code, key_hash=held.key_hash)
        except PairingRefused:
            self._check_paired(held)  # collected before, but the response was lost
        if state == "refused":
            raise PairingRefused
        response = with_cookie(see("/till/"), self._services, TILL, held.key, YEAR)
        return without_cookie(response, self._services, WAITING)

    def _shown(self) -> Response:
        held = self._held()
        if held is not None:
            state, pairing = self._state(held)
            word = pairing.check_word if pairing else ""
            return render("till/pair.html", state=state, word=word)
        till = self._already()
        merchant = self._services.ledger.merchant(till.merchant_id) if till else None
        return render("till/pair.html", till=till, merchant=merchant)

    def _state(self, held: _Held) -> tuple[State, Pairing | None]:
        """Return the state of this device, and its pairing: None once collected; or raise."""
        try:
            pairing = self._services.sign_in.pairings.look(held.pairing_code)
        except PairingRefused:
            self._check_paired(held)
            return "confirmed", None
        if not secrets.compare_digest(pairing.key_hash, held.key_hash):
            raise PairingRefused
        match pairing.state:
            case "refused":
                return "refused", pairing
            case "confirmed":
                try:
                    self._check_paired(held)
                except PairingRefused:
                    return "claimed", pairing
                return "confirmed", pairing
            case _:
                return "claimed", pairing

    def _check_paired(self, held: _Held) -> None:
        try:
            till_of(f"Bearer {held.key}", self._services.ledger)
        except Denied:
            raise PairingRefused from None

    def _already(self) -> TillIdentity | None:
        try:
            return till_of(f"Bearer {cookie(self._services, TILL)}", self._services.ledger)
        except Denied:
            return None

    def _held(self) -> _Held | None:
        pairing_code, _, key = cookie(self._services, WAITING).partition("/")
        return _Held(pairing_code, key) if key else None


class CashierPage(TillViews):
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
        return self._show(
            "cashier",
            asking,
            error=error,
            cashiers=cashiers_of(self._services, asking.merchant_id),
            chosen=request.form.get("staff_id", ""),
            here_now=asking.cashier_id,
        )
