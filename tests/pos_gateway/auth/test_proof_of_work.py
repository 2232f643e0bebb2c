import base64
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from altcha import Challenge, Payload, solve_challenge
from hypothesis import given
from hypothesis import strategies as st

from pos_gateway.auth.proof_of_work import GOOD_FOR, PAYLOAD_LENGTH_MAX, Challenges
from pos_gateway.errors import ChallengeNeeded
from tests.support.app_with_drop import LI, PILLOW, WANG, DropApp, status_and_reason

KEY = bytes(range(32))
NOW = datetime.now(UTC) + timedelta(hours=1)  # the library reads the clock of the machine as well
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
DEEP = base64.b64encode(b"[" * (PAYLOAD_LENGTH_MAX // 4 * 3)).decode()
PARAMETERS = ("algorithm", "nonce", "salt", "cost", "expiresAt", "data")
LIKE_CHALLENGE = st.fixed_dictionaries(
    {"parameters": st.fixed_dictionaries(dict.fromkeys(PARAMETERS, JSON)), "signature": JSON}
)
LIKE_SOLUTION = st.fixed_dictionaries({"counter": JSON, "derivedKey": JSON})
LIKE_ONE = JSON | st.fixed_dictionaries(
    {"challenge": JSON | LIKE_CHALLENGE, "solution": JSON | LIKE_SOLUTION}
)


def encoded(content: object) -> str:
    """Return a payload as it is sent."""
    return base64.b64encode(json.dumps(content).encode()).decode()


def solution(made: dict[str, Any]) -> str:
    """Solve a challenge with the library of the widget's makers. Return the payload."""
    challenge = Challenge.from_dict(made)
    solved = solve_challenge(challenge)
    assert solved is not None
    return Payload(challenge, solved).to_base64()


def altered(payload: str, *path: str, value: object) -> str:
    """Return a solution with one changed field."""
    content: Any = json.loads(base64.b64decode(payload))
    place = content
    for name in path[:-1]:
        place = place[name]
    assert place[path[-1]] != value
    place[path[-1]] = value
    return encoded(content)


@pytest.fixture(scope="module")
def sound() -> str:
    """Return a solution for Wang and May Day."""
    return solution(Challenges(KEY).make("may-day", WANG, now=NOW))


@pytest.fixture
def app_with_proof_of_work(drop_app: DropApp) -> DropApp:
    """Return an app with another drop that needs a proof of work."""
    drop_app.now = datetime.now(UTC)  # as above: it may have been furnished minutes ago
    drop_app.announce("quiz", opens_at=drop_app.time(), challenge=True)
    return drop_app


def test_workers_that_start_together_find_a_whole_key(tmp_path: Path) -> None:
    workers, starts = 8, 60
    together = Barrier(workers)

    def worker(_number: int) -> list[dict[str, Any]]:
        made = []
        for start in range(starts):
            folder = tmp_path / f"start-{start}"
            folder.mkdir(exist_ok=True)
            together.wait()
            made.append(Challenges.load(folder).make("may-day", WANG, now=NOW))
        return made

    with ThreadPoolExecutor(workers) as pool:
        made = [one for each in pool.map(worker, range(workers)) for one in each]

    assert all("signature" in one for one in made)
    for folder in tmp_path.iterdir():
        (key,) = folder.iterdir()
        assert (key.stat().st_size, key.stat().st_mode & 0o777) == (32, 0o600)


def test_a_solution_is_good_for_some_minutes(sound: str) -> None:
    challenges = Challenges(KEY)

    for later in (timedelta(0), GOOD_FOR - timedelta(seconds=1)):
        challenges.check(sound, "may-day", WANG, now=NOW + later)
    with pytest.raises(ChallengeNeeded):
        challenges.check(sound, "may-day", WANG, now=NOW + GOOD_FOR)


@pytest.mark.parametrize(
    ("key", "drop_id", "member_id"),
    [(KEY, "may-day", LI), (KEY, "pillows", WANG), (bytes(32), "may-day", WANG)],
)
def test_a_solution_is_valid_for_one_member_drop_and_gateway(
    sound: str, key: bytes, drop_id: str, member_id: str
) -> None:
    with pytest.raises(ChallengeNeeded):
        Challenges(key).check(sound, drop_id, member_id, now=NOW)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("challenge", "parameters", "data"), {"drop": "may-day", "member": LI}),
        (("challenge", "parameters", "cost"), 1),
        (("challenge", "parameters", "keyPrefix"), ""),
        (("challenge", "parameters", "expiresAt"), 4_102_444_800),
        (("challenge", "parameters", "expiresAt"), None),
        (("challenge", "signature"), "00" * 32),
        (("challenge", "signature"), None),
        (("solution", "derivedKey"), "00" * 32),
        (("solution", "derivedKey"), None),
    ],
)
def test_an_altered_solution_is_none(sound: str, path: tuple[str, ...], value: object) -> None:
    member_id = LI if path[-1] == "data" else WANG

    with pytest.raises(ChallengeNeeded):
        Challenges(KEY).check(altered(sound, *path, value=value), "may-day", member_id, now=NOW)


def test_an_unsolved_challenge_is_no_solution() -> None:
    made = Challenges(KEY).make("may-day", WANG, now=NOW)
    prefix = made["parameters"]["keyPrefix"]
    guess = {"challenge": made, "solution": {"counter": 0, "derivedKey": prefix.ljust(64, "0")}}

    with pytest.raises(ChallengeNeeded):
        Challenges(KEY).check(encoded(guess), "may-day", WANG, now=NOW)


@given(st.text(max_size=200) | LIKE_ONE.map(encoded))
def test_whatever_is_sent_is_a_solution_or_none(sent: str) -> None:
    with pytest.raises(ChallengeNeeded):
        Challenges(KEY).check(sent, "may-day", WANG, now=NOW)


@pytest.mark.parametrize("sent", [None, "", "A" * (PAYLOAD_LENGTH_MAX + 1), DEEP])
def test_nothing_or_too_much_is_no_solution(sent: str | None) -> None:
    with pytest.raises(ChallengeNeeded):
        Challenges(KEY).check(sent, "may-day", WANG, now=NOW)


def test_every_worker_accepts_what_another_made(tmp_path: Path) -> None:
    first, second = Challenges.load(tmp_path), Challenges.load(tmp_path)

    payload = solution(first.make("may-day", WANG, now=NOW))

    second.check(payload, "may-day", WANG, now=NOW)
    assert (tmp_path / "challenge.hmac").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("path", ["/drops/quiz/claims/k1", "/drops/quiz/waiting/w1"])
def test_where_a_proof_of_work_is_asked_for_nothing_happens_without(
    app_with_proof_of_work: DropApp, path: str
) -> None:
    position = app_with_proof_of_work.position

    answer = app_with_proof_of_work.as_member(WANG, "PUT", path, PILLOW)

    assert status_and_reason(answer) == (428, "challenge_needed")
    assert answer.get_json()["particulars"] == {"drop": "quiz"}
    assert app_with_proof_of_work.position == position
    assert app_with_proof_of_work.claim(WANG).status_code == 201


def test_a_solved_challenge_claims_and_is_sent_again_with_the_claim(
    app_with_proof_of_work: DropApp,
) -> None:
    made = app_with_proof_of_work.as_member(WANG, "GET", "/drops/quiz/challenge").get_json()
    payload = solution(made)

    first = app_with_proof_of_work.claim(WANG, drop="quiz", challenge=payload)
    again = app_with_proof_of_work.claim(WANG, drop="quiz", challenge=payload)
    other = app_with_proof_of_work.claim(LI, drop="quiz", challenge=payload)

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.get_data() == first.get_data()
    assert status_and_reason(other) == (428, "challenge_needed")


def test_a_late_retry_takes_a_new_solution_and_gets_the_first_answer(
    app_with_proof_of_work: DropApp,
) -> None:
    path = "/drops/quiz/challenge"
    old = solution(app_with_proof_of_work.as_member(WANG, "GET", path).get_json())
    first = app_with_proof_of_work.claim(WANG, drop="quiz", challenge=old)
    app_with_proof_of_work.pass_until(app_with_proof_of_work.now + GOOD_FOR)

    late = app_with_proof_of_work.claim(WANG, drop="quiz", challenge=old)
    new = solution(app_with_proof_of_work.as_member(WANG, "GET", path).get_json())
    again = app_with_proof_of_work.claim(WANG, drop="quiz", challenge=new)

    assert status_and_reason(late) == (428, "challenge_needed")
    assert (again.status_code, again.get_data()) == (200, first.get_data())


def test_a_challenge_is_of_a_drop_that_is_on(app_with_proof_of_work: DropApp) -> None:
    assert status_and_reason(
        app_with_proof_of_work.as_member(WANG, "GET", "/drops/no-such/challenge")
    ) == (404, "drop_unknown")
