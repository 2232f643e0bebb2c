import time
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_gateway.auth import rate_limit
from pos_gateway.auth.rate_limit import AT_ONCE, DEBT_MAX, PER_SECOND, RateLimiter
from pos_gateway.errors import TooManyRequests
from tests.support.app_with_drop import LI, WANG, DropApp, status_and_reason

WAITS = st.lists(st.sampled_from([0.0, 0.01, 0.1, 0.25, 1.0, 7.0, 3_600.0]), max_size=300)
BURSTS = st.lists(
    st.tuples(st.sampled_from([0.1, 1.0, 7.0, 3_600.0]), st.integers(1, 40)), max_size=8
)
MOMENT = 1e-6


class Asking:
    """A member who sends requests at chosen times."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.limiter = RateLimiter(lambda: self.now)
        self.told: object = None

    def is_let_in(self, member_id: str = WANG) -> bool:
        try:
            self.limiter.hit(member_id)
        except TooManyRequests as refused:
            self.told = refused.particulars
            return False
        return True

    def until_refused(self) -> None:
        """Send requests without pause until one is refused. Return their number."""
        assert not all(self.is_let_in() for _ in range(10 * AT_ONCE))


@given(BURSTS)
def test_in_no_stretch_is_a_member_let_in_more_often_than_the_bound(
    bursts: list[tuple[float, int]],
) -> None:
    asking = Asking()
    let_in = list[float]()

    for wait, times in bursts:
        asking.now += wait
        let_in += [asking.now for _ in range(times) if asking.is_let_in()]

    for first, began in enumerate(let_in):
        for last, ended in enumerate(let_in[first:], start=first):
            assert last - first + 1 <= AT_ONCE + PER_SECOND * (ended - began) + MOMENT


@given(WAITS, st.integers(0, 100))
def test_who_asks_in_measure_is_always_let_in_whatever_others_do(
    waits: list[float], others: int
) -> None:
    asking = Asking()

    for wait in waits:
        asking.now += wait + 1 / PER_SECOND
        for _ in range(others):
            asking.is_let_in(LI)
        assert asking.is_let_in(WANG)


def test_who_was_refused_is_let_in_after_the_time_they_were_told() -> None:
    asking = Asking()
    asking.until_refused()

    assert isinstance(asking.told, dict)
    asking.now += asking.told["retry_after_seconds"]

    assert asking.told == {"retry_after_seconds": 1}
    assert asking.is_let_in()


def test_who_presses_without_pause_is_let_in_no_more_until_they_pause() -> None:
    asking = Asking()
    let_in = 0
    for _ in range(60 * 50):
        asking.now += 0.02
        let_in += asking.is_let_in()

    assert asking.told == {"retry_after_seconds": ceil((DEBT_MAX + 1) / PER_SECOND)}
    asking.now += (DEBT_MAX + 1) / PER_SECOND

    assert let_in <= AT_ONCE + PER_SECOND
    assert asking.is_let_in()


def test_so_many_members_are_remembered_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limit, "MEMBERS_MAX", 3)
    asking = Asking()
    asking.until_refused()

    for member_id in ("m1", "m2"):
        asking.is_let_in(member_id)
    remembered = asking.is_let_in(WANG)
    for member_id in ("m3", "m4", "m5"):
        asking.is_let_in(member_id)

    assert not remembered
    assert len(asking.limiter._buckets) == 3
    assert asking.is_let_in(WANG)


def test_one_member_is_paced_and_no_other(drop_app: DropApp) -> None:
    for _ in range(10 * AT_ONCE):
        refused = drop_app.as_member(WANG, "GET", "/tickets")
        if refused.status_code != 200:
            break
    position = drop_app.position

    paced = drop_app.claim(WANG)
    other = drop_app.claim(LI)
    time.sleep(int(paced.headers["Retry-After"]))
    answer = drop_app.claim(WANG)

    assert status_and_reason(refused) == status_and_reason(paced) == (429, "too_many_requests")
    assert (other.status_code, answer.status_code) == (201, 201)
    assert answer.get_json()["number"] == 2
    assert drop_app.position > position


def test_nobody_is_paced_before_their_key_was_checked(drop_app: DropApp) -> None:
    forged = drop_app.keys[WANG][:-43] + "A" * 43

    strangers = {
        drop_app.ask("GET", "/tickets", key=forged).status_code for _ in range(AT_ONCE + 5)
    }

    assert strangers == {401}
    assert drop_app.claim(WANG).status_code == 201
