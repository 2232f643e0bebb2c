"""Merchants and their tills: sign, change, pair, revoke; outlets, owners and bank accounts."""

import secrets
from collections.abc import Callable

from flask import Response, request

from ledger import errors
from ledger.merchants import merchant
from ledger.merchants.location import Place
from ledger.merchants.till import FloorLimits
from pos_gateway.auth.pairing import judged
from pos_gateway.auth.policies import Policy, StaffIdentity
from pos_gateway.auth.security_log import Outcome
from pos_gateway.errors import PairingRefused
from pos_gateway.pages.officer import OfficerViews, form_parsing
from pos_gateway.pages.sign_in.session_cookie import note
from pos_gateway.payments.bank_accounts import bank_accounts, erase_bank_account, keep_bank_account
from pos_gateway.staff import appointment
from pos_gateway.web.listing import CARD_ROWS, Lists, sought
from pos_gateway.web.page_route import chosen, see, submit
from pos_gateway.web.views import POST, page

_REDEMPTIONS_MOST = 10_000
_HOURS_MOST = 24 * 14


class MerchantPages(OfficerViews):
    """The officers' pages of merchants; a refused form shows its `error` on the page."""

    @page("desk-merchants", "/desk/merchants", Policy.SEE_MERCHANTS)
    def listed(self, asking: StaffIdentity, error: errors.HongkaError | None = None) -> Response:
        """Show the merchants by name, suspended ones last."""
        found = sought(self._services.ledger.merchants(), lambda one: (one.name, one.merchant_id))
        found.sort(key=lambda one: (one.suspended, one.name, one.merchant_id))
        return self._show(
            "merchants.html",
            asking,
            error=error,
            merchants=Lists("/desk/merchants").part("from", found),
        )

    @page("desk-merchant-sign", "/desk/merchants/new", Policy.KEEP_MERCHANTS, POST)
    def sign(self, asking: StaffIdentity) -> Response:
        """Sign a merchant: record it in the ledger with its id, name and categories."""
        return submit(
            lambda: self._services.ledger.officers.merchants.sign_merchant(
                form_parsing.identifier("merchant_id"),
                name=form_parsing.text("name"),
                categories=tuple(request.form.getlist("categories")),
                by=asking.by,
            ),
            lambda error: self.listed(asking, error),
            f"/desk/merchants/{form_parsing.typed_id('merchant_id')}",
        )

    @page("desk-merchant", "/desk/merchants/<merchant_id>", Policy.SEE_MERCHANTS)
    def merchant(
        self, merchant_id: str, asking: StaffIdentity, error: errors.HongkaError | None = None
    ) -> Response:
        """Show one merchant: outlets, tills, owners, account number's end; or MerchantUnknown."""
        state = self._services.ledger.merchant(merchant_id)
        if not state.merchant_id:
            raise errors.MerchantUnknown
        people = [
            one
            for one in self._services.ledger.officers.staff.staff_list()
            if one.merchant_id == merchant_id and one.roles
        ]
        payee = merchant.stream(merchant_id)
        account = bank_accounts(self._services, [payee]).get(payee)
        lists = Lists()
        return self._show(
            "merchant.html",
            asking,
            error=error,
            merchant=state,
            outlets=lists.part("outlets", [*state.outlets.items()], most=CARD_ROWS),
            tills=lists.part("tills", [*state.tills.values()], most=CARD_ROWS),
            people=lists.part("people", people),
            account_end=account.number[-4:] if account else "",
        )

    @page("desk-merchant-change", "/desk/merchants/<merchant_id>", Policy.KEEP_MERCHANTS, POST)
    def change(self, merchant_id: str, asking: StaffIdentity) -> Response:
        """Suspend or resume a merchant, set an outlet, set or end an owner or its account.

        The form field `deed` tells which.
        """
        merchants = self._services.ledger.officers.merchants
        deeds: dict[str, Callable[[str, str], object]] = {
            "suspend": lambda one, by: merchants.suspend_merchant(one, by=by),
            "resume": lambda one, by: merchants.resume_merchant(one, by=by),
            "outlet": self._outlet,
            "owner": self._owner,
            "dismiss": self._dismiss,
            "account": lambda one, by: keep_bank_account(
                self._services, merchant.stream(one), form_parsing.bank_account(), by=by
            ),
            "account-erase": lambda one, by: erase_bank_account(
                self._services, merchant.stream(one), by=by
            ),
        }
        return submit(
            lambda: chosen(deeds)(merchant_id, asking.by),
            lambda error: self.merchant(merchant_id, asking, error),
        )

    def _outlet(self, merchant_id: str, by: str) -> None:
        """Open an outlet, or replace the name and place of a known one, from the form's fields."""
        ledger, outlet_id = self._services.ledger, form_parsing.own_id("outlet_id")
        if outlet_id not in ledger.merchant(merchant_id).outlets:
            outlet_id = outlet_id.lower()
        place = Place(
            address=form_parsing.text("address", needed=False),
            latitude_microdegrees=form_parsing.microdegrees("latitude"),
            longitude_microdegrees=form_parsing.microdegrees("longitude"),
            hours=form_parsing.text("hours", needed=False),
            phone=form_parsing.text("phone", needed=False),
        )
        merchants, known = ledger.officers.merchants, ledger.merchant(merchant_id).outlets
        verb = merchants.change_outlet if outlet_id in known else merchants.open_outlet
        verb(merchant_id, outlet_id=outlet_id, name=form_parsing.text("name"), place=place, by=by)

    def _owner(self, merchant_id: str, by: str) -> None:
        appointment.appoint_owner(
            self._services,
            form_parsing.identifier("staff_id"),
            merchant_id=merchant_id,
            phone=form_parsing.text("owner_phone"),
            by=by,
        )

    def _dismiss(self, merchant_id: str, by: str) -> None:
        staff_id = form_parsing.identifier("staff_id")
        if self._services.ledger.appointed(staff_id).merchant_id != merchant_id:
            raise errors.InputInvalid(field="staff_id")
        appointment.dismiss(self._services, staff_id, by=by)


class TillPages(OfficerViews):
    """The officers' pages of tills: pair, limit and revoke them."""

    @page("desk-pairing", "/desk/merchants/<merchant_id>/pairing", Policy.KEEP_MERCHANTS, POST)
    def offer(self, merchant_id: str, asking: StaffIdentity) -> Response:
        """Start a pairing, and show its code for the new device to type within ten minutes.

        Raise OutletUnknown, or TillAlreadyPaired for a known till id; a blank one gets a new id.
        """
        state = self._services.ledger.merchant(merchant_id)
        outlet_id = request.form.get("outlet_id", "")
        till_id = request.form.get("till_id", "").strip().lower() or f"till-{secrets.token_hex(3)}"
        if outlet_id not in state.outlets:
            raise errors.OutletUnknown(outlet=outlet_id)
        if till_id in state.tills:
            raise errors.TillAlreadyPaired
        code = self._services.sign_in.pairings.offer(
            merchant_id=merchant_id, outlet_id=outlet_id, till_id=till_id, by=asking.by
        )
        return self._shown(asking, code)

    @page("desk-pairing-wait", "/desk/pairing", Policy.KEEP_MERCHANTS, POST)
    def wait(self, asking: StaffIdentity) -> Response:
        """Show if a device has typed the code, its check word, or an error; the page asks often."""
        return self._shown(asking, request.form.get("code", ""))

    @page("desk-pairing-judge", "/desk/pairing/judged", Policy.KEEP_MERCHANTS, POST)
    def judge(self, asking: StaffIdentity) -> Response:
        """Confirm (`deed` is `confirm`) or refuse the waiting device; if confirmed, pair the till.

        PairingRefused is raised for another officer's code, one that ended, or a wrong word.
        """
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
        outcome: Outcome = "ok" if confirmed else "refused"
        subject, about = f"staff-{asking.staff_id}", pairing.till_id
        note(self._services, "till_pairing", outcome, subject=subject, about=about)
        return see(f"/desk/merchants/{pairing.merchant_id}")

    @page("desk-till", "/desk/merchants/<merchant_id>/tills/<till_id>", Policy.KEEP_MERCHANTS, POST)
    def change(self, merchant_id: str, till_id: str, asking: StaffIdentity) -> Response:
        """Revoke a till, or set its floor limits for offline redemptions; a refusal is raised."""
        merchants, by = self._services.ledger.officers.merchants, asking.by

        def revoke() -> None:
            merchants.revoke_till(merchant_id, till_id=till_id, by=by)
            subject = f"staff-{asking.staff_id}"
            note(self._services, "till_revoked", subject=subject, about=till_id)

        deeds: dict[str, Callable[[], object]] = {
            "revoke": revoke,
            "limit": lambda: merchants.limit_till(
                merchant_id, till_id=till_id, limits=_limits(), by=by
            ),
        }
        return submit(deeds, None, f"/desk/merchants/{merchant_id}")

    def _shown(self, asking: StaffIdentity, code: str) -> Response:
        pairing, error = None, None
        try:
            pairing = self._services.sign_in.pairings.look(code)
            if pairing.by != asking.by:
                raise PairingRefused
        except errors.HongkaError as refused:
            pairing, error = None, refused
        is_part = bool(request.headers.get("HX-Request"))
        return self._show(
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
        amount_minor=form_parsing.minor("yuan"),
        hours=form_parsing.number("hours", _HOURS_MOST),
        card_minor=form_parsing.minor("card_yuan"),
    )
