"""A published draw is complete, can be checked by anybody, and names nobody."""

import subprocess
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from ledger import errors
from ledger.application import Ledger
from ledger.drops import rfc3797
from ledger.drops.events import Claimed
from ledger.members.authorization import Principal
from ledger.services.officers import draws
from tests.support import example_draw as ex
from tests.support.furnished_ledger import Furnish

VERIFY = Path(__file__).parents[4] / "scripts" / "verify_draw"
PLACES = 6


def furnish(ledger: Ledger) -> None:
    """Announce a draw that many want to be in."""
    ex.populate(ledger, ex.MEMBERS)


@pytest.fixture
def furnishing() -> Furnish:
    return furnish


def script(published: rfc3797.Published, folder: Path) -> int:
    """Run `scripts/verify_draw` on the document. Return its exit status."""
    (folder / "draw.json").write_bytes(msgspec.json.encode(published))
    ran = subprocess.run([VERIFY, folder / "draw.json"], capture_output=True, check=False)
    return ran.returncode


def test_every_winner_has_a_ticket_and_the_document_proves_it(
    ledger: Ledger, tmp_path: Path
) -> None:
    ex.close_draw(ledger)
    counts = list(ledger.officers.draws.award("may-day", by="officer-1"))

    published = ledger.officers.draws.published_draw("may-day")
    assert rfc3797.verify(published) == []
    assert script(published, tmp_path) == 0
    assert [f"m{number - 1}" for number in sorted(published.winners)] == sorted(ex.tickets(ledger))
    assert counts[-1] == len(published.winners)
    taken = ledger.state("drop-may-day").slots["garden/may-1"].taken
    assert 0 < taken <= PLACES
    assert (published.frozen.at, published.seed.at) == (ex.CLOSES, ex.SEEDED)
    assert published.rule.day == ex.SEED_DAY


def test_the_document_names_no_member(ledger: Ledger) -> None:
    ledger.officers.cards.register_member("wang-fang", branch="branch-miyun")
    ledger.officers.cards.issue_card("card-wang", member_id="wang-fang")
    ex.take(ledger, "wang-fang", ex.claim_request("wang-fang"))
    ex.close_draw(ledger)
    list(ledger.officers.draws.award("may-day", by="officer-1"))

    text = msgspec.json.encode(ledger.officers.draws.published_draw("may-day"))

    assert b"wang" not in text
    assert len(msgspec.json.decode(text)["entries"]) == ex.MEMBERS + 1


def test_what_was_tampered_with_is_found(ledger: Ledger, tmp_path: Path) -> None:
    ex.close_draw(ledger)
    list(ledger.officers.draws.award("may-day", by="officer-1"))
    sound = ledger.officers.draws.published_draw("may-day")

    for tampered in (
        replace(sound, winners=sound.winners[::-1]),
        replace(sound, winners=sound.winners[1:]),
        replace(sound, entries=[replace(sound.entries[0], weight=1), *sound.entries[1:]]),
        replace(sound, places=[("garden", "may-1", PLACES - 5), *sound.places[1:]]),
        replace(sound, seed=replace(sound.seed, numbers=[[1]])),
        replace(sound, drop="june"),
    ):
        assert rfc3797.verify(tampered)
        assert script(tampered, tmp_path) == 1


def test_what_is_not_drawn_is_not_published(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(draws, "AWARDED_AT_ONCE", 1)
    with pytest.raises(errors.DropUnknown):
        ledger.officers.draws.published_draw("june")
    with pytest.raises(errors.NotFrozen):
        ledger.officers.draws.published_draw("may-day")
    ex.enter_all(ledger)
    ledger.officers.draws.freeze_entries("may-day", by="officer-1", at=ex.CLOSES)
    with pytest.raises(errors.SeedNotFixed):
        ledger.officers.draws.published_draw("may-day")
    with pytest.raises(errors.SeedNotFixed):
        list(ledger.officers.draws.award("may-day", by="officer-1"))
    ledger.officers.draws.fix_seed("may-day", numbers=ex.BALLS, by="officer-1", at=ex.SEEDED)
    assert next(ledger.officers.draws.award("may-day", by="officer-1")) == 1
    with pytest.raises(errors.Busy):
        ledger.officers.draws.published_draw("may-day")
    ledger.officers.drops.cancel_drop("may-day", reason="闭园")
    with pytest.raises(errors.DropCancelled):
        ledger.officers.draws.published_draw("may-day")


def test_a_list_is_not_frozen_after_the_numbers_came_out(ledger: Ledger) -> None:
    ex.enter_all(ledger)

    with pytest.raises(errors.FrozenTooLate):
        ledger.officers.draws.freeze_entries("may-day", by="o", at=ex.SEEDED + timedelta(days=1))


def test_who_takes_what_a_winner_gave_back_is_no_winner(ledger: Ledger) -> None:
    ex.close_draw(ledger)
    list(ledger.officers.draws.award("may-day", by="officer-1"))
    before = ledger.officers.draws.published_draw("may-day")
    ledger.officers.drops.amend_drop(
        "may-day", plan=ex.plan(waiting_max=9, title="五一候补"), reason="候补"
    )
    winner, ticket_id = min(ex.tickets(ledger).items())
    loser = next(n for n in range(ex.MEMBERS) if f"m{n}" not in ex.tickets(ledger))
    ledger.members.claims.join(ex.claim_request("w"), Principal(member_id=f"m{loser}"))
    ledger.members.claims.release(ticket_id, Principal(member_id=winner))
    assert isinstance(ex.take(ledger, f"m{loser}", ex.claim_request("late")), Claimed)

    after = ledger.officers.draws.published_draw("may-day")

    assert rfc3797.verify(after) == []
    assert replace(after, title=before.title) == before
