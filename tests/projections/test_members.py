from ledger.members.member import CardReceived, Moved, Registered
from projections.members import MemberOverview, member
from tests.support.event_history_purchases import read

REGISTERED = Registered(member_id="m1", branch="east", employer="mill", groups=("in_hardship",))


def test_a_member_is_where_they_are_organised_now(database_url: str) -> None:
    events = (REGISTERED, CardReceived(member_id="m1", card_id="c1"))
    moved = Moved(member_id="m1", branch="west", employer="shears")

    with read(database_url, *events, moved) as connection:
        assert member(connection, "m1") == MemberOverview("m1", "west", "shears", "c1")


def test_a_member_without_a_card_is_a_member(database_url: str) -> None:
    with read(database_url, REGISTERED) as connection:
        assert member(connection, "m1") == MemberOverview("m1", "east", "mill", None)
        assert member(connection, "m2") is None
