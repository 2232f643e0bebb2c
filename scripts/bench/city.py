"""A synthetic city: merchants, offers and cards, and a past of redemptions written in bulk."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from itertools import islice
from random import Random
from typing import TypeVar
from zoneinfo import ZoneInfo

import msgspec

from ledger import funds
from ledger.application import Ledger
from ledger.benefits.terms import Funding, Rules
from ledger.event import Event, encode, topic_of
from ledger.members.card import Issued
from ledger.members.member import CardReceived, KeyMade, Registered
from ledger.money import AMOUNT_MAX
from ledger.redemptions.events import Redeemed, RedemptionLine
from ledger.services.scan import Scan
from ledger.store import Draft, Log, at_text
from ledger.write.request import request_fingerprint
from ledger.write.state_batch import StateBatch
from ledger.write.state_cache import StateCache

BY = "officer-bench"
FUND = "bench"
MERCHANTS = 50
OFFERS_EVERYWHERE = 20
"""The offers that hold at every merchant; each further one holds at a single merchant."""

UNION_FUNDED_PART = 0.2
"""The part (0 … 1) of redemptions that the union co-pays, each with an event of its fund."""

KEY_ID = "page"
PAST_MINOR = 1_000
"""The price of every redemption of the past."""

PAGE = 10_000
BRANCHES = 20
_CALLERS = 32
card_of = "{:024x}".format
member_of = "m{}".format
merchant_of = "merchant-{}".format
"""The ids of the card, member or merchant with a number, from 0; a member has the card so named."""

_METADATA = '{"by":"officer-bench"}'
_ZONE = ZoneInfo("Asia/Shanghai")
_REPLACE = msgspec.structs.replace
T = TypeVar("T")

Purchase = tuple[str, Scan, datetime]
"""The id of a redemption, its scan, and its time."""


def found(
    ledger: Ledger,
    key_hash: str = "no key opens this till",
    *,
    merchants: int = MERCHANTS,
    offers: int = 2,
) -> None:
    """Record the fund, merchants, tills and offers (at least 2); `fill` issues the cards.

    `key_hash` is the SHA-256 in hex of every till's key; by default no key is accepted.
    """
    officers = ledger.officers
    officers.offers.open_fund(FUND, programme="bench", name="bench", by=BY)
    for number in range(20):
        officers.offers.contribute(
            FUND, source=f"giver-{number}", amount_minor=AMOUNT_MAX, request_id=f"g-{number}"
        )

    def sign(number: int) -> None:
        merchant_id, where = merchant_of(number), {"outlet_id": "main", "by": BY}
        officers.merchants.sign_merchant(
            merchant_id, name=f"商户{number}", categories=("bakery",), by=BY
        )
        officers.merchants.open_outlet(merchant_id, name="main", **where)
        officers.merchants.pair_till(merchant_id, till_id="till", key_hash=key_hash, **where)

    def publish(number: int) -> None:
        rules = Rules(funding=Funding(union_basis_points=5_000, fund_id=FUND)) if number else None
        if number >= OFFERS_EVERYWHERE:
            rules = Rules(merchants=(merchant_of(number % merchants),))
        officers.offers.publish_offer(
            ("merchant-funded", "union-funded")[number] if number < 2 else f"offer-{number}",  # noqa: PLR2004 - the two
            title="八折",
            kind="percent_off",
            terms={"basis_points": 2_000},
            rules=rules or Rules(),
        )

    with ThreadPoolExecutor(_CALLERS) as threads:
        list(threads.map(sign, range(merchants)))
        list(threads.map(publish, range(offers)))


def scans(chance: Random, cards: int, count: int, merchants: int = MERCHANTS) -> list[Scan]:
    """Return `count` random purchases by the first `cards` cards at any merchant."""
    return [_scan(chance, cards, merchants) for _ in range(count)]


def fill(
    log: Log,
    *,
    cards: int,
    facts: int = 0,
    merchants: int = MERCHANTS,
    since: datetime | None = None,
    until: datetime | None = None,
    key_hashes: Mapping[str, str] | None = None,
) -> None:
    """Append events: `cards` cards issued, then redemptions, about `facts` in all.

    It writes straight to the log, which must not hold these cards: rows, leaf hashes and snapshots
    are those that a ledger makes. The past runs from `since` to `until`; None means now. A member
    in `key_hashes` gets an API key with this hash.
    """
    with log.reading() as view:
        until = until or max(view.now, view.floor())
    since = since or until
    for page in _pages(_issued(cards, at_text(since), key_hashes or {})):
        with log.locked() as tx:
            tx.append(page)
    redemptions = max(0, round((facts - 3 * cards) / (1 + UNION_FUNDED_PART)))
    versions: Counter[str] = Counter()
    cache = StateCache(most=PAGE)
    for purchases in _pages(past(cards, redemptions, merchants, since, until)):
        with log.locked() as tx:
            states = StateBatch(cache, tx)
            tx.append([one for each in purchases for one in _redeemed(states, versions, *each)])
            tx.keep_snapshots(states.snapshots())
        cache.settle(states.changed, tx.head.position)


def past(
    cards: int, redemptions: int, merchants: int, since: datetime, until: datetime
) -> Iterator[Purchase]:
    """Yield the same random purchases each time, evenly between two times."""
    chance = Random(7)  # noqa: S311 - the same past each time
    for number in range(redemptions):
        scan = _scan(chance, cards, merchants)
        at = since + (until - since) * number / redemptions
        yield (
            f"past-{number}",
            _REPLACE(scan, amount_minor=PAST_MINOR, code_id=f"{number:016x}"),
            at,
        )


def _scan(chance: Random, cards: int, merchants: int) -> Scan:
    merchant, card = chance.randrange(merchants), chance.randrange(cards)
    amount_minor = chance.randrange(100, 100_000)
    by_union = chance.random() < UNION_FUNDED_PART
    return Scan(
        merchant_id=merchant_of(merchant),
        outlet_id="main",
        till_id="till",
        amount_minor=amount_minor,
        choices=("union-funded" if by_union else "merchant-funded",),
        card_id=card_of(card),
        asked=b"%d/%d/%d" % (merchant, card, amount_minor),
    )


def _issued(cards: int, at: str, key_hashes: Mapping[str, str]) -> Iterator[Draft]:
    for number in range(cards):
        member_id, card_id = member_of(number), card_of(number)
        events: list[tuple[int, Event]] = [
            (1, Registered(member_id=member_id, branch=f"branch-{number % BRANCHES}")),
            (1, Issued(card_id=card_id, member_id=member_id)),
            (2, CardReceived(member_id=member_id, card_id=card_id)),
        ]
        if key_hash := key_hashes.get(member_id):
            events.append((3, KeyMade(member_id=member_id, key_id=KEY_ID, key_hash=key_hash)))
        for version, one in events:
            yield Draft(one.stream, version, topic_of(one), at, encode(one), _METADATA, None)


def _redeemed(
    states: StateBatch, versions: Counter[str], redemption_id: str, scan: Scan, at: datetime
) -> Iterator[Draft]:
    number = int(scan.card_id, 16)
    line, drawn = _MERCHANT_LINE, []
    if scan.choices == ("union-funded",):
        reservation = states[funds.stream(FUND)].reservations + 1
        line = _REPLACE(_UNION_LINE, reservation=reservation)
        drawn = [
            funds.Reserved(
                fund_id=FUND,
                merchant_id=scan.merchant_id,
                redemption_id=redemption_id,
                amount_minor=line.union_share_minor,
            )
        ]
    made = Redeemed(
        redemption_id=redemption_id,
        member_id=member_of(number),
        card_id=scan.card_id,
        branch=f"branch-{number % BRANCHES}",
        merchant_id=scan.merchant_id,
        outlet_id=scan.outlet_id,
        till_id=scan.till_id,
        category="bakery",
        at=at,
        day=at.astimezone(_ZONE).date(),
        price_minor=scan.amount_minor,
        merchant_share_minor=line.merchant_share_minor,
        union_share_minor=line.union_share_minor,
        member_share_minor=scan.amount_minor - line.covered_minor,
        lines=(line,),
        code_id=scan.code_id,
    )
    text, by, request_id = at_text(at), f"till-{scan.till_id}", f"redeem/{redemption_id}"
    versions[made.stream] += 1
    metadata = f'{{"by":"{by}","asked":"{request_fingerprint(request_id, scan.asked)}"}}'
    payload = encode(made)
    yield Draft(
        made.stream, versions[made.stream], topic_of(made), text, payload, metadata, request_id
    )
    yield from states.record(drawn, at=text, by=by, account="", fingerprint="", request_id=None)


def _pages(items: Iterable[T]) -> Iterator[list[T]]:
    left = iter(items)
    while page := list(islice(left, PAGE)):
        yield page


_MERCHANT_LINE = RedemptionLine(
    choice_id="merchant-funded", kind="percent_off", merchant_share_minor=200, union_share_minor=0
)
_UNION_LINE = _REPLACE(
    _MERCHANT_LINE,
    choice_id="union-funded",
    merchant_share_minor=100,
    union_share_minor=100,
    fund_id=FUND,
    programme="bench",
)
"""The lines of a redemption of PAST_MINOR, by either offer of two tenths off."""
