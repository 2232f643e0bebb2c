"""Pairing of tills: an officer shows a code, the device types it, both show the same word."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from datetime import timedelta
from typing import Literal, TypeVar

import msgspec

from pos_gateway.auth.api_key import SECRET_BYTES, make_till_key
from pos_gateway.auth.recovery import crockford, normal
from pos_gateway.auth.shared_rate_limit import PAIRING_ADDRESS, PAIRING_ALL
from pos_gateway.auth.sign_in_context import SignInMethod
from pos_gateway.errors.sign_in import PairingRefused

CHARACTERS = 8
LASTS = timedelta(minutes=10)

WORDS = (
    *("竹子 BAMBOO", "石榴 POMEGRANATE", "喜鹊 MAGPIE", "长城 WALL", "荷花 LOTUS"),
    *("骆驼 CAMEL", "核桃 WALNUT", "灯笼 LANTERN", "鲤鱼 CARP", "松树 PINE"),
    *("云彩 CLOUD", "茶壶 TEAPOT", "钥匙 KEY", "风筝 KITE", "月亮 MOON", "小船 BOAT"),
)
"""Sixteen words, each combined with two digits: 1,600 check words."""

_SPACE = 100 * len(WORDS)

T = TypeVar("T")

State = Literal["offered", "claimed", "confirmed", "refused"]


class Pairing(msgspec.Struct, frozen=True, kw_only=True):
    """A pairing in progress: the till, the officer, and the hash of the device's key."""

    merchant_id: str
    outlet_id: str
    till_id: str
    by: str
    state: State = "offered"
    key_hash: str = ""
    check_word: str = ""


class Claimed(msgspec.Struct, frozen=True):
    """The answer to the device: its key, valid once the officer confirms, and the check word."""

    key: str
    check_word: str

    def __repr__(self) -> str:
        return "Claimed(…)"


def claimed(pairing: Pairing, *, key_hash: str, check_word: str) -> Pairing:
    """Return the pairing after a device typed its code.

    Raises:
        PairingRefused: another device was first.

    """
    if pairing.state != "offered":
        raise PairingRefused
    return msgspec.structs.replace(
        pairing, state="claimed", key_hash=key_hash, check_word=check_word
    )


def judged(pairing: Pairing, *, check_word: str, confirmed: bool) -> Pairing:
    """Return the pairing after the officer compared the words.

    Raises:
        PairingRefused: no device waits, or not the one that the officer saw.

    """
    same = hmac.compare_digest(pairing.check_word.encode(), check_word.encode())
    if pairing.state != "claimed" or not same:
        raise PairingRefused
    return msgspec.structs.replace(pairing, state="confirmed" if confirmed else "refused")


class Pairings(SignInMethod):
    """Pairings in progress, stored under blinded codes."""

    def offer(self, *, merchant_id: str, outlet_id: str, till_id: str, by: str) -> str:
        """Return a code to show, as `ABCD-EFGH`."""
        code = crockford(self._random(CHARACTERS))
        offered = Pairing(merchant_id=merchant_id, outlet_id=outlet_id, till_id=till_id, by=by)
        written = msgspec.json.encode(offered)
        self._pending.put("pairing", self._about(code), written, now=self._now(), lasts=LASTS)
        return f"{code[:4]}-{code[4:]}"

    def claim(self, code: str, *, address: str) -> Claimed:
        """Take a code up on a device.

        Raises:
            PairingRefused: the code is wrong, used or expired.
            TooManyRequests: this address, or all together, tried too often.

        """
        self._limiter.hit(PAIRING_ADDRESS, "pairing", address)
        self._limiter.hit(PAIRING_ALL, "pairing-all", "")
        secret, chosen = self._random(SECRET_BYTES), int.from_bytes(self._random(8)) % _SPACE
        word = f"{WORDS[chosen % len(WORDS)]} {chosen // len(WORDS):02}"

        def change(offered: Pairing) -> tuple[Pairing, str]:
            key, key_hash = make_till_key(offered.merchant_id, offered.till_id, secret)
            return claimed(offered, key_hash=key_hash, check_word=word), key

        key = self._change(code, change)
        self._limiter.reset("pairing", address)
        return Claimed(key, word)

    def look(self, code: str) -> Pairing:
        """Return a pairing in progress, for the officer and the device.

        Raises:
            PairingRefused: the pairing is unknown, expired or collected.

        """
        kept = self._pending.look("pairing", self._about(normal(code)), now=self._now())
        return _read(kept)

    def judge(self, code: str, *, check_word: str, confirmed: bool, by: str) -> Pairing:
        """Confirm or refuse the device that waits; the caller pairs the till with its key hash.

        Raises:
            PairingRefused: no device waits, or not the one that the officer saw, or another
                officer offered the code.

        """

        def change(pairing: Pairing) -> tuple[Pairing, Pairing]:
            if pairing.by != by:
                raise PairingRefused
            after = judged(pairing, check_word=check_word, confirmed=confirmed)
            return after, after

        return self._change(code, change)

    def collect(self, code: str, *, key_hash: str) -> State:
        """Return the state for the device with this key, and forget a decided pairing.

        Raises:
            PairingRefused: the pairing expired, or belongs to another device.

        """

        def change(kept: bytes | None) -> tuple[bytes | None, State]:
            pairing = _read(kept)
            if not hmac.compare_digest(pairing.key_hash, key_hash):
                raise PairingRefused
            return (kept if pairing.state == "claimed" else None), pairing.state

        return self._pending.decide("pairing", self._about(normal(code)), change, now=self._now())

    def _change(self, code: str, change: Callable[[Pairing], tuple[Pairing, T]]) -> T:
        def changed(kept: bytes | None) -> tuple[bytes | None, T]:
            after, answer = change(_read(kept))
            return msgspec.json.encode(after), answer

        return self._pending.decide("pairing", self._about(normal(code)), changed, now=self._now())

    def _about(self, code: str) -> str:
        return self._sealing.blind("pairing", code)


def _read(kept: bytes | None) -> Pairing:
    if kept is None:
        raise PairingRefused
    return msgspec.json.decode(kept, type=Pairing)
