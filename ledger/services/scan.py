"""A scan: a card shown at a till, and the states its purchase is decided on."""

from datetime import datetime

import msgspec

from ledger import errors
from ledger.benefits.terms import Purchase
from ledger.event import Event
from ledger.members import card, member, printed_code
from ledger.members.authorization import States
from ledger.members.device import check_device
from ledger.merchants import merchant
from ledger.merchants.merchant import Merchant
from ledger.merchants.till_sequence import TOLD_MAX, Told
from ledger.offers import grant, offer
from ledger.offers.grant import Grants
from ledger.redemptions.purchase_context import PurchaseContext
from ledger.redemptions.refusal import Refused, ValidationsRefused
from ledger.write.state_batch import StateBatch


class Scan(msgspec.Struct, frozen=True, kw_only=True):
    """A card shown at a till, and the purchase for which it is shown.

    A printed code sets `code_hash`, which finds the card; a session code sets `card_id` and
    `code_id`; a code signed by a phone sets `device`, its id, too. `choices` are the ids of the
    offers and grants to use; `category` None means the merchant's only one. `cashier_id` is empty
    where nobody signed in. `asked` holds the canonical request for the request fingerprint; if
    empty, the scan itself is used.
    """

    merchant_id: str
    outlet_id: str
    till_id: str
    amount_minor: int
    category: str | None = None
    choices: tuple[str, ...] = ()
    card_id: str = ""
    code_id: str | None = None
    code_hash: str | None = None
    device: str | None = None
    cashier_id: str = ""
    asked: bytes = b""

    @property
    def shown(self) -> str:
        """The name of the stream of the printed code that was shown, else of the card."""
        return printed_code.stream(self.code_hash) if self.code_hash else card.stream(self.card_id)

    @property
    def reads(self) -> list[str]:
        """The names of the streams that a redemption always reads."""
        return [
            self.shown,
            merchant.stream(self.merchant_id),
            *(offer.stream(one) for one in self.choices),
        ]


def scanned(states: States, scan: Scan, at: datetime) -> tuple[PurchaseContext, Grants]:
    """Return the purchase context of a scan, without funds, and the grants of the card's member.

    `at` is in the zone of the rules. An unknown or revoked till, a superseded code and a device
    that may not sign are refused; an unknown card is not: its states are initial.
    """
    where: Merchant = states[merchant.stream(scan.merchant_id)]
    merchant.live_till(where, scan.till_id)
    card_id = scan.card_id
    if scan.code_hash is not None:
        card_id = states[printed_code.stream(scan.code_hash)].card_id
    held = states[card.stream(card_id)]
    if scan.code_hash is not None and held.card_id and held.code_hash != scan.code_hash:
        raise errors.CodeSuperseded
    check_device(held, scan.device)
    context = PurchaseContext(
        card=held,
        member=states[member.stream(held.member_id)],
        merchant=where,
        till_id=scan.till_id,
        purchase=Purchase(
            merchant_id=where.merchant_id,
            outlet_id=scan.outlet_id,
            category=where.category_or_only(scan.category),
            price_minor=scan.amount_minor,
            at=at,
        ),
    )
    return context, states[grant.stream(held.member_id)]


def tell(
    states: StateBatch, no: Refused | ValidationsRefused, shown: list[str], now: datetime
) -> list[Event]:
    """Return the event that the till of `no` heard that the cards of these streams are not valid.

    None if no stream is of a known card; at most TOLD_MAX streams are read.
    """
    cards = tuple(sorted({states[one].card_id for one in shown[:TOLD_MAX]} - {""}))
    told = Told(merchant_id=no.merchant_id, till_id=no.till_id, cards=cards, at=now)
    return [told] if cards else []
