"""Random months of two funds, two merchants and three members, decided by the real verbs."""

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from hypothesis import strategies as st

from ledger import funds
from ledger.errors import Denied, InputInvalid, Refusal
from ledger.event import Event, Fact, topic_of
from ledger.merchants import merchant
from ledger.redemptions import contest, redemption
from ledger.redemptions.events import Contested, Lateness
from ledger.redemptions.pricing import draw
from ledger.settlement import bank_account, incident, statement
from ledger.write.streams import CATEGORIES, category_of
from tests.support.purchase_context import (
    LIVE_CARD,
    MAY_DAY,
    MEMBER,
    MERCHANT,
    context,
    granted,
    offered,
)

OFFICERS = ("officer-li", "officer-wu", "officer-zhao")
FUNDS, MERCHANTS, MEMBERS = ("aid", "care"), ("mill", "rose"), ("m1", "m2", "m3")
HELD = {
    "half": offered("half", union_basis_points=5_000, fund_id="care", per_offer_minor=500),
    "own": offered("own", terms={"basis_points": 777}),
    "ticket": granted(
        "ticket",
        terms={"times": 3, "worth_max_minor": 99},
        union_basis_points=3_333,
        fund_id="aid",
        order=1,
    ),
}
PAYING = (st.sampled_from(FUNDS), st.sampled_from(MERCHANTS))
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("contribute"), st.sampled_from(FUNDS), st.integers(1, 300)),
        st.tuples(st.just("pay"), *PAYING),
        st.tuples(
            st.sampled_from(["redeem", "redeem", "contest"]),
            st.sampled_from(MEMBERS),
            st.sampled_from(MERCHANTS),
            st.integers(1, 700),
            st.sets(st.sampled_from(sorted(HELD))),
        ),
        st.tuples(st.just("decide"), st.integers(0, 20), st.booleans()),
        st.tuples(st.just("reverse"), st.integers(0, 20)),
        st.tuples(st.just("draw_up"), *PAYING, st.sampled_from(OFFICERS)),
        st.tuples(
            st.sampled_from(["approve", "send_back", "mark_paid"]),
            st.integers(-3, -1),
            st.sampled_from(OFFICERS),
        ),
        st.tuples(st.just("settle"), *PAYING),
        st.tuples(
            st.just("incident"), st.integers(0, 20), st.sampled_from(FUNDS), st.integers(1, 300)
        ),
    ),
    max_size=25,
)


class History:
    """The recorded events, and the states that they fold to."""

    def __init__(self, now: datetime = MAY_DAY) -> None:
        self.facts: list[Fact] = []
        self.now = now.astimezone(UTC)
        self._versions: Counter[str] = Counter()
        self._states: dict[str, Any] = {}
        self._made: list[redemption.Redeemed] = []
        self._drawn_up: list[str] = []
        self._contested: list[redemption.Redeemed] = []
        for fund_id in FUNDS:
            self._record(
                funds.open_fund(funds.INITIAL, fund_id=fund_id, programme=f"{fund_id}-p", name="")
            )
        self._record(funds.set_threshold(self.state("fund-care"), amount_minor=100))

    @property
    def events(self) -> list[Event]:
        """Return the events in order."""
        return [fact.event for fact in self.facts]

    def step(self, step: tuple[Any, ...]) -> list[Event]:
        """Take one step; a refusal records nothing."""
        verb, *asked = step
        if verb == "settle":
            return [event for one in self._settle(*asked) for event in self.step(one)]
        try:
            events = getattr(self, f"_{verb}")(*asked)
        except (Denied, Refusal):
            return []
        self._record(events)
        return list(events)

    def state(self, stream: str) -> Any:
        return self._states.get(stream, CATEGORIES[category_of(stream)].initial)

    def _record(self, events: list[Event]) -> None:
        for event in events:
            stream, position = event.stream, len(self.facts) + 1
            self._states[stream] = CATEGORIES[category_of(stream)].evolve(self.state(stream), event)
            self._versions[stream] += 1
            version = self._versions[stream]
            self.facts.append(
                Fact(position, stream, version, topic_of(event), self.now, event, "system")
            )

    def _contribute(self, fund_id: str, amount_minor: int) -> list[Event]:
        state = self.state(f"fund-{fund_id}")
        return funds.contribute(state, source="district", amount_minor=amount_minor)

    def _pay(self, fund_id: str, merchant_id: str) -> list[Event]:
        return funds.pay_out(
            self.state(f"fund-{fund_id}"),
            merchant_id=merchant_id,
            officer_id=OFFICERS[0],
            day=MAY_DAY.date(),
        )

    def _redeem(
        self, member_id: str, merchant_id: str, price_minor: int, chosen: set[str]
    ) -> list[Event]:
        replace = msgspec.structs.replace
        here: merchant.Merchant = replace(MERCHANT, merchant_id=merchant_id)
        place = context(
            price_minor,
            member=replace(MEMBER, member_id=member_id),
            card=replace(LIVE_CARD, member_id=member_id),
            merchant=here,
            funds=[self.state(f"fund-{fund_id}") for fund_id in FUNDS],
        )
        purchase = replace(place.purchase, merchant_id=merchant_id)
        events = redemption.redeem(
            self.state(f"redemption-{member_id}"),
            redemption_id=f"r{len(self._made)}",
            context=replace(place, purchase=purchase),
            held=[self._held(one) for one in sorted(chosen)],
            code_id=None,
        )
        assert isinstance(events[0], redemption.Redeemed)
        self._made.append(events[0])
        return events

    def _contest(
        self, member_id: str, merchant_id: str, price_minor: int, chosen: set[str]
    ) -> list[Event]:
        """Redeem offline what the union is to bear, and an officer to decide."""
        replace = msgspec.structs.replace
        made = self._redeem(member_id, merchant_id, price_minor, chosen)[0]
        assert isinstance(made, redemption.Redeemed)
        lines = tuple(replace(line, reservation=None) for line in made.lines)
        paying = {fund_id: self.state(f"fund-{fund_id}") for fund_id in FUNDS}
        made = replace(made, lines=lines, late=Lateness(self.now, 1, counts=False))
        drawn: list[Event] = []
        for line in lines:
            of = self._held("half") if line.choice_id == "half" else None
            drawn += draw(line, made.redemption_id, merchant_id, paying, of)
        self._made[-1] = made
        self._contested.append(made)
        told = {"reason": "card_blocked", "particulars": {}, "because": "within_limits"}
        event = Contested(made=made, given=(), scanned_at=self.now, borne_by="union", **told)  # type: ignore[arg-type]
        return [event, *drawn]

    def _decide(self, number: int, accept: bool) -> list[Event]:  # noqa: FBT001 - drawn by Hypothesis
        if not self._contested:
            return []
        made = self._contested[number % len(self._contested)]
        return contest.decide(
            self.state(made.stream),
            redemption_id=made.redemption_id,
            accept=accept,
            officer_id=OFFICERS[0],
            at=self.now,
            day=made.day,
            funds={fund_id: self.state(f"fund-{fund_id}") for fund_id in FUNDS},
            offers={"half": self._held("half")},
        )

    def _reverse(self, number: int) -> list[Event]:
        if not self._made:
            return []
        made = self._made[number % len(self._made)]
        return redemption.reverse(
            self.state(made.stream),
            made=made,
            by_merchant=None,
            reason="",
            at=MAY_DAY.astimezone(UTC) + timedelta(hours=1),
            day=made.day,
            funds={fund_id: self.state(f"fund-{fund_id}") for fund_id in FUNDS},
            offers={"half": self._held("half")},
        )

    def _settle(self, fund_id: str, merchant_id: str) -> Iterator[tuple[Any, ...]]:
        """Draw up, approve and pay a statement."""
        clerk, *others = OFFICERS
        yield ("draw_up", fund_id, merchant_id, clerk)
        yield from (("approve", -1, one) for one in others)
        yield ("mark_paid", -1, others[0])

    def _draw_up(self, fund_id: str, merchant_id: str, officer_id: str) -> list[Event]:
        statement_id = f"s{len(self._drawn_up)}"
        events = statement.draw_up(
            self.state(f"statement-{statement_id}"),
            statement_id=statement_id,
            merchant_id=merchant_id,
            officer_id=officer_id,
            day=MAY_DAY.date(),
            paying=self.state(f"fund-{fund_id}"),
            payee=bank_account.INITIAL,
        )
        self._drawn_up.append(statement_id)
        return events

    def _approve(self, number: int, officer_id: str) -> list[Event]:
        state = self._statement(number)
        payee = bank_account.INITIAL
        return statement.approve(state, officer_id=officer_id, day=MAY_DAY.date(), payee=payee)

    def _send_back(self, number: int, officer_id: str) -> list[Event]:
        return statement.send_back(
            self._statement(number), reason="other", officer_id=officer_id, day=MAY_DAY.date()
        )

    def _mark_paid(self, number: int, officer_id: str) -> list[Event]:
        state = self._statement(number)
        paying = f"fund-{statement.known(state).fund_id}"
        return statement.mark_paid(
            state,
            reference="b-1",
            officer_id=officer_id,
            day=MAY_DAY.date(),
            paying=self.state(paying),
        )

    def _statement(self, number: int) -> Any:
        drawn_up = self._drawn_up or ["none"]
        return self.state(f"statement-{drawn_up[number % len(drawn_up)]}")

    def _incident(self, number: int, fund_id: str, amount_minor: int) -> list[Event]:
        if not self._made:
            return []
        made = self._made[number % len(self._made)]
        with suppress(InputInvalid):
            return incident.report(
                self.state(f"incident-{made.redemption_id}"),
                made=made,
                fund_id=fund_id,
                amount_minor=amount_minor,
                reason="wrong_amount",
                officer_id=OFFICERS[0],
                day=MAY_DAY.date(),
                used=self.state(made.stream),
                paid_by=self.state(f"fund-{fund_id}"),
            )
        return []

    def _held(self, choice_id: str) -> Any:
        held = HELD[choice_id]
        given = self._states.get("offer-half")
        if choice_id == "half" and given is not None:
            return msgspec.structs.replace(
                held, given_minor=given.given_minor, given_by_union_minor=given.given_by_union_minor
            )
        return held


def history_of(steps: list[tuple[Any, ...]]) -> History:
    """Return the history of some steps."""
    history = History()
    for step in steps:
        history.step(step)
    return history
