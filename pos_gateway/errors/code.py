"""Why a scanned text is refused before any rule of the ledger is asked."""

from __future__ import annotations

from typing import Literal

from ledger.errors import HongkaError

Problem = Literal[
    "malformed",
    "unknown_key",
    "forged",
    "expired",
    "not_yet_valid",
    "malleated",
    "check_character",
    "too_long",
    "unsupported",
    "is_a_ticket",
]


class InvalidCode(HongkaError):
    """The scan is not a code of ours that holds now."""

    def __init__(self, *, problem: Problem) -> None:
        super().__init__(problem=problem)
        self.problem = problem
