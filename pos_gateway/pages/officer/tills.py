"""Tills: pair by a code that both sides confirm, set floor limits, revoke."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from flask import Response, request

from ledger.errors import HongkaError, OutletUnknown, TillAlreadyPaired
from ledger.merchants.till import FloorLimits
from pos_gateway.auth.pairing import judged
from pos_gateway.auth.policies import Policy, StaffIdentity
from pos_gateway.errors import PairingRefused
from pos_gateway.pages.officer import form_parsing, show
from pos_gateway.services import Services
from pos_gateway.web.page_route import chosen, see
from pos_gateway.web.views import POST, Views, page, pages_of

_REDEMPTIONS_MOST = 10_000
_YUAN_MOST = 1_000_000
_HOURS_MOST = 24 * 14


class TillPages(Views[Services]):
    """The pages of tills."""

    @page("desk-pairing", "/desk/merchants/<merchant_id>/pairing", Policy.KEEP_MERCHANTS, POST)
    def offer(self, merchant_id: str, asking: StaffIdentity) -> Response:
        """Start a pairing, and show its code for the new device to type within ten minutes."""
        state = self._services.ledger.merchant(merchant_id)
        outlet_id = request.form.get("outlet_id", "")
        till_id = request.form.get("till_id", "").strip().lower() or f"till-{secrets.token_hex(3)}"
        if outlet_id not in state.outlets:
            raise OutletUnknown(outlet=outlet_id)
        if till_id in state.tills:
            raise TillAlreadyPaired
        code = self._services.sign_in.pairings.offer(
            merchant_id=merchant_id, outlet_id=outlet_id, till_id=till_id, by=asking.by
        )
        return self._shown(asking, code)

    @page("desk-pairing-wait", "/desk/pairing", Policy.KEEP_MERCHANTS, POST)
    def wait(self, asking: StaffIdentity) -> Response:
        """Show if a device has typed the code, and its check word; the page asks repeatedly."""
        return self._shown(asking, request.form.get("code", ""))

    @page("desk-pairing-judge", "/desk/pairing/judged", Policy.KEEP_MERCHANTS, POST)
    def judge(self, asking: StaffIdentity) -> Response:
        """Confirm or refuse the waiting device; a confirmed one becomes a till in the ledger."""
        pairings = self._services.sign_in.pairings
        code, word = request.form.get("code", ""), request.form.get("check_word", "")
        confirmed = request.form.get("deed") == "confirm"
        pairing = pairings.look(code)
        if pairing.by != asking.by:
            raise PairingRefused
        if judged(pairing, check_word=word, confirmed=confirmed).state == "confirmed":
            # The ledger first, so that a confirmed device is a till.
            self._services.ledger.officers.merchants.pair_till(
                pairing.merchant_id,
                till_id=pairing.till_id,
                outlet_id=pairing.outlet_id,
                key_hash=pairing.key_hash,
                by=asking.by,
            )
        pairings.judge(code, check_word=word, confirmed=confirmed, by=asking.by)
        return see(f"/desk/merchants/{pairing.merchant_id}")

    @page("desk-till", "/desk/merchants/<merchant_id>/tills/<till_id>", Policy.KEEP_MERCHANTS, POST)
    def change(self, merchant_id: str, till_id: str, asking: StaffIdentity) -> Response:
        """Revoke a till, or set its floor limits for offline redemptions."""
        merchants, by = self._services.ledger.officers.merchants, asking.by
        deeds: dict[str, Callable[[], object]] = {
            "revoke": lambda: merchants.revoke_till(merchant_id, till_id=till_id, by=by),
            "limit": lambda: merchants.limit_till(
                merchant_id, till_id=till_id, limits=_limits(), by=by
            ),
        }
        chosen(deeds)()
        return see(f"/desk/merchants/{merchant_id}")

    def _shown(self, asking: StaffIdentity, code: str) -> Response:
        pairing, error = None, None
        try:
            pairing = self._services.sign_in.pairings.look(code)
            if pairing.by != asking.by:
                raise PairingRefused
        except HongkaError as refused:
            pairing, error = None, refused
        is_part = bool(request.headers.get("HX-Request"))
        return show(
            "pairing_part.html" if is_part else "pairing.html",
            asking,
            status=200 if is_part else None,  # htmx swaps in nothing but a 200
            error=error,
            pairing_address=f"{self._services.settings.origin}/till/pair",
            pairing_code=code,
            pairing=pairing,
        )


def _limits() -> FloorLimits:
    return FloorLimits(
        redemptions=form_parsing.number("redemptions", _REDEMPTIONS_MOST),
        amount_minor=form_parsing.number("yuan", _YUAN_MOST) * 100,
        hours=form_parsing.number("hours", _HOURS_MOST),
    )


pages = pages_of(TillPages)
