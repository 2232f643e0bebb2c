"""Reports of a till that was offline: its signing key, its redemptions, its highest number."""

from typing import Any

from ledger.errors import InputInvalid
from ledger.merchants.till import Till
from ledger.offline.report import OfflineReport
from ledger.redemptions.events import OfflineDiscount
from pos_gateway.api.late_redemptions_schema import (
    CountBody,
    CountSlip,
    DeviceKeyAsked,
    LateAsked,
    LateBody,
    LateSlip,
    count_body,
    late_body,
)
from pos_gateway.api.redemptions import scanned_card
from pos_gateway.api.signed_slip import Kind, Purpose, check_signature, read_mark, read_slip
from pos_gateway.auth.policies import Policy, TillIdentity
from pos_gateway.codes import InvalidCode
from pos_gateway.i18n.messages import Language
from pos_gateway.services import Services
from pos_gateway.web.api_route import Reply
from pos_gateway.web.json_body import Asked, body_of
from pos_gateway.web.views import Views, route, routes_of


class LateRoutes(Views[Services]):
    """The routes for a till that was offline and reports afterwards.

    They raise DeviceKeyMissing or SlipForged for a slip without a valid signature of the till,
    InputInvalid for one of another till, and TillRevoked for a revoked till.
    """

    @route("PUT /late-redemptions/<redemption_id>", Policy.TILL)
    def redeem_late(
        self, redemption_id: str, till: TillIdentity, asked: Asked[LateAsked], tongue: Language
    ) -> Reply[LateBody]:
        """Record an offline redemption that the till signed; the member keeps the discount anyway.

        Where the rules say no or the code is invalid, it is recorded as contested. A repeat gets
        the first answer again.
        """
        paired, slip = self._read(till, asked.body, LateSlip, "late")
        if slip.redemption_id != redemption_id:
            raise InputInvalid(field="redemption_id")
        late = body_of(
            OfflineReport,
            slip,
            paired,
            **till.place,
            given=tuple(body_of(OfflineDiscount, one, choice_id=one.choice) for one in slip.given),
            scanned_at=slip.scanned,
            synced_at=read_mark(self._services, till.merchant_id, till.till_id, slip.mark),
            asked=f"{till.merchant_id}\n{asked.body.slip}".encode(),
            **self._shown(slip),
        )
        taken = self._services.ledger.tills.late_redemptions.redeem_late(late)
        answer = late_body(taken, slip.number, tongue)
        return Reply.recorded(answer, replayed=taken.replayed)

    @route("PUT /till/device-key", Policy.TILL)
    def give_till_key(self, till: TillIdentity, asked: Asked[DeviceKeyAsked]) -> Reply[CountBody]:
        """Register the till's public signing key; a signature proves that the till holds it.

        A new key replaces the earlier one and begins a new series of numbers. Returns the count.
        """
        body = asked.body
        told = f"{till.merchant_id}\n{till.till_id}\n{body.key}"
        check_signature(told, body.signature, purpose="till key", key_hex=body.key)
        ledger = self._services.ledger
        ledger.officers.merchants.give_till_key(
            till.merchant_id, till_id=till.till_id, device_key=body.key, by=till.by
        )
        count = ledger.tills.late_redemptions.till_count(till.merchant_id, till.till_id)
        return Reply(count_body(count, self._paired(till).series))

    @route("PUT /till/count", Policy.TILL)
    def count_till(self, till: TillIdentity, asked: Asked[LateAsked]) -> Reply[CountBody]:
        """Record the highest number that the till has used; return the missing numbers below it."""
        paired, slip = self._read(till, asked.body, CountSlip, "count")
        count = self._services.ledger.tills.late_redemptions.count_till(
            till.merchant_id,
            till_id=till.till_id,
            series=paired.series,
            highest=slip.highest,
            by=till.by,
        )
        return Reply(count_body(count, paired.series))

    def _paired(self, till: TillIdentity) -> Till:
        """Return the till's state read afresh, since another worker may have recorded its key."""
        return self._services.ledger.live_till(till.merchant_id, till.till_id, now=True)

    def _read(
        self, till: TillIdentity, body: LateAsked, kind: type[Kind], purpose: Purpose
    ) -> tuple[Till, Kind]:
        """Return the till's present state, and its slip; InputInvalid for one of another till."""
        paired = self._paired(till)
        slip = read_slip(
            body.slip, body.signature, kind, purpose=purpose, key_hex=paired.device_key
        )
        if (slip.merchant_id, slip.till_id) != (till.merchant_id, till.till_id):
            raise InputInvalid(field="till_id")
        return paired, slip

    def _shown(self, slip: LateSlip) -> dict[str, Any]:
        """Return the scanned card's fields as of the scan; for an invalid code, its problem."""
        try:
            return scanned_card(slip.code, self._services.keys, now=slip.scanned)
        except InvalidCode as invalid:
            return {"not_verified": invalid.problem}


routes = routes_of(LateRoutes)
