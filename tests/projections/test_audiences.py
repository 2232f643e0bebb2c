from ledger.members.member import Moved, Registered
from projections.audiences import unknown
from tests.support.event_history_purchases import read


def test_branches_and_groups_are_known_once_a_member_was_in_them(database_url: str) -> None:
    registered = Registered(member_id="m1", branch="east", employer="mill", groups=("劳模",))
    moved = Moved(member_id="m1", branch="west", employer="shears", groups=("劳模", "女职工"))

    with read(database_url, registered, moved) as connection:
        assert unknown(connection, "branches", ["east", "west", "劳模"]) == ["劳模"]
        assert unknown(connection, "groups", ["女职工", "劳摸", "劳模"]) == ["劳摸"]
        assert unknown(connection, "groups", []) == []
