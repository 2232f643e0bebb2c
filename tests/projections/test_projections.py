from hypothesis import given
from hypothesis import strategies as some

from ledger.event import Event
from ledger.redemptions.events import Redeemed
from projections import balances, cards, choice_uses, member_uses, purchases, redemptions, usage
from projections.engine.changes import fold
from projections.engine.database import Projection
from tests.support.event_history_purchases import changes, line, redeemed, undone

SHARES = ("merchant_share_minor", "union_share_minor")

REDEEMED = some.builds(
    lambda price, merchant, union, day, shop, card: redeemed(
        price + merchant + union,
        line("haircut", merchant=merchant),
        line("care", union=union),
        day=day,
        merchant_id=shop,
        card_id=card,
    ),
    price=some.integers(0, 900),
    merchant=some.integers(0, 90),
    union=some.integers(0, 90),
    day=some.integers(1, 9),
    shop=some.sampled_from(["shears", "mill"]),
    card=some.sampled_from(["c1", "c2"]),
)


def added(projection: Projection, events: list[Event], column: str, within: str = "") -> int:
    """Return the sum of a counter over the rows whose key starts with these values."""
    rows = fold(changes(projection, *events)).added
    return sum(row.get(column, 0) for key, row in rows.items() if str(key[0]).startswith(within))


def put(projection: Projection, events: list[Event], column: str) -> int:
    return sum(int(row[column] or 0) for row in fold(changes(projection, *events)).put.values())


@given(made=some.lists(some.tuples(REDEEMED, some.booleans()), max_size=12))
def test_all_tell_one_story(made: list[tuple[Redeemed, bool]]) -> None:
    events: list[Event] = [one for one, _ in made]
    events += [undone(one) for one, kept in made if not kept]
    kept = [one for one, kept in made if kept]
    saved = sum(one.merchant_share_minor + one.union_share_minor for one in kept)

    assert added(purchases, events, "purchases") == len(kept)
    assert put(redemptions, events, "redemptions") == len(kept)
    assert added(cards, events, "purchases") == len(kept)
    assert added(usage, events, "uses") == 2 * len(kept)
    assert added(choice_uses, events, "uses") == 2 * len(kept)
    assert added(member_uses, events, "uses_05") == len(kept)
    for share in SHARES:
        expected = sum(getattr(one, share) for one in kept)
        assert added(purchases, events, share) == expected
        assert put(redemptions, events, share) == expected
        assert added(usage, events, share) == expected
    assert added(purchases, events, "price_minor") == sum(one.price_minor for one in kept)
    assert added(cards, events, "saved_minor") == saved
    assert saved == added(balances, events, "credits_minor", "member:m1:saving") - added(
        balances, events, "debits_minor", "member:m1:saving"
    )
    assert added(balances, events, "debits_minor") == added(balances, events, "credits_minor")
