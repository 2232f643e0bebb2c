"""A member's own export: all that is kept about them, in one JSON document."""

from collections.abc import Iterator
from typing import Any

import msgspec

from ledger.event import Fact
from ledger.members import card, member
from pos_gateway.services import Services
from projections.engine.pages import every
from projections.history import HistoryRow, history


def exported(services: Services, member_id: str) -> dict[str, Any]:
    """Return all that is kept about a member as plain JSON values, times in ISO form.

    `uses` are the lines of their history, and `recorded` the facts of the ledger on the member and
    the card they hold now; of keys and sessions, nothing that signs anybody in.
    """
    held, plastic = services.ledger.find_holders([member_id])[member_id]
    subject = member.stream(member_id)
    told = {
        "made_at": services.clock(),
        "person": services.vault.get(member_id),
        "member": msgspec.structs.asdict(held) | {"keys": sorted(held.keys)},
        "card": plastic,
        "grants": dict(services.ledger.grants(member_id).held),
        "uses": [one._asdict() for one in _uses(services, member_id)],
        "sessions": [
            {name: getattr(one, name) for name in ("device", "methods", "begun_at", "seen_at")}
            for one in services.sessions.listed(subject)
        ],
        "passkeys": [
            {"label": one.label, "made_at": one.made_at, "used_at": one.used_at}
            for one in services.sign_in.passkeys.of(subject)
        ],
        "recorded": [
            {"at": one.at, "by": one.by, "what": one.topic, "event": one.event}
            for one in _facts(services, member_id, held.card_id)
        ],
    }
    plain: dict[str, Any] = msgspec.to_builtins(told, enc_hook=dict)  # a Map
    return plain


def _uses(services: Services, member_id: str) -> Iterator[HistoryRow]:
    return every(
        history, services.views.reading, lambda last: {"before": last.position}, member_id=member_id
    )


def _facts(services: Services, member_id: str, card_id: str) -> Iterator[Fact]:
    for stream in (member.stream(member_id), card_id and card.stream(card_id)):
        if stream:
            yield from services.ledger.facts_of(stream)
