"""Play the drops of the demonstration on the ledger, in order; safe to repeat."""

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta

from ledger.application import Ledger
from ledger.drops.eligibility import Asked
from ledger.drops.rfc3797 import Published
from ledger.errors import Refusal, TermsInvalid
from ledger.members.authorization import Principal
from ledger.members.member import Member
from ledger.services.base import Asking
from pos_gateway.demonstration import drops
from pos_gateway.demonstration.plan import Plan
from pos_gateway.demonstration.staffing import CLERK, SECOND


class Giving:
    """Plays officers and members on the drops; `members`, 25 or more, are in their cards' order."""

    def __init__(self, ledger: Ledger, plan: Plan, members: list[Member]) -> None:
        self._ledger, self._officers = ledger, ledger.officers
        self._name = plan.name
        self._begun = plan.begun
        self._plans = drops.plans(plan.begun)
        self._members = members

    def begin(self, at: datetime) -> bool:
        """Open the station at `at`, and allot care packs to the riders; return True.

        Return False if the ledger's time is past the opening of their drop: then no drop can open
        in the past, and the demonstration goes without drops.
        """
        self._open_station(at)
        try:
            opened = self._announce("care")
        except TermsInvalid:
            return False
        for member in self._members:
            if drops.RIDERS in member.groups:
                self._officers.drops.allot(
                    self._asked("care"), member_id=member.member_id, by=CLERK, at=opened
                )
        return True

    def enter_season_pass(self) -> None:
        """Announce the draw of season passes, and enter 14 members, at its times in the past."""
        self._claim("season-pass", range(3, 17), at=self._announce("season-pass"))

    def close_season_pass(self) -> None:
        """Freeze the entries of the season-pass draw, three hours after it closes."""
        at = self._plans["season-pass"].closes_at + timedelta(hours=3)
        drop_id = drop_id_of(self._name, "season-pass")
        self._officers.draws.freeze_entries(drop_id, **self._asking("freeze", at))

    def go_on(self) -> None:
        """Fix the season passes' seed; announce the other drops, and claim in the open ones."""
        self._officers.draws.fix_seed(
            drop_id_of(self._name, "season-pass"),
            numbers=drops.NUMBERS,
            **self._asking("seed", self._begun - timedelta(hours=21)),
        )
        self._claim("pillow", range(10, 21), at=self._announce("pillow"))
        self._claim("gift-pack", range(5, 25), at=self._announce("gift-pack"))
        self._claim("film", range(3, 15), at=self._announce("film"), party=2)
        self._announce("garden")

    def end(self) -> Published:
        """Let latecomers wait for pillows, award the season passes, and return that draw."""
        for member in self._members[18:21]:
            with suppress(Refusal):
                self._ledger.members.claims.join(
                    self._asked("pillow"), Principal(member_id=member.member_id)
                )
        drop_id = drop_id_of(self._name, "season-pass")
        for _awarded in self._officers.draws.award(drop_id, by=CLERK):
            pass
        return self._officers.draws.published_draw(drop_id)

    def _open_station(self, at: datetime) -> None:
        merchants = self._officers.merchants
        for merchant_id, name in drops.SUPPLIERS.items():
            asking = self._asking(f"sign-{merchant_id}", at)
            merchants.sign_merchant(merchant_id, name=name, **asking)
        asking = self._asking("outlet-station", at)
        merchants.open_outlet(drops.STATION, outlet_id="gulou", name="鼓楼站", **asking)

    def _announce(self, name: str) -> datetime:
        """Announce a drop one hour before it opens, by the plan's times; return its opening."""
        plan = self._plans[name]
        asking = self._asking(f"drop-{name}", plan.opens_at - timedelta(hours=1))
        drop_id = drop_id_of(self._name, name)
        announced = self._officers.drops.announce_drop(drop_id, plan=plan, **asking)
        self._officers.proposals.agreed(announced, by=SECOND, at=asking["at"])
        return plan.opens_at

    def _claim(self, name: str, places: Iterable[int], *, at: datetime, party: int = 1) -> None:
        """Claim for members at the indexes `places`, one a minute from `at`; ignore refusals."""
        claims = [
            (
                self._asked(name, party),
                Principal(member_id=self._members[place].member_id),
                at + minute * timedelta(minutes=1),
            )
            for minute, place in enumerate(places)
        ]
        for _ in self._ledger.members.claims.claim_many(claims, in_flight=len(claims)):
            pass

    def _asked(self, name: str, party: int = 1) -> Asked:
        drop_id = drop_id_of(self._name, name)
        return Asked(
            claim_id=drop_id, drop_id=drop_id, item_id=name, session_id=drops.SESSION, party=party
        )

    def _asking(self, step: str, at: datetime) -> Asking:
        return Asking(by=CLERK, request_id=f"{self._name}/{step}", at=at)


def drop_id_of(demonstration: str, name: str) -> str:
    """Return a drop's id from the name of the demonstration: film in demo-e698ef is film-e698ef.

    So a second demonstration on the same ledger has drops of its own.
    """
    return f"{name}-{demonstration.removeprefix('demo-')}"
