"""What every error has: a stable reason and its particulars."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import ClassVar

Particular = str | int | None | Sequence[Mapping[str, str | int]]
"""What an error may say of itself beside its reason: plain JSON."""


class HongkaError(Exception):
    """Anything this ledger says no to."""

    reason: ClassVar[str] = "hongka_error"

    def __init_subclass__(cls, **kwargs: object) -> None:
        """Name the reason after the class."""
        super().__init_subclass__(**kwargs)
        cls.reason = re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()

    def __init__(self, **particulars: Particular) -> None:
        super().__init__(self.reason, particulars)
        self.particulars: dict[str, Particular] = particulars
        self.replayed = False


class Refusal(HongkaError):
    """A rule said no."""

    @staticmethod
    def of(reason: str, particulars: dict[str, Particular]) -> Refusal:
        """The refusal a stored reason stands for; a reason since retired comes back as itself."""
        cls = _refusals().get(reason)
        if cls is None:
            refusal = Refusal(**particulars)
            refusal.reason = reason  # type: ignore[misc]  # this one instance keeps an old reason
            return refusal
        return cls(**particulars)


class Denied(HongkaError):
    """Who asks may not."""


class Unacceptable(HongkaError):
    """The request itself is wrong."""


class TermsInvalid(Unacceptable):
    """The terms contradict themselves or leave the range allowed."""


class InputInvalid(Unacceptable):
    """A value is outside what is accepted."""


class RequestReused(Unacceptable):
    """The request id was used for something else."""


class Busy(HongkaError):
    """The queue is full, the lock could not be had, or the commit failed."""


@cache
def _refusals() -> dict[str, type[Refusal]]:
    return {cls.reason: cls for cls in Refusal.__subclasses__()}
