"""A NUL that an old release recorded stops neither the projections nor the member's purchases."""

from pathlib import Path

import msgspec
import pytest

from ledger import event
from ledger.store import Draft, at_text
from projections import members
from projections.engine.runner import catch_up
from tests.support.app import App

CARD = "c1c2c3c4c5c6c7c8c9cacbcc"


def record_old_member(app: App) -> None:
    fact = {"member_id": "old", "branch": "密云\0工会", "employer": "\x01\u202e厂", "groups": []}
    payload = msgspec.json.encode(fact).decode()
    with app.services.ledger.store.locked() as tx:
        at = at_text(tx.now)
        tx.append([Draft("member-old", 1, "member.registered", at, payload, "{}", None)])


def test_a_member_whose_branch_holds_a_nul_of_an_old_release_buys_and_is_shown(
    app_any_db: App,
) -> None:
    # Given a log of release 2026.11.2 with a member whose branch holds a NUL
    ledger, views = app_any_db.services.ledger, app_any_db.services.views
    record_old_member(app_any_db)
    ledger.officers.cards.issue_card(CARD, member_id="old", by="officer-zhao")
    # When the member buys, and the projections follow
    answer = app_any_db.redeem("r1", code=app_any_db.code(CARD))
    catch_up(views, ledger.facts)
    # Then no projection stops, and a mark stands for each odd character
    assert answer.status_code == 201
    with views.reading() as connection:
        shown = members.member(connection, "old")
    assert shown == members.MemberOverview("old", "密云\ufffd工会", "\ufffd\ufffd厂", CARD)


@pytest.mark.postgres
def test_such_a_fact_as_it_is_stored_stops_a_projection(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a program that reads facts as they are stored
    app = App(postgres_url, tmp_path / "var")
    monkeypatch.setattr(event, "sound_json", lambda text: text)
    # When it meets a NUL
    record_old_member(app)
    # Then a projection stops
    with pytest.raises(ExceptionGroup, match="projections stopped"):
        catch_up(app.services.views, app.services.ledger.facts)
    app.close()
