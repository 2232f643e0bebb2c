"""The base of all errors: a stable reason and its particulars."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import ClassVar

Particular = str | int | None | Sequence[Mapping[str, str | int]]
"""A value that an error adds to its reason: plain JSON."""


class HongkaError(Exception):
    """The base of every refusal and failure of the ledger; its keywords are the particulars."""

    reason: ClassVar[str] = "hongka_error"

    def __init_subclass__(cls, **kwargs: object) -> None:
        """Set `reason` to the class name in snake case: `CardUnknown` gives `card_unknown`."""
        super().__init_subclass__(**kwargs)
        cls.reason = re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()

    def __init__(self, **particulars: Particular) -> None:
        super().__init__(self.reason, particulars)
        self.particulars: dict[str, Particular] = particulars
        self.replayed = False


class Refusal(HongkaError):
    """A business rule refused the request; the refusal may be shown at the till."""

    @staticmethod
    def of(reason: str, particulars: dict[str, Particular]) -> Refusal:
        """Return the refusal of a stored reason, a plain Refusal if no class has it."""
        cls = _refusals().get(reason)
        if cls is None:
            refusal = Refusal(**particulars)
            refusal.reason = reason  # type: ignore[misc]  # this one instance keeps an old reason
            return refusal
        return cls(**particulars)


class Denied(HongkaError):
    """The caller is not allowed to do this."""


class Unacceptable(HongkaError):
    """The request itself is invalid; repeating it unchanged fails again."""


class TermsInvalid(Unacceptable):
    """The terms contradict themselves or leave the allowed range; `field` names the wrong one."""


class InputInvalid(Unacceptable):
    """A value of the request is malformed or outside the accepted range; `field` names it."""


class RequestReused(Unacceptable):
    """The request id was used before for a request with other contents."""


class Busy(HongkaError):
    """The queue is full, the lock was not obtained, or the commit failed; asking again is safe."""


@cache
def _refusals() -> dict[str, type[Refusal]]:
    return {cls.reason: cls for cls in Refusal.__subclasses__()}
