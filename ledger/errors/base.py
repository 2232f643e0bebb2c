"""The base of all errors: a stable reason and its particulars."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import ClassVar

Particular = str | int | None | Sequence[Mapping[str, str | int]]
"""A value that an error adds to its reason: plain JSON."""


class HongkaError(Exception):
    """The base of the ledger's errors; keywords become `particulars`; `replayed` marks a repeat."""

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
    """A business rule refused the request; the reason may be shown to the person who asked."""

    @staticmethod
    def of(reason: str, particulars: dict[str, Particular]) -> Refusal:
        """Return the refusal of a stored reason; a reason without a class gives a plain Refusal."""
        cls = _refusals().get(reason)
        if cls is None:
            refusal = Refusal(**particulars)
            refusal.reason = reason  # type: ignore[misc]  # this one instance keeps an old reason
            return refusal
        return cls(**particulars)


class Denied(HongkaError):
    """The caller is not allowed to do this, or a key, till or officer is not known or not live."""


class Unacceptable(HongkaError):
    """The request itself is invalid; repeating it unchanged fails again."""


class TermsInvalid(Unacceptable):
    """Terms of a benefit or drop are invalid, or their kind is unknown; `field` names which."""


class InputInvalid(Unacceptable):
    """A value of the request is malformed or out of range; `field`, where given, names it."""


class RequestReused(Unacceptable):
    """The request id was used before for a request with other contents."""


class Busy(HongkaError):
    """The request was not handled, or its outcome is not known; asking again is safe.

    The queue is full, a lock or database did not answer in time, or the commit failed.
    """


class ClockUnconfirmed(Busy):
    """The clock jumped, or does not fit the log: nothing is recorded until it is confirmed."""


@cache
def _refusals() -> dict[str, type[Refusal]]:
    return {cls.reason: cls for cls in Refusal.__subclasses__()}
