"""A NUL that an old release recorded stops neither the projections nor the member's purchases."""

from __future__ import annotations

import msgspec

from ledger.store import Draft, at_text
from projections import members
from projections.engine.runner import catch_up
from tests.support.app import App

CARD = "c1c2c3c4c5c6c7c8c9cacbcc"


def test_a_member_whose_branch_holds_a_nul_of_an_old_release_buys_and_is_shown(
    app_any_db: App,
) -> None:
    # Given a log of release 2026.11.2 with a member whose branch holds a NUL
    ledger, views = app_any_db.services.ledger, app_any_db.services.views
    fact = {"member_id": "old", "branch": "密云\0工会", "employer": "\x01\u202e厂", "groups": []}
    payload = msgspec.json.encode(fact).decode()
    with ledger.store.locked() as tx:
        at = at_text(tx.now)
        tx.append([Draft("member-old", 1, "member.registered", at, payload, "{}", None)])
    ledger.officers.cards.issue_card(CARD, member_id="old", by="officer-zhao")
    # When the member buys, and the projections follow
    answer = app_any_db.redeem("r1", code=app_any_db.code(CARD))
    catch_up(views, ledger.facts)
    # Then no projection stops, and a mark stands for each odd character
    assert answer.status_code == 201
    with views.reading() as connection:
        shown = members.member(connection, "old")
    assert shown == members.MemberOverview("old", "密云\ufffd工会", "\ufffd\ufffd厂", CARD)
