"""The stage of a scenario: its own ledger, at the time that the scenario sets."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

import msgspec

from ledger.application import Ledger, WriterLimits
from ledger.drops.claim import ticket_id
from ledger.drops.eligibility import Asked
from ledger.drops.terms import Plan
from ledger.errors import HongkaError
from ledger.event import Fact
from ledger.members.authorization import Principal
from ledger.services.ticket_use import Shown, TicketUse
from ledger.staff import Role
from pos_gateway.demonstration.market import BRANCHES

OFFICER, SECOND = "officer-scenario", "officer-second"

_LIMITS = WriterLimits(wait_seconds=60)  # a busy machine must not change the result
_IN_FLIGHT = _LIMITS.queue_max // 2
_AT_ONCE = 64
_PAGE_FACTS = 5_000

T = TypeVar("T")
R = TypeVar("R")


class Place(msgspec.Struct, frozen=True):
    """A till where tickets are shown; `name` is the merchant's name, `outlet` the outlet's."""

    merchant_id: str
    outlet_id: str
    till_id: str
    name: str
    outlet: str


class Recorded(msgspec.Struct, frozen=True):
    """A drop of record: its plan, where its tickets are shown, and its suppliers' names by id."""

    places: tuple[Place, ...]
    plan: Plan
    suppliers: dict[str, str] = {}

    def asked(self, drop_id: str, claim_id: str, item_id: str = "", party: int = 1) -> Asked:
        """Return the request for an item ("": the first) in its only session; or KeyError."""
        items = {item.item_id: item.sessions[0].session_id for item in self.plan.items}
        chosen = item_id or next(iter(items))
        return Asked(
            claim_id=claim_id,
            drop_id=drop_id,
            item_id=chosen,
            session_id=items[chosen],
            party=party,
        )


def recorded(drop_id: str) -> Recorded:
    """Return a drop of record, as published, from `drops.json`; KeyError for an unknown id."""
    written = Path(__file__).with_name("drops.json").read_bytes()
    return msgspec.json.decode(written, type=dict[str, Recorded])[drop_id]


class Stage:
    """A ledger of its own, whose clock the scenario sets; `refused` counts errors by reason."""

    def __init__(self, url: str, *, at: datetime) -> None:
        """Open a ledger on an empty database, with its clock at an aware instant."""
        self._at = at
        self.ledger = Ledger(url, limits=_LIMITS, told_time=lambda: self._at)
        self.refused: Counter[str] = Counter()
        offices = {"scenario": [Role.CLERK], "second": [Role.REVIEWER]}
        self.ledger.officers.staff.appoint_first(offices, by="terminal-scenario")

    def close(self) -> None:
        """Close the ledger and its database."""
        self.ledger.close()

    def go_to(self, at: datetime) -> None:
        """Set the ledger's clock to an instant that is not earlier than the current one."""
        assert at >= self._at, "time runs one way"  # noqa: S101 - our own mistake
        self._at = at

    def announce(self, drop_id: str, drop: Recorded) -> None:
        """Sign the suppliers, open the places with a till each, and announce the drop."""
        officers = self.ledger.officers
        merchants = officers.merchants
        for merchant_id, name in drop.suppliers.items():
            merchants.sign_merchant(merchant_id, name=name, by=OFFICER)
        for place in drop.places:
            at, outlet_id = place.merchant_id, place.outlet_id
            merchants.sign_merchant(at, name=place.name, by=OFFICER)
            merchants.open_outlet(at, outlet_id=outlet_id, name=place.outlet, by=OFFICER)
            merchants.pair_till(
                at, till_id=place.till_id, outlet_id=outlet_id, key_hash="0" * 64, by=OFFICER
            )
        announced = officers.drops.announce_drop(drop_id, plan=drop.plan, by=OFFICER)
        officers.proposals.agreed(announced, by=SECOND)

    def enrol(self, count: int, *, group: str = "", prefix: str = "m") -> list[str]:
        """Register `count` members with a card, in `group` ("": none); return ids such as m0001."""

        def take_on(number: int) -> str:
            member_id = f"{prefix}{number:04}"
            self.ledger.officers.cards.register_member(
                member_id,
                branch=BRANCHES[number % len(BRANCHES)],
                groups=(group,) if group else (),
                by=OFFICER,
            )
            self.ledger.officers.cards.issue_card(
                card_of(member_id), member_id=member_id, by=OFFICER
            )
            return member_id

        return self.each(take_on, range(1, count + 1))

    def each(self, ask: Callable[[T], R], ones: Iterable[T]) -> list[R]:
        """Call `ask` with each of `ones`, many at once; return the results in order.

        A HongkaError is left out and counted in `refused`.
        """
        with ThreadPoolExecutor(_AT_ONCE) as threads:
            return self._told(threads.map(partial(_told, ask), ones))

    def one_by_one(self, ask: Callable[[T], R], ones: Iterable[T]) -> list[R]:
        """Call `ask` with each of `ones` in turn; as `each`, return results and count refusals."""
        return self._told(_told(ask, one) for one in ones)

    def rush(self, claims: Iterable[tuple[Asked, Principal]]) -> None:
        """Submit claims in this order without waiting for answers between them; count refusals."""
        untimed = ((asked, asking, None) for asked, asking in claims)
        self._told(self.ledger.members.claims.claim_many(untimed, in_flight=_IN_FLIGHT))

    def claim(self, asked: Asked, member_ids: Iterable[str]) -> None:
        """Submit the same claim once for each member, who claims for themselves, as `rush` does."""
        self.rush((asked, Principal(member_id=member_id)) for member_id in member_ids)

    def use(
        self,
        use_id: str,
        member_id: str,
        ticket: str,
        place: Place,
        *,
        people: int | None = None,
        card_id: str = "",
        collector: str = "",
    ) -> TicketUse:
        """Use a member's ticket at a till, for `people` of them (None: all left), or HongkaError.

        The member's own card is shown unless `card_id` names another. `collector` is the id of a
        proxy who shows their card too; "" for none.
        """
        shown = Shown(
            merchant_id=place.merchant_id,
            outlet_id=place.outlet_id,
            till_id=place.till_id,
            card_id=card_id or card_of(member_id),
            ticket_id=ticket,
            people=people,
            collector_card_id=card_of(collector) if collector else None,
        )
        return self.ledger.tills.ticket_use.use(use_id, shown)

    def facts(self) -> Iterator[Fact]:
        """Yield every fact, in the order of the log."""
        after = 0
        while page := self.ledger.facts(after, _PAGE_FACTS):
            yield from page
            after = page[-1].position

    def _told(self, answers: Iterable[R | HongkaError]) -> list[R]:
        yes = []
        for answer in answers:
            if isinstance(answer, HongkaError):
                self.refused[answer.reason] += 1
            else:
                yes.append(answer)
        return yes


def beijing(wall_clock: str) -> datetime:
    """Return the instant of a time in Beijing, such as 2019-05-01 09:00."""
    return datetime.fromisoformat(wall_clock).replace(tzinfo=ZoneInfo("Asia/Shanghai"))


def card_of(member_id: str) -> str:
    """Return the id of the card that `Stage.enrol` gives a member."""
    return f"card-{member_id}"


def ticket_of(asked: Asked, member_id: str) -> str:
    """Return the id that the ticket of this claim by this member has."""
    return ticket_id(asked.drop_id, member_id, asked.claim_id)


def _told(ask: Callable[[T], R], one: T) -> R | HongkaError:
    try:
        return ask(one)
    except HongkaError as no:
        return no
