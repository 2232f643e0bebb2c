"""The public keys of codes, and the offline bundle of a till: revoked credentials and offers."""

from datetime import datetime, timedelta

import msgspec

from ledger.benefits import Words
from ledger.benefits.formula import Formula
from ledger.merchants.till import FloorLimits
from ledger.offline.eligible_offers import OfflineOffer
from pos_gateway.api.signed_slip import BEGINNING, MILLISECOND, make_mark
from pos_gateway.auth.policies import Policy, TillIdentity
from pos_gateway.services import Services
from pos_gateway.web.api_route import Reply, etag
from pos_gateway.web.json_body import body_of
from pos_gateway.web.views import Views, route
from projections import dead_codes
from projections.dead_codes import DeadCodes

DEAD_FOR = timedelta(days=8)
"""The time for which a revocation stays listed; a phone's certificate lasts only a week."""


class KeyBody(msgspec.Struct, frozen=True, kw_only=True):
    """A public key as a JSON Web Key (RFC 8037): `x` is the key, and `kid` the hint in its codes.

    `not_before` and `not_after` are the Unix times of the first and the last code it signs.
    """

    kty: str
    crv: str
    alg: str
    use: str
    kid: str
    x: str
    not_before: int
    not_after: int


class KeysBody(msgspec.Struct, frozen=True, kw_only=True):
    """The keys of codes that may still be valid, and the next key."""

    keys: list[KeyBody]


class MerchantBody(msgspec.Struct, frozen=True, kw_only=True):
    """The till's merchant. A purchase may name one of `categories`; if they are empty, any."""

    merchant_id: str
    name: str
    categories: tuple[str, ...]


class OutletBody(msgspec.Struct, frozen=True, kw_only=True):
    """The outlet where the till stands."""

    outlet_id: str
    name: str


class WindowBody(msgspec.Struct, frozen=True, kw_only=True, rename={"begins": "from"}):
    """A period in UTC in which an offer holds: `from` is inside it, `until` is not."""

    begins: datetime
    until: datetime


class OfferBody(msgspec.Struct, frozen=True, kw_only=True, rename={"turn": "order"}):
    """An offer that the till may give offline; empty `categories` mean every purchase.

    `windows` are the periods of the next 72 hours in which it holds. `order` is its place when
    several are priced together, `formula` its discount in numbers. An `exclusive` one stands alone.
    """

    choice: str
    title: str
    kind: str
    words: Words
    categories: tuple[str, ...]
    windows: list[WindowBody]
    exclusive: bool
    turn: int
    formula: Formula


class OfflineBody(msgspec.Struct, frozen=True, kw_only=True):
    """The offline bundle of a till.

    `mark` is the sync receipt, which the till sends with its reports. `dead_cards` and
    `dead_devices` were revoked in the last 8 days. If not `complete`, some are missing, and the
    till must give no discount offline. `dead_prints` are the first 8 hex digits of the SHA-256 of
    the printed number of each revoked card, however long ago; if not `prints_complete`, the till
    must give none to a printed number. `offers` are 200 at most, those for this merchant before
    others; `more` offers were left out, some of which may hold here.
    """

    server_time: datetime
    mark: str
    merchant: MerchantBody
    outlet: OutletBody
    till_id: str
    floor_limits: FloorLimits
    keys: list[KeyBody]
    dead_cards: list[str]
    dead_devices: list[str]
    complete: bool
    dead_prints: list[str]
    prints_complete: bool
    offers: list[OfferBody]
    more: int


class OfflineRoutes(Views[Services]):
    """The routes of the data that a till keeps, to go on without a connection."""

    @route("GET /keys", Policy.PUBLIC)
    def keys(self) -> Reply[KeysBody]:
        """Return the public keys of all codes that may still be valid, and of the next codes."""
        return Reply(KeysBody(keys=msgspec.convert(self._services.keys.public(), list[KeyBody])))

    @route("GET /till/offline", Policy.TILL, name="till_offline", problems=(403,))
    def offline(self, till: TillIdentity) -> Reply[OfflineBody]:
        """Return the bundle; 304 without a body to a till that sent the ETag of the current one.

        Either answer has the time and a new sync receipt in its headers.
        """
        now = self._services.clock()
        # The positions first, so that later reads are no older.
        told_at = self._told_at(now)
        mark = make_mark(self._services, till.merchant_id, till.till_id, told_at)
        body = self._body(till, now, mark)
        always_so = msgspec.structs.replace(body, server_time=BEGINNING, mark="")
        told = ("Hongka-Time", str(msgspec.to_builtins(now))), ("Hongka-Sync-Mark", mark)
        return Reply(body, headers=(etag(msgspec.json.encode(always_so)), *told))

    def _body(self, till: TillIdentity, now: datetime, mark: str) -> OfflineBody:
        known = self._services.ledger.tills.offline.known_offline(till.merchant_id, till.till_id)
        dead = self._dead(now)
        where = known.merchant
        return OfflineBody(
            server_time=now,
            mark=mark,
            merchant=body_of(MerchantBody, where),
            outlet=OutletBody(
                outlet_id=known.till.outlet_id, name=where.outlets[known.till.outlet_id]
            ),
            till_id=known.till.till_id,
            floor_limits=known.till.limits,
            keys=msgspec.convert(self._services.keys.public(), list[KeyBody]),
            dead_cards=dead.cards,
            dead_devices=dead.devices,
            complete=dead.complete,
            dead_prints=dead.prints,
            prints_complete=dead.prints_complete,
            offers=[_offer(one) for one in known.offers],
            more=known.more,
        )

    def _dead(self, now: datetime) -> DeadCodes:
        with self._services.views.reading() as connection:
            return dead_codes.dead_codes(connection, since=now - DEAD_FOR)

    def _told_at(self, now: datetime) -> datetime:
        """Return the time up to which the projection knows all revocations: `now` if up to date."""
        ledger = self._services.ledger
        head = ledger.head()
        read = self._services.views.positions()[dead_codes.NAME].position
        unread = ledger.facts(read, 1) if read < head else []
        return unread[0].at - MILLISECOND if unread else now


def _offer(one: OfflineOffer) -> OfferBody:
    offer = one.offer
    return body_of(
        OfferBody,
        offer,
        one,
        choice=offer.offer_id,
        words=offer.benefit.describe(),
        categories=offer.rules.categories,
        windows=[WindowBody(begins=window.begins, until=window.ends) for window in one.windows],
        exclusive=offer.rules.stacking.exclusive,
        turn=offer.rules.stacking.order,
    )
