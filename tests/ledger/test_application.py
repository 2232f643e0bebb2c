"""The facade of the ledger: the log, past states, and the library's own readers."""

from contextlib import closing
from datetime import UTC
from typing import Any

import pytest
from eventsourcing.application import AggregateNotFoundError
from eventsourcing.projection import ApplicationSubscription

from ledger.application import Ledger, Recorded
from ledger.event import UnknownTopic
from ledger.members.card import Status
from ledger.members.member import CardReceived
from ledger.store import Draft, Unavailable, Unfit, at_text
from tests.support.ledger_fixture import event_count, scan


def test_a_stream_is_read_as_it_was_at_any_version(ledger: Ledger) -> None:
    ledger.officers.cards.block_card("c1")
    ledger.officers.cards.unblock_card("c1")

    get = ledger.repository.get
    assert [get("card-c1", version=version).status for version in (1, 2, 3)] == [
        Status.LIVE,
        Status.BLOCKED,
        Status.LIVE,
    ]
    assert get("card-c1") == ledger.card("c1")


def test_what_never_happened_is_not_found(ledger: Ledger) -> None:
    with pytest.raises(AggregateNotFoundError):
        ledger.repository.get("card-c9")
    with pytest.raises(AggregateNotFoundError):
        ledger.repository.get("card-c1", version=0)


def test_the_notification_log_holds_every_fact_in_its_order(ledger: Ledger) -> None:
    notifications = ledger.notification_log.select(start=1, limit=10)

    assert [one.id for one in notifications] == list(range(1, 11))
    facts = ledger.facts(0, 10)
    assert [one.topic for one in notifications] == [fact.topic for fact in facts]
    read: list[Any] = [ledger.mapper.to_domain_event(one) for one in notifications]
    assert [one.event for one in read] == [fact.event for fact in facts]


def test_the_library_follows_our_log(ledger: Ledger) -> None:
    with ApplicationSubscription(ledger, gt=0) as subscription:
        followed = [next(subscription) for _ in range(event_count(ledger))]
        ledger.tills.redemptions.redeem("r1", scan("c1"))
        event, tracking = next(subscription)

    assert [tracking.notification_id for _, tracking in followed] == list(
        range(1, len(followed) + 1)
    )
    assert (event.originator_id, event.originator_version) == ("redemption-m1", 1)
    assert (tracking.application_name, tracking.notification_id) == ("hongka", event_count(ledger))


def test_events_of_the_librarys_kind_are_recorded_as_ours(ledger: Ledger) -> None:
    received = Recorded("member-m1", 3, CardReceived(member_id="m1", card_id="c7"))

    ledger.save(received)

    assert ledger.facts(event_count(ledger) - 1, 10)[0].event == received.event
    assert ledger.member("m1").card_id == "c7"


def test_a_fact_says_who_acted_when_and_for_which_request(ledger: Ledger) -> None:
    before = event_count(ledger)
    ledger.tills.redemptions.redeem("r1", scan("c1", "care"))

    first, second = ledger.facts(before, 10)
    assert (first.topic, first.by, first.request_id) == ("redemption.made", "till-t1", "redeem/r1")
    assert (second.topic, second.by, second.request_id) == ("fund.reserved", "till-t1", None)
    assert first.at == second.at
    assert first.at.tzinfo is UTC
    assert [fact.position for fact in ledger.facts(before, 1)] == [before + 1]


def test_a_fact_of_a_newer_program_is_named(ledger: Ledger) -> None:
    with ledger.store.locked() as tx:
        tx.append([Draft("activity-a1", 1, "activity.opened", at_text(tx.now), "{}", "{}", None)])

    with pytest.raises(UnknownTopic, match="activity"):
        ledger.facts(event_count(ledger) - 1, 1)


def test_what_was_recorded_is_there_when_the_ledger_is_opened_again(
    ledger: Ledger, database_url: str
) -> None:
    made = ledger.tills.redemptions.redeem("r1", scan("c1", "hair"))
    ledger.close()

    with closing(Ledger(database_url)) as again:
        assert again.tills.redemptions.find("r1") == made
        assert again.tills.redemptions.redeem("r1", scan("c1", "hair")).replayed


def test_a_database_out_of_reach_is_not_opened() -> None:
    with pytest.raises(Unavailable):
        Ledger("postgresql://nobody@127.0.0.1:1/nowhere")


@pytest.mark.postgres
def test_a_database_that_could_lose_facts_is_not_opened(postgres_url: str) -> None:
    with pytest.raises(Unfit):
        Ledger(f"{postgres_url}?options=-c%20synchronous_commit%3Doff")
