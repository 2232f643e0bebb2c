from datetime import date

import pytest

from ledger.event import Event
from ledger.members.card import Blocked, Closed, Expired, Issued, Replaced, Unblocked
from ledger.members.member import Moved, Registered
from projections import cards
from projections.cards import card
from projections.engine.changes import Put
from tests.support.event_history_purchases import changes, line, read, redeemed, undone

REGISTERED = Registered(member_id="m1", branch="east")
ISSUED = Issued(card_id="c1", member_id="m1", last_day=date(2020, 4, 30))


def test_a_card_is_live_from_its_issue_to_its_last_day(database_url: str) -> None:
    with read(database_url, REGISTERED, ISSUED) as connection:
        shown = card(connection, "c1")

    assert shown is not None
    assert (shown.member_id, shown.branch, shown.status) == ("m1", "east", "live")
    assert (shown.issued_at, shown.last_day) == ("2019-05-01T03:32:00.000000Z", "2020-04-30")
    assert (shown.purchases, shown.saved_minor, shown.last_used_at) == (0, 0, None)


def test_the_branch_is_the_one_the_member_is_in_now(database_url: str) -> None:
    moved = Moved(member_id="m1", branch="west")

    with read(database_url, REGISTERED, ISSUED, moved) as connection:
        shown = card(connection, "c1")

    assert shown is not None
    assert shown.branch == "west"


@pytest.mark.parametrize(
    ("event", "status"),
    [
        (Blocked(card_id="c1"), "blocked"),
        (Unblocked(card_id="c1"), "live"),
        (Expired(card_id="c1"), "expired"),
        (Closed(card_id="c1"), "closed"),
    ],
)
def test_the_status_is_what_happened_last(event: Event, status: str) -> None:
    assert changes(cards, event) == [Put(("c1",), {"status": status})]


def test_a_replaced_card_names_the_one_that_took_its_place(database_url: str) -> None:
    events = (
        ISSUED,
        Replaced(card_id="c1", replaced_by="c2"),
        Issued(card_id="c2", member_id="m1", replaces="c1"),
    )

    with read(database_url, *events) as connection:
        old, new = card(connection, "c1"), card(connection, "c2")

    assert old is not None
    assert new is not None
    assert (old.status, old.replaced_by) == ("replaced", "c2")
    assert (new.status, new.replaces, new.last_day) == ("live", "c1", None)


def test_uses_add_up_and_one_undone_counts_no_longer(database_url: str) -> None:
    first = redeemed(3_000, line(merchant=500, union=400), day=1)
    second = redeemed(1_000, line(merchant=100), day=3, merchant_id="mill")

    with read(database_url, ISSUED, first, second, undone(first, day=4)) as connection:
        shown = card(connection, "c1")

    assert shown is not None
    assert (shown.purchases, shown.reversals) == (1, 1)
    assert (shown.price_minor, shown.saved_minor) == (1_000, 100)
    assert (shown.last_used_at, shown.last_merchant_id) == ("2019-05-03T03:30:00.000000Z", "mill")


def test_a_card_never_issued_has_no_page(database_url: str) -> None:
    with read(database_url, redeemed(card_id="c9")) as connection:
        assert card(connection, "c1") is None
        assert card(connection, "c9") is None
