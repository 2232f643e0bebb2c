"""A member reads and takes along all that is kept about them, and nobody else's."""

from projections.engine.runner import catch_up
from tests.support.app import WANG_CARD, App
from tests.support.form_client import sign_in_member


def test_a_member_takes_along_all_that_is_kept_about_them(app: App) -> None:
    # Given a member who bought something, and signed in on a phone
    assert app.redeem("r1").status_code == 201
    visitor = sign_in_member(app)
    catch_up(app.services.views, app.services.ledger.facts)
    # When they open the page and download the file
    page = visitor.see("/card/export").text
    answer = visitor.see("/card/export/file")
    # Then both have it, and the file has nothing that signs anybody in
    assert "110228199003070017" in page
    assert answer.headers["Content-Disposition"] == 'attachment; filename="hongka.json"'
    kept = answer.get_json()
    assert kept["person"]["name"] == "王小明"
    assert (kept["card"]["card_id"], kept["card"]["status"]) == (WANG_CARD, "live")
    assert [one["entry_id"] for one in kept["uses"]] == ["r1"]
    assert [one["what"] for one in kept["recorded"]][:2] == [
        "member.registered",
        "member.card_received",
    ]
    assert kept["sessions"][0].keys() == {"device", "methods", "begun_at", "seen_at"}
