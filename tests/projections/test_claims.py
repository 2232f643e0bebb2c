import pandas as pd
import pytest
from msgspec.structs import replace

from ledger.drops.events import Claimed, Released
from ledger.event import Fact
from ledger.offers.grant import Made, Withdrawn
from projections.claims import claims
from tests.support.event_history_drops import MEMBERS, SLOTS, drop_history_of
from tests.support.event_history_random_drops import random_drop_history, view_rows

GARDEN, SECOND_DAY, PILLOW = SLOTS
STEPS = (
    ("claim", "may-day", "m1", GARDEN, 3),  # of gulou, in no group
    ("claim", "may-day", "m2", GARDEN, 2),  # of bridge, a model worker
    ("claim", "may-day", "m4", PILLOW, 1),  # of gulou, in hardship and a model worker
    ("claim", "spring", "m4", GARDEN, 1),
    ("release", 0),
)


def test_claims_are_summed_by_branch(database_url: str) -> None:
    history = drop_history_of(*STEPS)

    with view_rows(database_url, history.facts) as connection:
        rows = claims(connection, ["branch"], drop_id="may-day")

    assert rows == [
        {"branch": "bridge", "claims": 1, "releases": 0, "places": 2},
        {"branch": "gulou", "claims": 2, "releases": 1, "places": 1},
    ]


def test_a_member_counts_in_each_group_and_once_in_all(database_url: str) -> None:
    history = drop_history_of(*STEPS)

    with view_rows(database_url, history.facts) as connection:
        rows = claims(connection, ["group"])
        (hardship,) = claims(connection, [], group="hardship", drop_id="spring")
        (of_all,) = claims(connection, [])

    assert [(row["group"], row["claims"]) for row in rows] == [
        ("", 1),
        ("hardship", 2),
        ("model-worker", 3),
    ]
    assert hardship == {"claims": 1, "releases": 0, "places": 1}
    assert of_all == {"claims": 4, "releases": 1, "places": 4}


def test_a_group_called_like_a_word_of_the_table_is_a_group(database_url: str) -> None:
    history = drop_history_of(*STEPS[:1])
    odd = [_in_groups(fact, ("ticket", "group", "*", "group")) for fact in history.facts]

    with view_rows(database_url, odd) as connection:
        rows = claims(connection, ["group"])
        (of_all,) = claims(connection, [])

    assert [(row["group"], row["claims"]) for row in rows] == [
        ("*", 1),
        ("group", 1),
        ("ticket", 1),
    ]
    assert of_all["claims"] == 1


def test_a_grant_that_is_no_ticket_is_no_claim(database_url: str) -> None:
    history = drop_history_of(*STEPS)
    plain = [_without_ticket(fact) for fact in history.facts]

    with view_rows(database_url, plain) as connection:
        assert claims(connection, ["branch"]) == []


@pytest.mark.parametrize("seed", [1, 3])
def test_the_figures_are_those_of_a_recount(database_url: str, seed: int) -> None:
    history = random_drop_history(seed)
    frame = recounted(history.facts)
    keys = ["drop_id", "item_id", "session_id", "branch"]

    with view_rows(database_url, history.facts) as connection:
        rows = claims(connection, keys)
        by_group = claims(connection, ["group", "drop_id"])

    assert rows == _summed(frame, keys)
    each = frame.assign(group=[list(MEMBERS[one][1]) or [""] for one in frame["member"]])
    assert by_group == _summed(each.explode("group"), ["group", "drop_id"])
    assert sum(row["releases"] for row in rows) > 9


def recounted(log: list[Fact]) -> pd.DataFrame:
    """Return the claims and releases by the drops; the projection reads them from the grants."""
    lines = [
        {
            "drop_id": event.drop_id,
            "item_id": event.item_id,
            "session_id": event.session_id,
            "branch": MEMBERS[event.member_id][0],
            "member": event.member_id,
            "claims": int(isinstance(event, Claimed)),
            "releases": int(isinstance(event, Released)),
            "places": event.places * (1 if isinstance(event, Claimed) else -1),
        }
        for event in (fact.event for fact in log)
        if isinstance(event, Claimed | Released)
    ]
    return pd.DataFrame(lines)


def _summed(frame: pd.DataFrame, keys: list[str]) -> list[dict[str, object]]:
    sums = frame.groupby(keys, as_index=False)[["claims", "releases", "places"]].sum()
    return sums.to_dict("records")


def _in_groups(fact: Fact, groups: tuple[str, ...]) -> Fact:
    match fact.event:
        case Made(ticket=ticket) as made if ticket is not None:
            changed = replace(made, ticket=replace(ticket, groups=groups))
            return replace(fact, event=changed)
        case _:
            return fact


def _without_ticket(fact: Fact) -> Fact:
    match fact.event:
        case Made() | Withdrawn() as event:
            return replace(fact, event=replace(event, ticket=None))
        case _:
            return fact
