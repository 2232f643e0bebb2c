"""The refusal of a scanned text that is not a valid code."""

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
    """The scanned text is not a code of this federation, or the code is not valid now."""

    def __init__(self, *, problem: Problem) -> None:
        super().__init__(problem=problem)
        self.problem = problem
