"""JSON schemas of a till's reports about its time offline."""

from datetime import UTC, datetime
from typing import Annotated, Literal

import msgspec

from ledger.errors import InputInvalid, Particular, Refusal
from ledger.merchants.till_sequence import Count
from ledger.offline.liability import UNION
from ledger.redemptions.events import Contested, Redeemed
from ledger.redemptions.pricing import CHOICES_MAX
from ledger.services.late_redemptions import NUMBER_MAX, LateRedemption
from pos_gateway.api.redemptions_schema import Amount, Category, Choice, Code, LineBody, line_bodies
from pos_gateway.api.signed_slip import MARK_LENGTH_MAX, KeyHex, Signature, Slip, Slipped
from pos_gateway.i18n.messages import Language, message
from pos_gateway.i18n.words import LIABILITY_REASONS, words_of
from pos_gateway.web.json_body import ID_PATTERN, Asking, Id, body_of

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

    slip: Slip
    signature: Signature


class DeviceKeyAsked(Asking, frozen=True, kw_only=True):
    """The till's public key (Ed25519 or P-256) in hex, and a signature by that very key."""

    key: KeyHex
    signature: Signature


class GivenBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The discount that the till gave for one choice, in minor units, by the party that pays it."""

    choice: Choice
    merchant_share_minor: _Share
    union_share_minor: _Share


class LateSlip(Slipped, frozen=True, kw_only=True, forbid_unknown_fields=True):
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
    mark: Annotated[str, msgspec.Meta(max_length=MARK_LENGTH_MAX)]
    cashier_id: _Cashier = ""

    @property
    def scanned(self) -> datetime:
        """Return the time of the scan in UTC; raise InputInvalid if that is beyond the calendar."""
        try:
            return self.scanned_at.astimezone(UTC)
        except OverflowError:
            raise InputInvalid(field="scanned_at") from None


class CountSlip(Slipped, frozen=True, kw_only=True, forbid_unknown_fields=True):
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
