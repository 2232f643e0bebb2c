"""Small groups kept from view: figures on fewer than five tickets could be figures on a person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

SMALL = 5
"""Figures on fewer tickets than this are not told."""

TOO_FEW = f"<{SMALL}"
"""Stands for each figure of a small group."""

WITHHELD = "withheld"
"""Stands for each figure of a group that would give away a small one by subtraction."""


def withheld(rows: Sequence[dict[str, Any]], by: str) -> list[dict[str, Any]]:
    """The rows, of which `by` names the group, without the figures of small groups.

    A group is small where it had, or kept, some tickets but fewer than SMALL. One hidden row
    would be what the others leave of the whole: so at least two are hidden, and SMALL tickets.
    """
    hidden = {row[by]: TOO_FEW for row in rows if _few(row["claims"]) or _few(row["tickets"])}
    large = sorted(
        (row for row in rows if row["claims"] and row[by] not in hidden),
        key=lambda row: (row["claims"], row[by]),
    )
    kept_back = sum(row["claims"] for row in rows if row[by] in hidden)
    for row in large:
        if not hidden or (len(hidden) > 1 and kept_back >= SMALL):
            break
        hidden[row[by]] = WITHHELD
        kept_back += row["claims"]
    return [_hidden(row, by, hidden.get(row[by])) for row in rows]


def _few(tickets: int) -> bool:
    return 0 < tickets < SMALL


def _hidden(row: dict[str, Any], by: str, stands: str | None) -> dict[str, Any]:
    if stands is None:
        return row
    return {name: value if name == by else stands for name, value in row.items()}
