"""Controlled verbs: an officer's act either happens at once, or waits as a proposal.

An act is declared by `act` with the function that decides it. The ledger calls this function when
the act is asked for, and again, with the recorded particulars, when a second person confirms it.
"""

import hashlib
from collections.abc import Callable, Sequence
from datetime import date, datetime
from itertools import count
from typing import Any, NamedTuple, TypeVar, get_type_hints

import msgspec

from ledger import errors, staff
from ledger.control import founding, proposal
from ledger.control.proposal import Proposed, Stake
from ledger.control.table import Act
from ledger.event import Event
from ledger.services.base import Asking, Service
from ledger.write.state_batch import StateBatch

OFFICER = "officer-"
TERMINAL = "terminal-"
SYSTEM = "system"
"""The actor of programs that call the ledger themselves; no page, API or command acts as it."""

PROPOSAL_ID_BYTES = 8


class When(NamedTuple):
    """The circumstances of an act: who asked for it, when, and the day in the zone of the rules.

    `alone`: nobody else agrees. `second` confirms it; empty: it is only asked for, or needs nobody.
    """

    by: str
    at: datetime
    day: date
    alone: bool = False
    second: str = ""


D = TypeVar("D", bound=Callable[..., list[Event]])


class Controlled(NamedTuple):
    """A controlled act: `decide` and `stake`, both called with `states, when, **particulars`.

    `stake` returns None where no second person is needed.
    """

    decide: Callable[..., list[Event]]
    stake: Callable[..., Stake | None]

    def read(self, particulars: dict[str, Any]) -> dict[str, Any]:
        """Return recorded particulars as the values that `decide` takes."""
        kinds = get_type_hints(self.decide)
        return {
            name: msgspec.convert(value, kinds.get(name, Any))
            for name, value in particulars.items()
        }


ACTS: dict[Act, Controlled] = {}


def act(
    name: Act, stake: Callable[..., Stake | None] = lambda *_states, **_particulars: Stake()
) -> Callable[[D], D]:
    """Return a decorator that declares the function as the decision of a controlled act."""

    def declare(decide: D) -> D:
        ACTS[name] = Controlled(decide, stake)
        return decide

    return declare


class ControlledService(Service):
    """A service whose verbs may need a second person: then they record a proposal.

    The result of such a verb is the Proposed event. `by` must be an appointed officer of the
    federation, else OfficerNeeded; SYSTEM acts at once.
    """

    def _act(
        self,
        name: Act,
        asked: Sequence[Any],
        asking: Asking,
        particulars: dict[str, Any],
        answers: type[Event] = Event,
    ) -> Event | None:
        """Run a controlled act, or propose it; `asked` are the particulars for the fingerprint."""
        by, controlled = asking.get("by", SYSTEM), ACTS[name]

        def decide(states: StateBatch, at: datetime) -> list[Event]:
            alone = acts_alone(states, by, name, particulars.get("staff_id", ""))
            when = When(by, at, self.day(at), alone)
            events = controlled.decide(states, when, **particulars)
            if alone or not events:
                return events
            stake = controlled.stake(states, when, **particulars)
            if stake is None:
                return events
            said = msgspec.json.encode([name, by, at, asked], order="sorted")
            proposed = Proposed(
                proposal_id=asking.get("as_proposal") or _free_id(states, said),
                act=name,
                particulars=msgspec.to_builtins(particulars),
                by=by,
                at=at,
                stake=stake,
            )
            return [proposed]

        return self._ask(decide, [], asked, asking, (Proposed, answers))


def _free_id(states: StateBatch, said: bytes) -> str:
    """Return an unused id made of a request, with a number that grows where it is taken."""
    for number in count():
        found = hashlib.sha256(said + str(number).encode()).digest()[:PROPOSAL_ID_BYTES].hex()
        if states[proposal.stream(found)].proposed is None:
            return found
    raise AssertionError


def acts_alone(states: StateBatch, by: str, name: Act, staff_id: str = "") -> bool:
    """Return True for a program, and for the terminal that appoints or invites while setting up.

    Raises:
        SetUpOver: the terminal does so later (see `founding.invited_alone`), or anything else.
        OfficerNeeded: nobody else is an appointed officer of the federation.
    """
    if by.startswith(TERMINAL):
        control: founding.Control = states[founding.stream]
        people: list[staff.Staff] = states.all(staff.CATEGORY)
        if name is Act.INVITE:
            may = staff_id in founding.invited_alone(people)
        else:
            is_over = founding.is_founded(control, founding.reviewers(people))
            may = name in {Act.APPOINT, Act.MAKE_SHEET} and not is_over
        if not may:
            raise errors.SetUpOver
    elif by != SYSTEM:
        check_officer(states, by)
        return False
    return True


def reviewing(states: StateBatch) -> frozenset[str]:
    """Return the ids of the present reviewers."""
    return founding.reviewers(states.all(staff.CATEGORY))


def check_officer(states: StateBatch, by: str) -> staff.Staff:
    """Return the appointed officer of the federation whom `by` names, or raise OfficerNeeded."""
    person: staff.Staff = states[staff.stream(by.removeprefix(OFFICER))]
    if not by.startswith(OFFICER) or not person.roles or person.merchant_id:
        raise errors.OfficerNeeded
    return person
