"""An app in which every API path of a fuzzing client finds an existing resource."""

from typing import Any

from ledger.drops.rfc3797 import CHINA
from ledger.drops.terms import Item, Mode, SeedRule, Session
from tests.support.app import LI_CARD, OFFICER
from tests.support.app_with_drop import DAY, LI, WANG, DropApp
from tests.support.offline_till import OfflineTill

SPRING = "spring"


class FuzzApp:
    """An app with drops, tickets and a waiting list, so that random requests find something."""

    def __init__(self, drop_app: DropApp) -> None:
        self.drop_app = drop_app
        drop_app.services.ledger.officers.families.name_proxy(LI, proxy_id=WANG, by=OFFICER)
        seed = SeedRule(
            statement="排列五", source="pl5", day=(drop_app.now + 3 * DAY).astimezone(CHINA).date()
        )
        drop_app.announce("lots", opens_at=drop_app.now, mode=Mode.DRAW, seed_rule=seed)
        fields = {"per_member": 20, "returns_until": drop_app.now + DAY}
        drop_app.announce(SPRING, opens_at=drop_app.now, items=(self._garden(),), **fields)
        drop_app.claim(LI, drop=SPRING, session="afternoon")
        drop_app.claim(WANG, drop="lots")
        drop_app.wait(WANG, drop=SPRING, session="afternoon")
        self.ticket = drop_app.ticket(WANG, "used", drop=SPRING, party=20)
        self.code = drop_app.ticket_code(WANG, self.ticket)
        self.given_back = drop_app.ticket(WANG, "k2", drop=SPRING)
        self.of_li = drop_app.ticket(LI, "k2", drop=SPRING)
        drop_app.use("u1", code=self.code, people=1)
        cake = {"code": drop_app.code(), "amount_minor": 100}
        drop_app.ask("PUT", "/redemptions/cake-1", cake, key=drop_app.gate_key)
        self.offline = OfflineTill(
            drop_app, merchant_id="rose-garden", till_id="gate-1", shows=drop_app.gate_key
        )
        self.late = self.offline.signed("late", self.offline.slip("late-1"))
        self.counted = self.offline.signed("count", {**self.offline.place, "highest": 1})

    def _garden(self) -> Item:
        sessions = tuple(
            Session(
                session_id=name,
                starts_at=self.drop_app.now,
                ends_at=self.drop_app.now + DAY,
                capacity=capacity,
            )
            for name, capacity in (("morning", 1_000), ("afternoon", 1))
        )
        return Item(
            item_id="garden",
            title="玫瑰园门票",
            kind="admission",
            sessions=sessions,
            party_max=20,
            supplier_id="rose-garden",
        )

    def path(self, method: str, where: str) -> dict[str, str]:
        """Return existing values for the parameters of a path; a PUT gets a new id."""
        ticket = self.given_back if where.endswith("/release") else self.ticket
        if "{member_id}" in where:
            ticket = self.of_li
        return {
            "drop_id": "lots" if where.endswith("/withdrawal") else SPRING,
            "ticket_id": ticket,
            "member_id": LI,
            "client_ms": "1556417403000",
            "page": "1",
            "before": "1000",
            **({} if method == "put" else {"redemption_id": "cake-1", "use_id": "u1"}),
            **({"redemption_id": "late-1"} if "/late-redemptions/" in where else {}),
        }

    def body(self, where: str) -> dict[str, Any]:
        """Return existing values for the fields of a body."""
        waits = "/waiting/" in where or where.endswith("/leaving")
        return {
            "item": "garden",
            "session": "afternoon" if waits else "morning",
            "member": LI,
            "ticket": self.ticket,
            "code": self.code if "/uses/" in where else self.drop_app.code(),
            "choices": ["tenth-off"],
            "collector_code": self.drop_app.code(LI_CARD),
            **(self.late if "/late-redemptions/" in where else {}),
            **(self.counted if where.endswith("/till/count") else {}),
            **(self.offline.key_signed() if where.endswith("/till/device-key") else {}),
        }
