"""Merchants, their outlets and their tills."""

from __future__ import annotations

from functools import partial
from typing import Unpack

from ledger.event import Event
from ledger.merchants import merchant, till
from ledger.merchants.location import NOWHERE, Place
from ledger.merchants.merchant import Merchant
from ledger.merchants.till import FloorLimits
from ledger.services.base import Asking, Service


class MerchantService(Service):
    """Verbs on merchants."""

    def sign_merchant(
        self,
        merchant_id: str,
        *,
        name: str,
        categories: tuple[str, ...] = (),
        **asking: Unpack[Asking],
    ) -> Event | None:
        """Designate a merchant."""
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
        """Let a place of the business take cards."""
        return self._do(
            merchant.stream(merchant_id),
            "open",
            merchant.open_outlet,
            asking,
            outlet_id=outlet_id,
            name=name,
            place=place,
        )

    def change_outlet(
        self,
        merchant_id: str,
        *,
        outlet_id: str,
        name: str,
        place: Place,
        **asking: Unpack[Asking],
    ) -> Event | None:
        """Record a new name and location of an outlet."""
        return self._do(
            merchant.stream(merchant_id),
            "change",
            merchant.change_outlet,
            asking,
            outlet_id=outlet_id,
            name=name,
            place=place,
        )

    def suspend_merchant(self, merchant_id: str, **asking: Unpack[Asking]) -> Event | None:
        """Take no cards at a merchant for now."""
        return self._do(merchant.stream(merchant_id), "suspend", merchant.suspend, asking)

    def resume_merchant(self, merchant_id: str, **asking: Unpack[Asking]) -> Event | None:
        """Take cards at a merchant again."""
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
        """Let a device scan at an outlet."""
        return self._do(
            merchant.stream(merchant_id),
            "pair",
            merchant.pair_till,
            asking,
            till_id=till_id,
            outlet_id=outlet_id,
            key_hash=key_hash,
        )

    def revoke_till(
        self, merchant_id: str, *, till_id: str, **asking: Unpack[Asking]
    ) -> Event | None:
        """Stop a till from scanning."""
        return self._do(
            merchant.stream(merchant_id), "revoke", merchant.revoke_till, asking, till_id=till_id
        )

    def limit_till(
        self, merchant_id: str, *, till_id: str, limits: FloorLimits, **asking: Unpack[Asking]
    ) -> Event | None:
        """Set the floor limits of a till."""

        def limit(state: Merchant, *, till_id: str, limits: FloorLimits) -> list[Event]:
            known = merchant.live_till(state, till_id)
            return till.limit(known, merchant_id=merchant_id, limits=limits)

        stream = merchant.stream(merchant_id)
        return self._do(stream, "limit", limit, asking, till_id=till_id, limits=limits)

    def give_till_key(
        self, merchant_id: str, *, till_id: str, device_key: str, **asking: Unpack[Asking]
    ) -> Event | None:
        """Register the public signing key of a till; a new key begins a new series of numbers."""

        def give(state: Merchant, *, till_id: str, device_key: str) -> list[Event]:
            known = merchant.live_till(state, till_id)
            return till.give_key(known, merchant_id=merchant_id, device_key=device_key)

        stream = merchant.stream(merchant_id)
        return self._do(stream, "key", give, asking, till_id=till_id, device_key=device_key)
