"""Members' API keys, proxies and households."""

from datetime import datetime
from typing import Unpack

from ledger.control.independence import check_not_own_household
from ledger.event import Event
from ledger.members import authorization, member
from ledger.services.base import Asking, Service
from ledger.services.controlled import OFFICER
from ledger.write.state_batch import StateBatch


class FamilyService(Service):
    """The verbs of officers on members' API keys, proxies and households."""

    def make_member_key(
        self, member_id: str, *, key_id: str, key_hash: str, **asking: Unpack[Asking]
    ) -> Event | None:
        """Give a member an API key for a program that acts for them; None if it is live already.

        `key_hash` is the SHA-256, in hex, of the key's secret.
        """
        stream = member.stream(member_id)
        return self._do(
            stream, "make_key", authorization.make_key, asking, key_id=key_id, key_hash=key_hash
        )

    def end_member_key(
        self, member_id: str, *, key_id: str, **asking: Unpack[Asking]
    ) -> Event | None:
        """End a member's API key: it is refused from now on. Return None if no such key is live."""
        return self._do(
            member.stream(member_id), "end_key", authorization.end_key, asking, key_id=key_id
        )

    def name_proxy(
        self, member_id: str, *, proxy_id: str, **asking: Unpack[Asking]
    ) -> Event | None:
        """Let another registered member, `proxy_id`, act for `member_id`; None if already so."""

        def decide(states: StateBatch, _at: datetime) -> list[Event]:
            member.check_known(states[member.stream(proxy_id)])
            return authorization.name_proxy(states[member.stream(member_id)], proxy_id=proxy_id)

        reads = [member.stream(member_id), member.stream(proxy_id)]
        return self._ask(decide, reads, ["name_proxy", member_id, proxy_id], asking)

    def end_proxy(self, member_id: str, *, proxy_id: str, **asking: Unpack[Asking]) -> Event | None:
        """Stop the member `proxy_id` from acting for `member_id`; return None if they could not."""
        stream = member.stream(member_id)
        return self._do(stream, "end_proxy", authorization.end_proxy, asking, proxy_id=proxy_id)

    def change_household(
        self, member_id: str, *, household_id: str, **asking: Unpack[Asking]
    ) -> Event | None:
        """Set the household of a member (empty: none); return None if it is the same.

        An officer who is tied to the member, or to one of either household, gets OwnHousehold.
        """
        stream, by = member.stream(member_id), asking.get("by", "")

        def decide(states: StateBatch, at: datetime) -> list[Event]:
            changed = member.change_household(states[stream], household_id=household_id, at=at)
            if changed and by.startswith(OFFICER):
                check_not_own_household(states, by, stream, household_id, at=at)
            return changed

        return self._ask(decide, [stream], [stream, "change_household", household_id], asking)
