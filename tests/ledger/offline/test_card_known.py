"""The knowledge of a card that an offline till could have."""

from datetime import date

import msgspec
import pytest

from ledger.members.card import Device, Status
from ledger.offline.judgement import card_known
from tests.support import offline_purchase as offline
from tests.support.purchase_context import LIVE_CARD


def test_a_card_younger_than_the_sync_was_good_as_far_as_the_till_could_know() -> None:
    nobody = msgspec.structs.replace(LIVE_CARD, card_id="", status=Status.NONE)
    phone, tablet = (Device(name, "Ed25519", offline.SCAN) for name in ("phone", "tablet"))
    then = msgspec.structs.replace(LIVE_CARD, device=phone)
    synced = msgspec.structs.replace(LIVE_CARD, device=tablet)

    assert card_known(offline.DEAD, nobody, offline.haircut_report()).status is Status.LIVE
    assert card_known(LIVE_CARD, offline.DEAD, offline.haircut_report()).status is Status.BLOCKED
    assert card_known(then, synced, offline.haircut_report(device="phone")).device == phone
    assert card_known(then, synced, offline.haircut_report(device="tablet")).device == tablet


@pytest.mark.parametrize(
    ("status", "reason"), [(Status.BLOCKED, "card_blocked"), (Status.LIVE, "code_superseded")]
)
def test_of_a_superseded_number_a_till_knows_nothing(status: Status, reason: str) -> None:
    dead = msgspec.structs.replace(LIVE_CARD, status=status, code_hash="new")

    event = offline.contested(
        offline.decide_report(
            offline.haircut_report(code_hash="old", code_id=None),
            then=offline.haircut_context(card=dead),
            before=offline.haircut_context(
                card=card_known(dead, dead, offline.haircut_report(code_hash="old"))
            ),
        )
    )

    assert (event.reason, event.borne_by) == (reason, "union")


def test_a_sync_lists_blocked_plastic_but_no_last_day() -> None:
    printed = offline.haircut_report(code_hash="now")
    blocked = msgspec.structs.replace(offline.DEAD, code_hash="now", last_day=date(2026, 4, 30))

    known = card_known(blocked, blocked, printed)

    assert (known.status, known.last_day) == (Status.BLOCKED, None)
    assert card_known(blocked, LIVE_CARD, printed).status is Status.LIVE


def test_a_till_that_was_told_knows_the_card_as_it_was_then() -> None:
    printed = offline.haircut_report(code_hash="old")
    reprinted = msgspec.structs.replace(LIVE_CARD, code_hash="new", last_day=date(2026, 4, 30))

    assert card_known(reprinted, reprinted, printed, told=True) == reprinted
