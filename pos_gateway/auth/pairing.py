"""Pairing of tills: an officer shows a code, the device types it, both show the same word."""

import hmac
from collections.abc import Callable
from datetime import timedelta
from typing import Literal, TypeVar

import msgspec

from pos_gateway.auth.api_key import SECRET_BYTES, make_till_key
from pos_gateway.auth.rate_limit import PAIRING_ADDRESS, PAIRING_ALL
from pos_gateway.auth.recovery import crockford, normal
from pos_gateway.auth.sign_in_context import SignInMethod
from pos_gateway.errors import PairingRefused, TooManyRequests

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
    """A pairing in progress: the new till, the officer `by` whom it was offered, and its state.

    `key_hash` (of the till's API key) and `check_word` are empty until a device has typed the code.
    """

    merchant_id: str
    outlet_id: str
    till_id: str
    by: str
    state: State = "offered"
    key_hash: str = ""
    check_word: str = ""


class Claimed(msgspec.Struct, frozen=True):
    """The result of typing a code on a device: the till's API key, and the word to compare.

    The key works only after the officer has confirmed the device.
    """

    key: str
    check_word: str

    def __repr__(self) -> str:
        return "Claimed(…)"


def claimed(pairing: Pairing, *, key_hash: str, check_word: str) -> Pairing:
    """Return the pairing as claimed by a device; raise PairingRefused if one claimed it before."""
    if pairing.state != "offered":
        raise PairingRefused
    return msgspec.structs.replace(
        pairing, state="claimed", key_hash=key_hash, check_word=check_word
    )


def judged(pairing: Pairing, *, check_word: str, confirmed: bool) -> Pairing:
    """Return the pairing as `confirmed` or `refused`; `check_word` is what the officer saw.

    Raises:
        PairingRefused: no device waits, or its word is another one.
    """
    same = hmac.compare_digest(pairing.check_word.encode(), check_word.encode())
    if pairing.state != "claimed" or not same:
        raise PairingRefused
    return msgspec.structs.replace(pairing, state="confirmed" if confirmed else "refused")


class Pairings(SignInMethod):
    """The pairings in progress, each for ten minutes; codes are stored blinded.

    Its methods raise PairingRefused where the code is wrong, used or expired, the device has
    another key or word, or another officer started the pairing.
    """

    def offer(self, *, merchant_id: str, outlet_id: str, till_id: str, by: str) -> str:
        """Start a pairing of a new till for the officer `by`; return its code: `ABCD-EFGH`."""
        code = crockford(self._random(CHARACTERS))
        offered = Pairing(merchant_id=merchant_id, outlet_id=outlet_id, till_id=till_id, by=by)
        written = msgspec.json.encode(offered)
        self._pending.put("pairing", self._about(code), written, now=self._now(), lasts=LASTS)
        return f"{code[:4]}-{code[4:]}"

    def claim(self, code: str, *, address: str) -> Claimed:
        """Take up a typed code for a device, and return its API key and word; a code works once.

        Raises TooManyRequests for too many typed codes from the client `address`; too many from all
        together are an alarm in the security log.
        """
        self._limiter.hit(PAIRING_ADDRESS, "pairing", address)
        try:
            self._limiter.hit(PAIRING_ALL, "pairing-all", "")
        except TooManyRequests:
            if self._limiter.once(PAIRING_ALL.within, "pairing-alarm", ""):
                self._security.note("till_pairing", "alarm")
        secret, chosen = self._random(SECRET_BYTES), int.from_bytes(self._random(8)) % _SPACE
        word = f"{WORDS[chosen % len(WORDS)]} {chosen // len(WORDS):02}"

        def change(offered: Pairing) -> tuple[Pairing, str]:
            key, key_hash = make_till_key(offered.merchant_id, offered.till_id, secret)
            return claimed(offered, key_hash=key_hash, check_word=word), key

        key = self._change(code, change)
        self._limiter.reset("pairing", address)
        return Claimed(key, word)

    def look(self, code: str) -> Pairing:
        """Return the pairing with this code, and leave it unchanged."""
        kept = self._pending.look("pairing", self._about(normal(code)), now=self._now())
        return _read(kept)

    def judge(self, code: str, *, check_word: str, confirmed: bool, by: str) -> Pairing:
        """Record the officer's decision about the waiting device, and return the changed pairing.

        The caller records the till in the ledger before. `check_word` is the word that the officer
        saw.
        """

        def change(pairing: Pairing) -> tuple[Pairing, Pairing]:
            if pairing.by != by:
                raise PairingRefused
            after = judged(pairing, check_word=check_word, confirmed=confirmed)
            return after, after

        return self._change(code, change)

    def collect(self, code: str, *, key_hash: str) -> State:
        """Return the pairing's state to its device, known by `key_hash`; a decided one is removed.

        `claimed` means that the officer has not decided yet.
        """

        def change(pairing: Pairing) -> tuple[Pairing | None, State]:
            if not hmac.compare_digest(pairing.key_hash, key_hash):
                raise PairingRefused
            return (pairing if pairing.state == "claimed" else None), pairing.state

        return self._change(code, change)

    def _change(self, code: str, change: Callable[[Pairing], tuple[Pairing | None, T]]) -> T:
        def changed(kept: bytes | None) -> tuple[bytes | None, T]:
            after, answer = change(_read(kept))
            return None if after is None else msgspec.json.encode(after), answer

        return self._pending.decide("pairing", self._about(normal(code)), changed, now=self._now())

    def _about(self, code: str) -> str:
        return self._sealing.blind("pairing", code)


def _read(kept: bytes | None) -> Pairing:
    if kept is None:
        raise PairingRefused
    return msgspec.json.decode(kept, type=Pairing)
