"""Pairing a till: an officer shows a code, the device types it, both see the same word."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Literal, TypeVar

import msgspec

from ledger.auth.pending import Pending
from pos_gateway.auth.recovery import crockford, normal
from pos_gateway.auth.sealing import Keeping
from pos_gateway.auth.shared_rate_limit import PAIRING_ADDRESS, PAIRING_ALL, Limits
from pos_gateway.auth.till_api_key import make_till_key
from pos_gateway.errors.sign_in import PairingRefused

CHARACTERS = 8
LASTS = timedelta(minutes=10)

WORDS = (
    *("竹子 BAMBOO", "石榴 POMEGRANATE", "喜鹊 MAGPIE", "长城 WALL", "荷花 LOTUS"),
    *("骆驼 CAMEL", "核桃 WALNUT", "灯笼 LANTERN", "鲤鱼 CARP", "松树 PINE"),
    *("云彩 CLOUD", "茶壶 TEAPOT", "钥匙 KEY", "风筝 KITE", "月亮 MOON", "小船 BOAT"),
)
"""Sixteen words to compare, each beside two digits: 1,600 to be mistaken in."""

_SPACE = 100 * len(WORDS)

T = TypeVar("T")

State = Literal["offered", "claimed", "confirmed", "refused"]


class Pairing(msgspec.Struct, frozen=True, kw_only=True):
    """A pairing on its way: for which till, by whom, and what is kept of the device's key."""

    merchant_id: str
    outlet_id: str
    till_id: str
    by: str
    state: State = "offered"
    key_hash: str = ""
    check_word: str = ""


class Claimed(msgspec.Struct, frozen=True):
    """What the device gets: the key it will have once the officer confirms, and the word."""

    key: str
    check_word: str

    def __repr__(self) -> str:
        return "Claimed(…)"


def claimed(pairing: Pairing, *, key_hash: str, check_word: str) -> Pairing:
    """The pairing once a device has typed its code.

    Raises:
        PairingRefused: another device was first.

    """
    if pairing.state != "offered":
        raise PairingRefused
    return msgspec.structs.replace(
        pairing, state="claimed", key_hash=key_hash, check_word=check_word
    )


def judged(pairing: Pairing, *, check_word: str, confirmed: bool) -> Pairing:
    """The pairing once the officer has compared the words.

    Raises:
        PairingRefused: no device waits, or another than the officer saw.

    """
    same = hmac.compare_digest(pairing.check_word.encode(), check_word.encode())
    if pairing.state != "claimed" or not same:
        raise PairingRefused
    return msgspec.structs.replace(pairing, state="confirmed" if confirmed else "refused")


class Pairings:
    """Pairings on their way, kept under blinded codes."""

    def __init__(self, pending: Pending, keeping: Keeping, limits: Limits) -> None:
        self._pending = pending
        self._keeping = keeping
        self._limits = limits

    def offer(
        self,
        *,
        merchant_id: str,
        outlet_id: str,
        till_id: str,
        by: str,
        now: datetime,
        random_bytes: bytes,
    ) -> str:
        """The code to show (`ABCD-EFGH`), from 8 random bytes.

        Raises:
            ValueError: not 8 bytes.
            Busy: not now.

        """
        if len(random_bytes) != CHARACTERS:
            raise ValueError("a code of pairing takes 8 random bytes")
        code = crockford(random_bytes)
        offered = Pairing(merchant_id=merchant_id, outlet_id=outlet_id, till_id=till_id, by=by)
        written = msgspec.json.encode(offered)
        self._pending.put("pairing", self._about(code), written, now=now, lasts=LASTS)
        return f"{code[:4]}-{code[4:]}"

    def claim(
        self, code: str, *, address: str, now: datetime, randomness: Callable[[int], bytes]
    ) -> Claimed:
        """Take a code up on a device.

        Raises:
            PairingRefused: it is wrong, used or too old.
            TooManyRequests: it was tried too often from here, or from everywhere.
            Busy: not now.

        """
        self._limits.check(PAIRING_ADDRESS, "pairing", address, now=now)
        self._limits.check(PAIRING_ALL, "pairing-all", "", now=now)
        secret, chosen = randomness(32), int.from_bytes(randomness(8)) % _SPACE
        word = f"{WORDS[chosen % len(WORDS)]} {chosen // len(WORDS):02}"

        def change(offered: Pairing) -> tuple[Pairing, str]:
            key, key_hash = make_till_key(offered.merchant_id, offered.till_id, secret)
            return claimed(offered, key_hash=key_hash, check_word=word), key

        key = self._change(normal(code), change, now)
        self._limits.forget("pairing", address)
        return Claimed(key, word)

    def look(self, code: str, *, now: datetime) -> Pairing:
        """A pairing on its way, for the officer who waits and the device that does.

        Raises:
            PairingRefused: it is unknown, over or collected.
            Busy: not now.

        """
        kept = self._pending.look("pairing", self._about(normal(code)), now=now)
        return _read(kept)

    def judge(
        self, code: str, *, check_word: str, confirmed: bool, by: str, now: datetime
    ) -> Pairing:
        """Confirm or refuse the device that waits; the till is to be paired with its key's hash.

        Raises:
            PairingRefused: none waits, another than the officer saw, or it is another's to judge.
            Busy: not now.

        """

        def change(pairing: Pairing) -> tuple[Pairing, Pairing]:
            if pairing.by != by:
                raise PairingRefused
            after = judged(pairing, check_word=check_word, confirmed=confirmed)
            return after, after

        return self._change(normal(code), change, now)

    def collect(self, code: str, *, key_hash: str, now: datetime) -> State:
        """How it stands with the device holding this key; what is decided is then forgotten.

        Raises:
            PairingRefused: it is over, or another device's.
            Busy: not now.

        """

        def change(kept: bytes | None) -> tuple[bytes | None, State]:
            pairing = _read(kept)
            if not hmac.compare_digest(pairing.key_hash, key_hash):
                raise PairingRefused
            return (kept if pairing.state == "claimed" else None), pairing.state

        return self._pending.decide("pairing", self._about(normal(code)), change, now=now)

    def _change(
        self, code: str, change: Callable[[Pairing], tuple[Pairing, T]], now: datetime
    ) -> T:
        def changed(kept: bytes | None) -> tuple[bytes | None, T]:
            after, answer = change(_read(kept))
            return msgspec.json.encode(after), answer

        return self._pending.decide("pairing", self._about(code), changed, now=now)

    def _about(self, code: str) -> str:
        return self._keeping.blind("pairing", code)


def _read(kept: bytes | None) -> Pairing:
    if kept is None:
        raise PairingRefused
    return msgspec.json.decode(kept, type=Pairing)
