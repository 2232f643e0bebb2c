"""Random days of a drop, decided by the real verbs: claims, returns, waiting lists, ticket use."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from ledger.drops import Drop, claim, lifecycle, ticket_use, waiting_list
from ledger.drops.eligibility import Asked, Claimant
from ledger.drops.terms import Item, Mode, Plan, Session
from ledger.event import Event
from ledger.members import card, member
from ledger.members.household import INITIAL as NO_HOUSEHOLD
from ledger.merchants import merchant
from ledger.offers.grant import Used
from ledger.redemptions.refusal import TurnedAway
from tests.support.event_history_settlement import History

DROPS = ("may-day", "spring")
OPENS_AT = datetime(2019, 4, 28, 2, 0, tzinfo=UTC)
MAY_FIRST = datetime(2019, 5, 1, 0, 0, tzinfo=UTC)
BRANCHES = ("miyun", "gulou", "bridge")
GROUPS = ((), ("model-worker",), ("hardship", "model-worker"))
MEMBERS = {f"m{number}": (BRANCHES[number % 3], GROUPS[number // 2 % 3]) for number in range(1, 31)}
SLOTS = (("garden", "day-1"), ("garden", "day-2"), ("pillow", "day-1"))
SUPPLIERS = ("rose-garden", "down-mill")

_DROP, _MEMBER = st.sampled_from(DROPS), st.sampled_from(sorted(MEMBERS))
_ASKED = (_DROP, _MEMBER, st.sampled_from(SLOTS), st.integers(1, 3))
_ANY = st.integers(0, 30)
DROP_STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("claim"), *_ASKED),
        st.tuples(st.just("claim"), *_ASKED),
        st.tuples(st.just("join"), *_ASKED),
        st.tuples(st.just("leave"), *_ASKED[:3]),
        st.tuples(st.just("release"), _ANY),
        st.tuples(st.just("take_up"), _ANY),
        st.tuples(st.just("use"), _ANY, st.integers(1, 3)),
        st.tuples(st.just("undo"), _ANY),
        st.tuples(st.just("amend"), _DROP, st.integers(0, 4), st.integers(0, 90)),
        st.tuples(st.just("cancel"), st.just("spring")),
        st.tuples(st.just("turn_away"), _DROP, st.integers(1, 900)),
        st.tuples(st.just("wait"), st.sampled_from([0.3, 1.0, 40.0, 1_900.0, 180_000.0])),
    ),
    max_size=40,
)


def plan(
    *, capacity: int = 8, income_minor: int = 60_00, opens_at: datetime = OPENS_AT, **changed: Any
) -> Plan:
    """Return two days of the Rose Garden, one place a person, and pillows; two tickets a member."""
    first_day = opens_at + (MAY_FIRST - OPENS_AT)

    def day(number: int, most: int) -> Session:
        starts_at = first_day + timedelta(days=number - 1)
        ends_at = starts_at + timedelta(hours=10)
        return Session(
            session_id=f"day-{number}", starts_at=starts_at, ends_at=ends_at, capacity=most
        )

    garden = Item(
        item_id="garden",
        title="玫瑰园",
        kind="admission",
        supplier_id="rose-garden",
        income_minor=income_minor,
        party_max=3,
        by_person=True,
        sessions=(day(1, capacity), day(2, 6)),
    )
    pillow = Item(
        item_id="pillow",
        title="孝亲枕",
        kind="goods",
        supplier_id="down-mill",
        income_minor=38_50,
        sessions=(day(1, 5),),
    )
    terms: dict[str, Any] = {
        "title": "五一",
        "mode": Mode.FIRST_COME,
        "opens_at": opens_at,
        "closes_at": first_day + timedelta(days=2),
        "items": (garden, pillow),
        "per_member": 2,
        "waiting_max": 10,
    }
    return Plan(**terms | changed)


class DropHistory(History):
    """A history with two drops that are open from the start."""

    def __init__(self) -> None:
        super().__init__(OPENS_AT - timedelta(hours=1))
        self._claims = 0
        self._uses: list[Used] = []
        for supplier in SUPPLIERS:
            signed = {"merchant_id": supplier, "name": supplier, "categories": ()}
            self._record(merchant.sign(merchant.INITIAL, **signed))
            here = self.state(f"merchant-{supplier}")
            self._record(merchant.open_outlet(here, outlet_id="gate", name="东门"))
            here = self.state(f"merchant-{supplier}")
            paired = {"till_id": f"till-{supplier}", "outlet_id": "gate", "key_hash": "k"}
            self._record(merchant.pair_till(here, **paired))
        for member_id, (branch, groups) in MEMBERS.items():
            known = {"member_id": member_id, "branch": branch, "employer": "", "groups": groups}
            self._record(member.register(member.INITIAL, **known))
            card_id = f"c-{member_id}"
            self._record(card.issue(card.INITIAL, card_id=card_id, member_id=member_id))
            self._record(member.receive_card(self.state(f"member-{member_id}"), card_id=card_id))
        for drop_id in DROPS:
            self._record(lifecycle.announce(Drop(), drop_id=drop_id, plan=plan(), at=self.now))
        self.now = OPENS_AT

    @property
    def today(self) -> date:
        """Return the current day."""
        return self.now.date()

    def _wait(self, seconds: float) -> list[Event]:
        self.now += timedelta(seconds=seconds)
        return []

    def _claim(
        self, drop_id: str, member_id: str, slot: tuple[str, str], party: int
    ) -> list[Event]:
        return claim.claim(
            self.state(f"drop-{drop_id}"),
            asked=self._asked(drop_id, slot, party),
            who=self._who(member_id),
            at=self.now,
            today=self.today,
        )

    def _join(self, drop_id: str, member_id: str, slot: tuple[str, str], party: int) -> list[Event]:
        return waiting_list.join(
            self.state(f"drop-{drop_id}"),
            asked=self._asked(drop_id, slot, party),
            who=self._who(member_id),
            at=self.now,
            today=self.today,
        )

    def _take_up(self, number: int) -> list[Event]:
        """Claim the places that were offered."""
        offers = [
            (drop_id, member_id, slot, one.party)
            for drop_id in DROPS
            for slot in SLOTS
            for member_id, one in self.state(f"drop-{drop_id}")
            .slots["/".join(slot)]
            .waiting.items()
            if one.until is not None
        ]
        return self._claim(*sorted(offers)[number % len(offers)]) if offers else []

    def _leave(self, drop_id: str, member_id: str, slot: tuple[str, str]) -> list[Event]:
        item_id, session_id = slot
        drop = self.state(f"drop-{drop_id}")
        place = {"item_id": item_id, "session_id": session_id}
        return waiting_list.leave(drop, **place, member_id=member_id, at=self.now)

    def _release(self, number: int) -> list[Event]:
        member_id, held = self._ticket(number)
        drop = self.state(f"drop-{held.ticket.drop_id}") if held else Drop()
        return claim.release(drop, held=held, member_id=member_id, at=self.now)

    def _use(self, number: int, people: int) -> list[Event]:
        member_id, held = self._ticket(number)
        drop_id = held.ticket.drop_id if held else ""
        (supplier,) = held.rules.merchants if held else ("rose-garden",)
        events = ticket_use.use(
            self.state(f"drop-{drop_id}"),
            held=held,
            member_id=member_id,
            shown=self.state(f"card-c-{member_id}"),
            point=self._point(supplier),
            use_id=f"use-{len(self._uses)}",
            people=people,
            collected_by="",
            at=self.now,
            today=self.today,
        )
        self._uses += [event for event in events if isinstance(event, Used)]
        return events

    def _undo(self, number: int) -> list[Event]:
        if not self._uses:
            return []
        used = self._uses[number % len(self._uses)]
        held = self.state(used.stream).held[used.grant_id]
        return ticket_use.undo(
            held, used=used, point=self._point(used.merchant_id), at=self.now, today=self.today
        )

    def _amend(self, drop_id: str, more: int, income_minor: int) -> list[Event]:
        terms = plan(capacity=8 + more, income_minor=income_minor)
        state = self.state(f"drop-{drop_id}")
        return lifecycle.amend(state, plan=terms, reason="加场", at=self.now)

    def _cancel(self, drop_id: str) -> list[Event]:
        return lifecycle.cancel(self.state(f"drop-{drop_id}"), reason="暴雨")

    def _turn_away(self, drop_id: str, count: int) -> list[Event]:
        counts = {"sold_out": count, "not_open_yet": 1}
        return [TurnedAway(drop_id=drop_id, at=self.now, day=self.today, counts=counts)]

    def _asked(self, drop_id: str, slot: tuple[str, str], party: int) -> Asked:
        self._claims += 1
        item_id, session_id = slot
        return Asked(
            claim_id=f"claim-{self._claims}",
            drop_id=drop_id,
            item_id=item_id,
            session_id=session_id,
            party=1 if item_id == "pillow" else party,
        )

    def _who(self, member_id: str) -> Claimant:
        return Claimant(
            member=self.state(f"member-{member_id}"),
            card=self.state(f"card-c-{member_id}"),
            grants=self.state(f"grant-{member_id}"),
            household=NO_HOUSEHOLD,
        )

    def _ticket(self, number: int) -> tuple[str, Any]:
        """Return one of all tickets ever claimed, with its holder; None without tickets."""
        held = [
            (member_id, one)
            for member_id in MEMBERS
            for _, one in sorted(self.state(f"grant-{member_id}").held.items())
        ]
        return held[number % len(held)] if held else ("m1", None)

    def _point(self, supplier: str) -> ticket_use.PointOfUse:
        here = self.state(f"merchant-{supplier}")
        return ticket_use.PointOfUse(merchant=here, outlet_id="gate", till_id=f"till-{supplier}")


def drop_history_of(*steps: tuple[Any, ...]) -> DropHistory:
    """Return the history of some steps."""
    history = DropHistory()
    for step in steps:
        history.step(step)
    return history
