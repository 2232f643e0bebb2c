"""Small-cell suppression: counts below five could describe one person."""

from collections.abc import Sequence
from typing import Any

SMALL = 5
"""Figures on fewer tickets, purchases or cards than this are suppressed."""

TOO_FEW = f"<{SMALL}"
"""Replaces each figure of a small group."""

WITHHELD = "withheld"
"""Replaces each figure of a group that would reveal a small one by subtraction."""


def withheld(
    rows: Sequence[dict[str, Any]], by: str, counts: Sequence[str] = ("claims", "tickets")
) -> list[dict[str, Any]]:
    """Return the rows with the figures of small groups replaced by TOO_FEW or WITHHELD.

    `by` names the column with the group, which stays. A group is small where one of its `counts`
    (the largest count first) is above zero but below SMALL: TOO_FEW replaces its figures. Where any
    group is small, WITHHELD hides further groups, the smallest first, until at least two rows are
    hidden and SMALL of the first count: a single hidden row could be computed from the total.
    """
    all_of, *_ = counts
    hidden = {row[by]: TOO_FEW for row in rows if any(0 < row[count] < SMALL for count in counts)}
    large = sorted(
        (row for row in rows if row[all_of] and row[by] not in hidden),
        key=lambda row: (row[all_of], row[by]),
    )
    kept_back = sum(row[all_of] for row in rows if row[by] in hidden)
    for row in large:
        if not hidden or (len(hidden) > 1 and kept_back >= SMALL):
            break
        hidden[row[by]] = WITHHELD
        kept_back += row[all_of]
    return [
        dict.fromkeys(row, hidden[row[by]]) | {by: row[by]} if row[by] in hidden else row
        for row in rows
    ]
