"""Stamp cards give one free use for N stamps that stand, whatever is reversed, in any order."""

from datetime import date

from hypothesis import example, given
from hypothesis import strategies as st

from ledger.redemptions.events import Redeemed
from ledger.redemptions.redemption import INITIAL, evolve, redeem, reverse
from tests.support.purchase_context import MAY_DAY, context, offered

USE = None


def given_free(every: int, steps: list[int | None]) -> list[tuple[bool, bool]]:
    """Return for each use whether it was free, and whether the uses that stood then allowed it.

    A number reverses that one of the uses which stand; without any, it is a use.
    """
    tea = offered("tea", "stamp_card", terms={"every": every})
    state, standing, answers = INITIAL, list[Redeemed](), list[tuple[bool, bool]]()
    for number, step in enumerate(steps):
        if step is not USE and standing:
            made = standing.pop(step % len(standing))
            (undone,) = reverse(
                state, made=made, by_merchant=None, reason="", at=MAY_DAY,
                day=date(2026, 5, 1), funds={}, offers={},
            )  # fmt: skip
            assert not isinstance(undone, Redeemed)
            state = evolve(state, undone)  # type: ignore[arg-type]
            continue
        free = sum(one.lines[0].covered_minor > 0 for one in standing)
        due = len(standing) - free >= (free + 1) * (every - 1)
        (made,) = redeem(
            state, redemption_id=f"r{number}", context=context(), held=[tea], code_id=None
        )  # type: ignore[assignment]
        state = evolve(state, made)
        standing.append(made)
        answers.append((made.lines[0].covered_minor > 0, due))
    return answers


@given(st.integers(2, 6), st.lists(st.none() | st.integers(0, 40), max_size=80))
@example(2, [USE, USE, 0, USE, USE, USE])
@example(3, [USE, USE, 0, USE])
@example(5, [USE, USE, USE, USE, USE, USE, USE, 4, *[USE] * 8])
def test_a_use_is_free_exactly_when_the_stamps_that_stand_allow_it(
    every: int, steps: list[int | None]
) -> None:
    for was_free, due in given_free(every, steps):
        assert was_free == due
