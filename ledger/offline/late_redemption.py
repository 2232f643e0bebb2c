"""What a till says it did while it was offline."""

from __future__ import annotations

from datetime import datetime

import msgspec

from ledger.redemptions.events import Given


class Late(msgspec.Struct, frozen=True, kw_only=True):
    """What a till says it did offline; the gateway has read the code as of `scanned_at`.

    Of a code that did not verify there is no card, and `not_verified` says why. `number` is the
    till's own, in the `series` of its key; `synced_at`, when it last knew what we knew. `asked` are
    the bytes a request id is bound to.
    """

    redemption_id: str
    merchant_id: str
    outlet_id: str
    till_id: str
    cashier_id: str = ""
    amount_minor: int
    category: str | None = None
    given: tuple[Given, ...] = ()
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
        """All that was taken off."""
        return sum(one.covered_minor for one in self.given)
