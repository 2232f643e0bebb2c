"""The offline redemption report: a till's account of one redemption it made offline."""

from datetime import datetime

import msgspec

from ledger.redemptions.events import OfflineDiscount


class OfflineReport(msgspec.Struct, frozen=True, kw_only=True):
    """A till's report of one offline redemption; the gateway has read the code as of `scanned_at`.

    A code that could not be verified has no card, and `not_verified` says why (else empty).
    `number` is the till's own number of the redemption, in the `series` of its key. `synced_at` is
    the time of the till's last sync. `device` is the device that signed the code (None: unsigned),
    and `code_hash` is set for a printed code, `code_id` for any other. `asked` holds the bytes for
    the request fingerprint; empty: the whole report is used.
    """

    redemption_id: str
    merchant_id: str
    outlet_id: str
    till_id: str
    cashier_id: str = ""
    amount_minor: int
    category: str | None = None
    given: tuple[OfflineDiscount, ...] = ()
    scanned_at: datetime
    synced_at: datetime
    series: int
    number: int
    card_id: str = ""
    code_id: str | None = None
    code_hash: str | None = None
    device: str | None = None
    not_verified: str = ""
    asked: bytes = b""

    @property
    def given_minor(self) -> int:
        """The whole discount that the till gave, both shares, in minor units."""
        return sum(one.covered_minor for one in self.given)

    @property
    def promised_minor(self) -> dict[str, int]:
        """The union's share as the till reported it, in minor units, by choice id."""
        return {one.choice_id: one.union_share_minor for one in self.given}
