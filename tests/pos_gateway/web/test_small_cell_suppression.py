from typing import Any

from hypothesis import given
from hypothesis import strategies as some

from pos_gateway.web.small_cell_suppression import SMALL, TOO_FEW, WITHHELD, withheld

ROWS = some.lists(
    some.tuples(some.integers(0, 12), some.integers(0, 12)).map(sorted), max_size=6
).map(lambda counts: [branch(f"b{n}", *pair) for n, pair in enumerate(counts)])


def branch(name: str, tickets: int, claims: int) -> dict[str, Any]:
    return {"branch": name, "claims": claims, "tickets": tickets}


def told(*rows: dict[str, Any]) -> list[Any]:
    return [row["claims"] for row in withheld(rows, "branch")]


def test_figures_on_few_tickets_are_not_told() -> None:
    assert withheld([branch("a", 0, 0), branch("b", 4, 9), branch("c", 1, 4)], "branch") == [
        branch("a", 0, 0),
        {"branch": "b", "claims": TOO_FEW, "tickets": TOO_FEW},
        {"branch": "c", "claims": TOO_FEW, "tickets": TOO_FEW},
    ]


def test_five_are_told_and_so_are_many_of_whom_none_is_left() -> None:
    assert told(branch("a", 5, 5), branch("b", 0, 7)) == [5, 7]


def test_one_small_group_hides_the_next_larger_which_would_give_it_away() -> None:
    assert told(branch("a", 40, 40), branch("b", 6, 6), branch("c", 2, 2)) == [40, WITHHELD, "<5"]


def test_two_small_groups_of_less_than_five_in_all_hide_another() -> None:
    assert told(branch("a", 9, 9), branch("b", 1, 1), branch("c", 2, 2)) == [WITHHELD, "<5", "<5"]


@given(rows=ROWS)
def test_what_is_told_and_the_whole_give_no_small_group_away(rows: list[dict[str, Any]]) -> None:
    shown = withheld(rows, "branch")

    hidden = [row for row, one in zip(rows, shown, strict=True) if row != one]
    small = [row for row in rows if 0 < row["claims"] < SMALL or 0 < row["tickets"] < SMALL]
    assert [row["branch"] for row in shown] == [row["branch"] for row in rows]
    assert all(row in hidden for row in small)
    assert bool(hidden) == bool(small)
    if hidden and any(row["claims"] for row in rows if row not in hidden):
        assert len(hidden) > 1
        assert sum(row["claims"] for row in hidden) >= SMALL
