"""Small groups kept from view: figures on fewer than five could be figures on a person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

SMALL = 5
"""Figures on fewer tickets, purchases or cards than this are not told."""

TOO_FEW = f"<{SMALL}"
"""Stands for each figure of a small group."""

WITHHELD = "withheld"
"""Stands for each figure of a group that would give away a small one by subtraction."""


def withheld(
    rows: Sequence[dict[str, Any]], by: str, counts: Sequence[str] = ("claims", "tickets")
) -> list[dict[str, Any]]:
    """The rows, of which `by` names the group, without the figures of small groups.

    A group is small where one of its `counts`, the largest first, is some but fewer than SMALL. One
    hidden row would be what the others leave of the whole: so at least two are hidden, and SMALL
    of the first count.
    """
    all_of, *_ = counts
    hidden = {row[by]: TOO_FEW for row in rows if any(_few(row[count]) for count in counts)}
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
    return [_hidden(row, by, hidden.get(row[by])) for row in rows]


def _few(count: int) -> bool:
    return 0 < count < SMALL


def _hidden(row: dict[str, Any], by: str, stands: str | None) -> dict[str, Any]:
    if stands is None:
        return row
    return {name: value if name == by else stands for name, value in row.items()}
