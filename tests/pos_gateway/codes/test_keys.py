import hashlib
import json
import stat
from base64 import urlsafe_b64decode
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from pos_gateway.codes import InvalidCode, Session, keys, make_session_code, read
from pos_gateway.codes.keys import KEYS_MAX, PUBLISHED_AHEAD, SIGNS_FOR, KeyRing, KeysUnusable

NOW = datetime(2026, 11, 21, 12, 0, 0, 750_000, tzinfo=UTC)
SECOND = timedelta(seconds=1)
CARD, JTI = bytes(range(12)), bytes(range(8))


def code_at(ring: KeyRing, at: datetime) -> str:
    return make_session_code(ring, card=CARD, now=at, jti=JTI)


def test_a_directory_that_is_not_there_holds_no_keys(tmp_path: Path) -> None:
    ring = KeyRing.load(tmp_path / "keys")

    assert ring.keys == ()
    with pytest.raises(KeysUnusable) as refused:
        code_at(ring, NOW)
    assert refused.value.particulars["problem"] == "none_signs"


def test_the_first_key_signs_at_once(tmp_path: Path) -> None:
    ring = KeyRing.rotate(tmp_path, NOW)

    assert isinstance(read(code_at(ring, NOW), ring, now=NOW), Session)


def test_a_key_file_is_for_its_owner_alone_and_comes_back_whole(tmp_path: Path) -> None:
    made = KeyRing.rotate(tmp_path / "keys", NOW)

    loaded = KeyRing.load(tmp_path / "keys")

    (path,) = (tmp_path / "keys").iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700
    assert loaded.public() == made.public()
    assert isinstance(read(code_at(made, NOW), loaded, now=NOW), Session)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o610])
def test_a_key_file_open_to_others_is_refused(tmp_path: Path, mode: int) -> None:
    KeyRing.rotate(tmp_path, NOW)
    (path,) = tmp_path.glob("*.key")
    path.chmod(mode)

    with pytest.raises(KeysUnusable) as refused:
        KeyRing.load(tmp_path)

    assert refused.value.particulars == {"problem": "readable_by_others", "file": path.name}


@pytest.mark.parametrize(
    "change",
    [
        {"secret": "AAAA"},
        {"algorithm": -7},
        {"not_before": "2026-11-21T12:00:00"},
        {"colour": "red"},
    ],
)
def test_a_file_that_holds_no_key_is_refused_without_quoting_it(
    tmp_path: Path, change: dict[str, object]
) -> None:
    KeyRing.rotate(tmp_path, NOW)
    (path,) = tmp_path.glob("*.key")
    kept = json.loads(path.read_text())
    path.write_text(json.dumps(kept | change))

    with pytest.raises(KeysUnusable) as refused:
        KeyRing.load(tmp_path)

    assert refused.value.particulars == {"problem": "malformed", "file": path.name}
    assert refused.value.__cause__ is None
    assert kept["secret"] not in str(refused.value)


def test_too_many_key_files_are_refused(tmp_path: Path) -> None:
    for number in range(KEYS_MAX + 1):
        (tmp_path / f"{number}.key").touch(mode=0o600)

    with pytest.raises(KeysUnusable) as refused:
        KeyRing.load(tmp_path)

    assert refused.value.particulars["problem"] == "too_many"


def test_a_new_key_is_published_a_day_before_it_signs(tmp_path: Path) -> None:
    (old,) = KeyRing.rotate(tmp_path, NOW).keys
    later = NOW + timedelta(days=80)

    ring = KeyRing.rotate(tmp_path, later)

    _, new = ring.keys
    start = later.replace(microsecond=0) + PUBLISHED_AHEAD
    assert len(ring.public()) == 2
    assert ring.signing_key(start - SECOND).kid == old.kid
    assert ring.signing_key(start).kid == new.kid


def test_a_new_key_signs_before_the_old_one_stops(tmp_path: Path) -> None:
    (old,) = KeyRing.rotate(tmp_path, NOW).keys
    late = old.not_after - timedelta(hours=1)

    ring = KeyRing.rotate(tmp_path, late)

    assert ring.keys[1].not_before == old.not_after
    assert ring.signing_key(old.not_after + SECOND).kid == ring.keys[1].kid


def test_a_key_that_waits_is_not_doubled(tmp_path: Path) -> None:
    KeyRing.rotate(tmp_path, NOW)
    waiting = KeyRing.rotate(tmp_path, NOW + SECOND)

    again = KeyRing.rotate(tmp_path, NOW + 2 * SECOND)

    assert len(waiting.keys) == 2
    assert again.public() == waiting.public()


@pytest.mark.parametrize("every_days", [1, 2])
def test_keys_rotated_daily_stay_few_and_sign_only_once_known(
    tmp_path: Path, every_days: int
) -> None:
    known = KeyRing.rotate(tmp_path, NOW)

    for days in range(every_days, 400, every_days):
        now = NOW + timedelta(days=days, seconds=days)  # no two rotations are exactly a day apart
        rotated = KeyRing.rotate(tmp_path, now)
        assert rotated.signing_key(now).thumbprint in [key.thumbprint for key in known.keys]
        assert len(rotated.keys) <= 6
        known = rotated


def test_where_only_a_waiting_key_is_left_another_signs_at_once(tmp_path: Path) -> None:
    KeyRing.rotate(tmp_path, NOW)
    leaked, _ = KeyRing.rotate(tmp_path, NOW + SECOND).keys
    (tmp_path / f"{leaked.thumbprint[:8].hex()}.key").unlink()

    ring = KeyRing.rotate(tmp_path, NOW + 2 * SECOND)

    assert ring.signing_key(NOW + 2 * SECOND).kid != leaked.kid


def test_the_last_code_of_an_old_key_is_read_by_those_who_rotated(tmp_path: Path) -> None:
    before = KeyRing.rotate(tmp_path, NOW)
    (old,) = before.keys
    last = code_at(before, old.not_after)

    after = KeyRing.rotate(tmp_path, old.not_after + 50 * SECOND)

    read_at = old.not_after + 89 * SECOND
    assert isinstance(read(last, after, now=read_at), Session)


def test_a_retired_key_is_deleted_once_its_last_code_is_dead(tmp_path: Path) -> None:
    (old,) = KeyRing.rotate(tmp_path, NOW).keys
    dead = old.not_after + timedelta(days=62, seconds=30)

    at_the_end = KeyRing.rotate(tmp_path, dead)
    past_the_end = KeyRing.rotate(tmp_path, dead + SECOND)

    assert old.kid in [key.kid for key in at_the_end.keys]
    assert old.kid not in [key.kid for key in past_the_end.keys]


def test_a_key_signs_for_its_time_and_not_a_second_more(tmp_path: Path) -> None:
    (key,) = KeyRing.rotate(tmp_path, NOW).keys

    assert key.not_after - key.not_before == SIGNS_FOR
    assert key.signs(key.not_before)
    assert key.signs(key.not_after)
    assert not key.signs(key.not_before - SECOND)
    assert not key.signs(key.not_after + SECOND)


def test_a_code_backdated_by_a_leaked_key_is_forged(tmp_path: Path) -> None:
    ring = KeyRing.rotate(tmp_path, NOW)
    (key,) = ring.keys
    code = code_at(ring, NOW)
    later = keys.Key(key.private, key.not_before + timedelta(days=1), key.not_after)

    with pytest.raises(InvalidCode) as refused:
        read(code, KeyRing((later,)), now=NOW)

    assert refused.value.problem == "forged"


def test_the_public_keys_are_json_web_keys_without_a_secret(tmp_path: Path) -> None:
    ring = KeyRing.rotate(tmp_path, NOW)

    (public,) = json.loads(json.dumps(ring.public()))

    assert set(public) == {"kty", "crv", "alg", "use", "kid", "x", "not_before", "not_after"}
    raw = urlsafe_b64decode(public["x"] + "=")
    Ed25519PublicKey.from_public_bytes(raw)
    assert urlsafe_b64decode(public["kid"] + "=") == hashlib.sha256(raw).digest()[:2]
    assert public["not_before"] == int(NOW.timestamp())


def test_a_key_is_not_shown_when_printed(tmp_path: Path) -> None:
    ring = KeyRing.rotate(tmp_path, NOW)

    assert "rivate" not in repr(ring)


def test_gateways_that_rotate_at_once_make_one_key_to_sign_and_one_to_wait(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as gateways:
        rings = list(gateways.map(lambda _: KeyRing.rotate(tmp_path, NOW), range(8)))

    assert len(KeyRing.load(tmp_path).keys) == 2
    assert len({ring.signing_key(NOW).kid for ring in rings}) == 1


def test_what_a_crash_left_unfinished_is_no_key(tmp_path: Path) -> None:
    (tmp_path / "0123456789abcdef.unfinished").write_bytes(b"{")

    assert KeyRing.load(tmp_path).keys == ()
