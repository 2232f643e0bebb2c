"""Merchants, their outlets and their tills."""

from __future__ import annotations

from typing import Unpack

from ledger.event import Event
from ledger.merchants import merchant, till
from ledger.merchants.location import NOWHERE, Place
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
        return self._do(
            merchant.stream(merchant_id),
            lambda state: merchant.sign(
                state, merchant_id=merchant_id, name=name, categories=categories
            ),
            ["sign", name, categories],
            asking,
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
            lambda state: merchant.open_outlet(state, outlet_id=outlet_id, name=name, place=place),
            ["open", outlet_id, name, place],
            asking,
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
            lambda state: merchant.change_outlet(
                state, outlet_id=outlet_id, name=name, place=place
            ),
            ["change", outlet_id, name, place],
            asking,
        )

    def suspend_merchant(self, merchant_id: str, **asking: Unpack[Asking]) -> Event | None:
        """Take no cards at a merchant for now."""
        return self._do(merchant.stream(merchant_id), merchant.suspend, ["suspend"], asking)

    def resume_merchant(self, merchant_id: str, **asking: Unpack[Asking]) -> Event | None:
        """Take cards at a merchant again."""
        return self._do(merchant.stream(merchant_id), merchant.resume, ["resume"], asking)

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
            lambda state: merchant.pair_till(
                state, till_id=till_id, outlet_id=outlet_id, key_hash=key_hash
            ),
            ["pair", till_id, outlet_id, key_hash],
            asking,
        )

    def revoke_till(
        self, merchant_id: str, *, till_id: str, **asking: Unpack[Asking]
    ) -> Event | None:
        """Let a device scan no longer."""
        return self._do(
            merchant.stream(merchant_id),
            lambda state: merchant.revoke_till(state, till_id=till_id),
            ["revoke", till_id],
            asking,
        )

    def limit_till(
        self, merchant_id: str, *, till_id: str, limits: FloorLimits, **asking: Unpack[Asking]
    ) -> Event | None:
        """Set the floor limits of a till."""
        return self._do(
            merchant.stream(merchant_id),
            lambda state: till.limit(
                merchant.live_till(state, till_id), merchant_id=merchant_id, limits=limits
            ),
            ["limit", till_id, limits],
            asking,
        )

    def give_till_key(
        self, merchant_id: str, *, till_id: str, device_key: str, **asking: Unpack[Asking]
    ) -> Event | None:
        """Register the public signing key of a till; a new key begins a new series of numbers."""
        return self._do(
            merchant.stream(merchant_id),
            lambda state: till.give_key(
                merchant.live_till(state, till_id), merchant_id=merchant_id, device_key=device_key
            ),
            ["key", till_id, device_key],
            asking,
        )
