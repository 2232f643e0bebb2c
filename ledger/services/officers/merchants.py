"""Merchants, their outlets and their tills."""

from functools import partial
from typing import Unpack

import msgspec

from ledger.control.proposal import Stake
from ledger.control.table import Act
from ledger.event import Event
from ledger.merchants import merchant, till
from ledger.merchants.location import NOWHERE, Place
from ledger.merchants.merchant import Merchant
from ledger.merchants.till import FloorLimits
from ledger.services.base import Asking
from ledger.services.controlled import ControlledService, When, act
from ledger.write.state_batch import StateBatch


class MerchantService(ControlledService):
    """The verbs of officers on merchants, their outlets and their tills."""

    def sign_merchant(
        self,
        merchant_id: str,
        *,
        name: str,
        categories: tuple[str, ...] = (),
        **asking: Unpack[Asking],
    ) -> Event | None:
        """Sign a merchant that may accept cards; return None if signed with the same attributes.

        `categories` are the kinds of its business, such as `restaurant`; empty means any.
        """
        sign = partial(merchant.sign, merchant_id=merchant_id)
        return self._do(
            merchant.stream(merchant_id), "sign", sign, asking, name=name, categories=categories
        )

    def open_outlet(
        self,
        merchant_id: str,
        *,
        outlet_id: str,
        name: str,
        place: Place = NOWHERE,
        **asking: Unpack[Asking],
    ) -> Event | None:
        """Open an outlet of a merchant; return None, and change nothing, if it is open already."""
        stream, verb = merchant.stream(merchant_id), merchant.open_outlet
        return self._do(stream, "open", verb, asking, outlet_id=outlet_id, name=name, place=place)

    def change_outlet(
        self, merchant_id: str, *, outlet_id: str, name: str, place: Place, **asking: Unpack[Asking]
    ) -> Event | None:
        """Replace the name and location of an outlet; return None if both are the same."""
        stream, verb = merchant.stream(merchant_id), merchant.change_outlet
        return self._do(stream, "change", verb, asking, outlet_id=outlet_id, name=name, place=place)

    def suspend_merchant(self, merchant_id: str, **asking: Unpack[Asking]) -> Event | None:
        """Suspend a merchant: it accepts no cards until resumed. None if suspended already."""
        return self._do(merchant.stream(merchant_id), "suspend", merchant.suspend, asking)

    def resume_merchant(self, merchant_id: str, **asking: Unpack[Asking]) -> Event | None:
        """End the suspension of a merchant; return None if it is not suspended."""
        return self._do(merchant.stream(merchant_id), "resume", merchant.resume, asking)

    def pair_till(
        self,
        merchant_id: str,
        *,
        till_id: str,
        outlet_id: str,
        key_hash: str,
        **asking: Unpack[Asking],
    ) -> Event | None:
        """Pair a till with an outlet; None if paired like this, refused if paired otherwise.

        `key_hash` is the SHA-256, in hex, of the secret of the till's API key.
        """
        stream, pair = merchant.stream(merchant_id), merchant.pair_till
        return self._do(
            stream, "pair", pair, asking, till_id=till_id, outlet_id=outlet_id, key_hash=key_hash
        )

    def revoke_till(
        self, merchant_id: str, *, till_id: str, **asking: Unpack[Asking]
    ) -> Event | None:
        """Revoke a till for good: it may scan no more. Return None if it is revoked already."""
        return self._do(
            merchant.stream(merchant_id), "revoke", merchant.revoke_till, asking, till_id=till_id
        )

    def limit_till(
        self, merchant_id: str, *, till_id: str, limits: FloorLimits, **asking: Unpack[Asking]
    ) -> Event | None:
        """Set the limits of a till's offline redemptions; return None if they are the same.

        Limits above the usual ones are confirmed by a second person.
        """
        asked = [merchant.stream(merchant_id), "limit", till_id, limits]
        told = {"merchant_id": merchant_id, "till_id": till_id, "limits": limits}
        return self._act(Act.LIMIT_TILL, asked, asking, told)

    def give_till_key(
        self, merchant_id: str, *, till_id: str, device_key: str, **asking: Unpack[Asking]
    ) -> Event | None:
        """Register the public signing key of a till; return None if it is the same.

        It is Ed25519 (32 bytes) or P-256 (65 bytes), in hex. A new key begins a new series of
        serial numbers for offline redemptions.
        """

        def give(state: Merchant, *, till_id: str, device_key: str) -> list[Event]:
            known = merchant.live_till(state, till_id)
            return till.give_key(known, merchant_id=merchant_id, device_key=device_key)

        stream = merchant.stream(merchant_id)
        return self._do(stream, "key", give, asking, till_id=till_id, device_key=device_key)


def _above_usual(
    *_now: object, merchant_id: str, limits: FloorLimits, **_till: str
) -> Stake | None:
    usual, asked = msgspec.structs.astuple(till.USUAL), msgspec.structs.astuple(limits)
    above = any(one > most for one, most in zip(asked, usual, strict=True))
    stake = Stake(subject=merchant.stream(merchant_id), most_minor=limits.amount_minor)
    return stake if above else None


@act(Act.LIMIT_TILL, _above_usual)
def _limit(
    states: StateBatch, _when: When, *, merchant_id: str, till_id: str, limits: FloorLimits
) -> list[Event]:
    known = merchant.live_till(states[merchant.stream(merchant_id)], till_id)
    return till.limit(known, merchant_id=merchant_id, limits=limits)
