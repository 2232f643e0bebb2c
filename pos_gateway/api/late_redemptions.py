"""Reports of a till that was offline: its signing key, its redemptions, its highest number."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import msgspec

from ledger.errors import InputInvalid, Particular, Refusal
from ledger.merchants.till import Till
from ledger.merchants.till_sequence import Count
from ledger.offline.liability import UNION
from ledger.offline.report import OfflineReport
from ledger.redemptions.events import Contested, OfflineDiscount, Redeemed
from ledger.redemptions.pricing import CHOICES_MAX
from ledger.services.late_redemptions import NUMBER_MAX, LateRedemption
from pos_gateway.api import signed_slip
from pos_gateway.api.redemptions import scanned_card
from pos_gateway.api.redemptions_schema import Amount, Category, Choice, Code, LineBody, line_bodies
from pos_gateway.auth.policies import Policy, TillIdentity
from pos_gateway.codes import InvalidCode
from pos_gateway.i18n.messages import Language, message
from pos_gateway.i18n.words import LIABILITY_REASONS, words_of
from pos_gateway.services import Services
from pos_gateway.web.api_route import Reply
from pos_gateway.web.json_body import ID_PATTERN, Asked, Asking, Id, body_of
from pos_gateway.web.views import Views, route

_Share = Annotated[int, msgspec.Meta(ge=0)]
_Number = Annotated[int, msgspec.Meta(ge=1, le=NUMBER_MAX)]
_Time = Annotated[datetime, msgspec.Meta(tz=True)]
# An id or nothing; never a phone or identity number, since it is stored for ever.
_Cashier = Annotated[
    str,
    msgspec.Meta(
        pattern=f"^$|^(?!(?:1[3-9][0-9]{{9}}|[0-9]{{17}}[0-9Xx])$){ID_PATTERN[1:]}", max_length=64
    ),
]

_NEXT_STEPS = words_of("liability_next_steps")


class LateAsked(Asking, frozen=True, kw_only=True):
    """A slip (the JSON text of a `LateSlip` or `CountSlip`), and the till's signature over it."""

    slip: signed_slip.Slip
    signature: signed_slip.Signature


class DeviceKeyAsked(Asking, frozen=True, kw_only=True):
    """The till's public key (Ed25519 or P-256) in hex, and a signature by that very key."""

    key: signed_slip.KeyHex
    signature: signed_slip.Signature


class GivenBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The discount that the till gave for one choice, in minor units, by the party that pays it."""

    choice: Choice
    merchant_share_minor: _Share
    union_share_minor: _Share


class LateSlip(signed_slip.Slipped, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One redemption that a till made offline; `scanned_at` is by the till's clock.

    `number` is the till's own count of its offline redemptions, from 1, `mark` its last sync
    receipt. `code` is the scanned text. `category` is null where none was named, `given` empty
    without discount, and `cashier_id` empty without a cashier.
    """

    redemption_id: Id
    number: _Number
    code: Code
    amount_minor: Amount
    category: Category | None = None
    given: Annotated[tuple[GivenBody, ...], msgspec.Meta(max_length=CHOICES_MAX)] = ()
    scanned_at: _Time
    mark: Annotated[str, msgspec.Meta(max_length=signed_slip.MARK_LENGTH_MAX)]
    cashier_id: _Cashier = ""

    @property
    def scanned(self) -> datetime:
        """Return the time of the scan in UTC; raise InputInvalid if that is beyond the calendar."""
        try:
            return self.scanned_at.astimezone(UTC)
        except OverflowError:
            raise InputInvalid(field="scanned_at") from None


class CountSlip(signed_slip.Slipped, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The highest number that a till has given to an offline redemption; 0 where it made none."""

    highest: Annotated[int, msgspec.Meta(ge=0, le=NUMBER_MAX)]


class ContestedBody(msgspec.Struct, frozen=True, kw_only=True):
    """The rule that an offline redemption broke, who pays its discount, and why that party does.

    `reason`, `title` and `particulars` tell the rule, and `next_step` what the paying party does.
    `because` is the reason for its liability, such as `over_limits`. `given` are the discounts that
    the till reported.
    """

    reason: str
    title: str
    next_step: str
    particulars: dict[str, Particular]
    borne_by: Literal["union", "merchant"]
    because: str
    because_words: str
    given: list[GivenBody]


class LateBody(msgspec.Struct, frozen=True, kw_only=True):
    """An offline redemption as booked; merchant, union and member share add up to the amount.

    `number` is the till's own. `contested` is null where the rules accept the redemption.
    `arrived_at` is the time of the report; of a redemption that was also recorded online, that
    time.
    """

    redemption_id: str
    outcome: Literal["accepted", "contested"]
    number: int
    scanned_at: datetime
    arrived_at: datetime
    amount_minor: int
    merchant_share_minor: int
    union_share_minor: int
    member_share_minor: int
    lines: list[LineBody]
    contested: ContestedBody | None


class CountBody(msgspec.Struct, frozen=True, kw_only=True):
    """The numbers of a till's offline redemptions under its present key, which is its `series`th.

    `highest` is the highest known, 0 for none; `missing` are lower ones that have not arrived.
    """

    series: int
    highest: int
    missing: list[int]


def late_body(late: LateRedemption, number: int, tongue: Language) -> LateBody:
    """Return the JSON body of an offline redemption, with texts in the language `tongue`.

    `number` is the till's number of it. If it had also been recorded online at the time,
    `arrived_at` is that time.
    """
    event = late.event
    contested = event if isinstance(event, Contested) else None
    made: Redeemed = contested.made if contested else event  # type: ignore[assignment]
    return body_of(
        LateBody,
        made,
        outcome="contested" if contested else "accepted",
        number=number,
        scanned_at=contested.scanned_at if contested else made.at,
        arrived_at=made.late.arrived_at if made.late else made.at,
        amount_minor=made.price_minor,
        lines=line_bodies(made),
        contested=_contested_body(contested, tongue) if contested else None,
    )


def count_body(count: Count, series: int) -> CountBody:
    """Return a till's numbers under key `series`; none where `count` is of another key."""
    if count.series != series:
        return CountBody(series=series, highest=0, missing=[])
    return CountBody(series=series, highest=count.highest, missing=list(count.missing))


def _contested_body(contested: Contested, tongue: Language) -> ContestedBody:
    borne_by: Literal["union", "merchant"] = "union" if contested.borne_by == UNION else "merchant"
    refusal = Refusal.of(contested.reason, contested.particulars)
    return body_of(
        ContestedBody,
        contested,
        title=message(refusal.reason, tongue, contested.particulars.get("problem")).title,
        next_step=getattr(_NEXT_STEPS[borne_by], tongue),
        borne_by=borne_by,
        because_words=getattr(LIABILITY_REASONS[contested.because], tongue),
        given=[body_of(GivenBody, one) for one in contested.given],
    )


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
            synced_at=signed_slip.read_mark(
                self._services, till.merchant_id, till.till_id, slip.mark
            ),
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
        signed_slip.check_signature(told, body.signature, purpose="till key", key_hex=body.key)
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
        self,
        till: TillIdentity,
        body: LateAsked,
        kind: type[signed_slip.Kind],
        purpose: signed_slip.Purpose,
    ) -> tuple[Till, signed_slip.Kind]:
        """Return the till's present state, and its slip; InputInvalid for one of another till."""
        paired = self._paired(till)
        slip = signed_slip.read_slip(
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
