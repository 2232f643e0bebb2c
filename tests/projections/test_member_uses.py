from projections import member_uses
from projections.engine.changes import Add
from tests.support.event_history_purchases import changes, redeemed, undone


def test_a_reversal_is_taken_off_the_month_of_the_purchase() -> None:
    bought = redeemed(900, day=31, member_id="m7")
    later = undone(bought, day=1)

    assert changes(member_uses, bought, later) == [
        Add(("m7", "2019"), {"uses_05": 1}),
        Add(("m7", "2019"), {"uses_05": -1}),
    ]
