import hashlib
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as some

from ledger.application import Ledger
from ledger.errors import KeyEnded
from pos_gateway.auth.api_key import KeyRefused, make_member_key, make_till_key, member_of
from pos_gateway.auth.policies import MemberIdentity

MADE_UP = ["hkm.m1.phone", "hkm.m1.never-made", "hkm.m2.phone", "hkm.nobody.phone"]
_NUMBERS = count(1)


def given_key(ledger: Ledger, member_id: str = "m1", key_id: str = "phone") -> str:
    """Record an API key of a member."""
    key, key_hash = make_member_key(member_id, key_id, next(_NUMBERS).to_bytes(32))
    ledger.officers.families.make_member_key(member_id, key_id=key_id, key_hash=key_hash)
    return key


def accepted(ledger: Ledger, key: str) -> MemberIdentity | None:
    """Return the identity behind a key, or None if it is refused."""
    try:
        return member_of(f"Bearer {key}", ledger)
    except KeyRefused:
        return None


def test_only_the_hash_of_a_key_is_kept(tmp_path: Path) -> None:
    with closing(Ledger(f"sqlite:///{tmp_path}/log.db")) as ledger:
        ledger.officers.cards.register_member("m1", branch="branch-miyun")
        key, key_hash = make_member_key("m1", "phone", bytes(32))
        ledger.officers.families.make_member_key("m1", key_id="phone", key_hash=key_hash)

        assert key == "hkm.m1.phone." + "A" * 43
        assert key_hash == hashlib.sha256(b"A" * 43).hexdigest()
        stored = b"".join(path.read_bytes() for path in tmp_path.glob("log.db*"))
        assert key_hash.encode() in stored
        assert b"A" * 43 not in stored


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_key_takes_thirty_two_bytes(length: int) -> None:
    with pytest.raises(ValueError, match="32"):
        make_member_key("m1", "phone", bytes(length))


def test_a_key_names_its_member(ledger: Ledger) -> None:
    key = given_key(ledger)

    assert member_of(f"bearer  {key}", ledger) == ("m1", "phone")


def test_a_key_has_one_spelling(ledger: Ledger) -> None:
    key = given_key(ledger)

    for text in (key, f"Bearer {key.upper()}", f"Bearer {key}\n", f"Bearer {key}=", "", "Bearer "):
        with pytest.raises(KeyRefused):
            member_of(text, ledger)


def test_the_key_of_a_till_is_no_members(ledger: Ledger) -> None:
    key, key_hash = make_till_key("m1", "phone", bytes(32))
    ledger.officers.families.make_member_key("m1", key_id="phone", key_hash=key_hash)

    assert accepted(ledger, key) is None
    assert accepted(ledger, key.replace("hkt.", "hkm."))


def test_a_stranger_is_not_told_which_members_there_are(ledger: Ledger) -> None:
    given_key(ledger)
    given_key(ledger, key_id="ended")
    ledger.officers.families.end_member_key("m1", key_id="ended")

    told = set()
    for made_up in (*MADE_UP, "hkm.m1.ended"):
        with pytest.raises(KeyRefused) as refused:
            member_of(f"Bearer {made_up}.{'B' * 43}", ledger)
        told.add((type(refused.value), str(refused.value)))
    assert told == {(KeyRefused, str(KeyRefused()))}


def test_a_key_made_elsewhere_works_here_at_once(ledger: Ledger, database_url: str) -> None:
    assert not ledger.member("m1").keys
    with closing(Ledger(database_url)) as other:
        key = given_key(other)

    assert accepted(ledger, key) == ("m1", "phone")


def test_a_key_ended_elsewhere_is_refused_once_the_log_was_read(
    ledger: Ledger, database_url: str
) -> None:
    key = given_key(ledger)
    with closing(Ledger(database_url)) as other:
        other.officers.families.end_member_key("m1", key_id="phone")

    ledger.fund("care")

    assert accepted(ledger, key) is None


def test_a_member_known_here_is_found_without_asking_the_log(ledger: Ledger) -> None:
    key = given_key(ledger)
    ledger.writer.close()

    assert accepted(ledger, key) == ("m1", "phone")


def test_a_member_is_known_by_a_live_key_alone(ledger: Ledger) -> None:
    given_key(ledger)

    assert ledger.authenticated_member("m1", key_id="phone").member_id == "m1"
    for member_id, key_id in (("m1", "other"), ("m2", "phone"), ("nobody", "phone")):
        with pytest.raises(KeyEnded):
            ledger.authenticated_member(member_id, key_id=key_id)


MEMBERS, KEY_IDS = ("m1", "m2", "m3"), ("a", "b")
STEPS = some.lists(
    some.tuples(some.booleans(), some.sampled_from(MEMBERS), some.sampled_from(KEY_IDS)),
    max_size=12,
)
TWO_KEYS_AND_ANOTHERS = [
    (True, "m1", "a"),
    (True, "m1", "b"),
    (True, "m2", "a"),
    (False, "m1", "a"),
]


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
@example(steps=TWO_KEYS_AND_ANOTHERS)
def test_a_key_works_for_its_member_until_it_is_ended_and_for_nobody_else(
    sqlite_url: str, steps: list[tuple[bool, str, str]]
) -> None:
    """Make and end keys in random order, and show each secret as every member."""
    live: dict[tuple[str, str], str] = {}
    made: list[str] = []
    with closing(Ledger(sqlite_url)) as ledger:
        people = {one: f"{one}-{next(_NUMBERS)}" for one in MEMBERS}
        for member_id in people.values():
            ledger.officers.cards.register_member(member_id, branch="branch-miyun")
        for makes, who, key_id in steps:
            at = MemberIdentity(people[who], key_id)
            if not makes:
                ledger.officers.families.end_member_key(at.member_id, key_id=key_id)
                live.pop(at, None)
            elif at not in live:
                live[at] = given_key(ledger, *at)
                made.append(live[at])
            secrets = [key.rpartition(".")[2] for key in made]
            for claimed in (MemberIdentity(one, key) for one in people.values() for key in KEY_IDS):
                for secret in secrets:
                    shown = f"hkm.{claimed.member_id}.{claimed.key_id}.{secret}"
                    expected = claimed if live.get(claimed) == shown else None
                    assert accepted(ledger, shown) == expected
