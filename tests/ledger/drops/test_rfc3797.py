"""The draw selects as RFC 3797 does, and a falsified published draw is detected."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.drops import rfc3797
from ledger.drops.rfc3797 import Frozen, ListedEntry, Published, Seed
from ledger.drops.terms import SeedRule
from ledger.errors import InputInvalid

ROSES, TULIPS, PILLOW = ("rose-garden", "1-may"), ("rose-garden", "2-may"), ("pillow", "hall")
CLOSED = datetime(2019, 4, 25, 10, tzinfo=UTC)
BALLS = [[3, 8, 14, 22, 27, 33, 7], [2, 381_260_442]]
KEY = "3.7.8.14.22.27.33./2.381260442./"
NOMCOM_2012 = [[17, 20, 22, 35, 38, 48, 36], [90193202], [55598744], [11, 17, 21, 48, 50, 9, 10]]
NOMCOM_2013 = [[7, 8, 11, 17, 19, 25, 46], [8285182], [60115701], [2, 3, 18, 26, 32, 33, 42]]

sources = st.lists(st.lists(st.integers(0, 10**9), min_size=1, max_size=7), min_size=1, max_size=3)
weights = st.lists(st.integers(1, 2), max_size=30)


def entry(
    number: int, where: tuple[str, str] = ROSES, party: int = 1, weight: int = 1
) -> ListedEntry:
    return ListedEntry(number, f"entry-{number}", *where, party, weight)


def published(
    entries: Sequence[ListedEntry], places: dict[tuple[str, str], int], numbers: list[list[int]]
) -> Published:
    """Return a correct draw, closed in the morning, with numbers the same night."""
    hashed = rfc3797.entries_hash("may-day", entries)
    return Published(
        format="hongka-draw-1",
        drop="may-day",
        title="玫瑰园 1 May",
        rule=SeedRule(
            statement="RFC 3797 over the numbers below",
            source="双色球 2019047",
            day=date(2019, 4, 25),
        ),
        places=[(*where, left) for where, left in places.items()],
        frozen=Frozen(len(entries), hashed, CLOSED),
        seed=Seed(numbers, CLOSED + timedelta(hours=4)),
        entries=list(entries),
        winners=rfc3797.winners(entries, places, rfc3797.key_string(numbers)),
    )


@st.composite
def draws(choose: st.DrawFn) -> Published:
    """Return a strategy for correct draws."""
    ids = choose(st.lists(st.text(st.characters(codec="utf-8")), unique=True, max_size=12))
    wheres = st.sampled_from([ROSES, TULIPS, PILLOW])
    entries = [
        ListedEntry(
            number, entry_id, *choose(wheres), choose(st.integers(1, 4)), choose(st.integers(1, 2))
        )
        for number, entry_id in enumerate(ids, 1)
    ]
    places = {where: choose(st.integers(0, 8)) for where in (ROSES, TULIPS, PILLOW)}
    return published(entries, places, choose(sources))


def drawn_of(pool: int, key: str) -> list[int]:
    return [index + 1 for index in rfc3797.sequence([1] * pool, key)]


@pytest.mark.parametrize(
    ("pool", "numbers", "key", "first"),
    [
        pytest.param(
            25,
            [[9319], [2, 5, 12, 8, 10], [9, 18, 26, 34, 41, 45]],
            "9319./2.5.8.10.12./9.18.26.34.41.45./",
            [17, 7, 2, 16, 25, 23, 8, 24, 19, 13],
            id="RFC 3797, section 6",
        ),
        pytest.param(
            134,
            NOMCOM_2012,
            "17.20.22.35.36.38.48./90193202./55598744./9.10.11.17.21.48.50./",
            [90, 25, 92, 126, 24, 31, 122, 96, 81, 132, 2, 41],
            id="the IETF's draw of 2012",
        ),
        pytest.param(
            154,
            NOMCOM_2013,
            "7.8.11.17.19.25.46./8285182./60115701./2.3.18.26.32.33.42./",
            [138, 151, 89, 112, 117, 145, 118, 143, 144, 122, 95, 139],
            id="the IETF's draw of 2013, a number with a leading zero",
        ),
    ],
)
def test_draws_of_others_come_out_the_same(
    pool: int, numbers: list[list[int]], key: str, first: list[int]
) -> None:
    assert rfc3797.key_string(numbers) == key
    assert drawn_of(pool, key)[: len(first)] == first


def test_the_largest_pool_is_drawn_as_by_the_program_in_the_rfc() -> None:
    drawn = drawn_of(rfc3797.LOTS_MAX, rfc3797.key_string(BALLS))

    # The output of the RFC's C program, with its too small `malloc` corrected.
    assert drawn[:4] == [2903, 21910, 31369, 13696]
    assert sha256(" ".join(map(str, drawn)).encode()).hexdigest() == (
        "f35a01abb0a384f9fbccc9cda1fccd70246042c6fb8a299c5c0e62f778523184"
    )


@pytest.mark.parametrize(
    "numbers",
    [
        [],
        [[]],
        [[7], []],
        [[-1]],
        [[2**53]],
        [[7]] * 17,
        [[7] * 17],
        [[2**53 - 1] * 16] * 2,  # 546 characters
    ],
)
def test_numbers_that_make_no_key_are_not_accepted(numbers: list[list[int]]) -> None:
    with pytest.raises(InputInvalid):
        rfc3797.key_string(numbers)


def test_sixteen_sources_and_the_largest_number_make_a_key() -> None:
    assert rfc3797.key_string([[0]] * 16) == "0./" * 16
    assert (
        rfc3797.key_string([[2**53 - 1, 0, *[7] * 14]]) == "0." + "7." * 14 + "9007199254740991./"
    )


def test_a_source_is_sorted_by_size_and_sources_keep_their_places() -> None:
    assert rfc3797.key_string([[33, 7, 100], [2]]) == "7.33.100./2./"
    assert rfc3797.key_string([[2], [33, 7, 100]]) == "2./7.33.100./"


def test_the_frozen_text_is_what_anybody_can_write_down() -> None:
    entries = [entry(1, ROSES, 3, 2), ListedEntry(2, '王"\n\x7f\x01', *PILLOW, 1, 1)]

    text = rfc3797.entries_text("may-day", entries)

    assert text == (
        'hongka-draw-1\n"may-day"\n'
        '[1,"entry-1","rose-garden","1-may",3,2]\n'
        '[2,"王\\"\\n\x7f\\u0001","pillow","hall",1,1]\n'
    )
    # The output of `sha256sum` for these bytes.
    assert (
        rfc3797.entries_hash("may-day", entries)
        == "c62bb500e0ed2fed8ebdeb3180444b1f6876e135c3bd9bbe6c62a7407c40deb2"
    )


def test_half_a_character_is_no_id() -> None:
    with pytest.raises(InputInvalid):
        rfc3797.entries_hash("may-day", [ListedEntry(1, "\ud800", *ROSES, 1, 1)])


@given(weights, sources)
def test_everybody_is_drawn_once(weights: list[int], numbers: list[list[int]]) -> None:
    drawn = list(rfc3797.sequence(weights, rfc3797.key_string(numbers)))

    assert sorted(drawn) == list(range(len(weights)))


@given(weights, sources)
def test_two_lots_are_two_neighbours_of_whom_the_first_drawn_counts(
    weights: list[int], numbers: list[list[int]]
) -> None:
    key = rfc3797.key_string(numbers)
    owners = [index for index, weight in enumerate(weights) for _ in range(weight)]

    singly = [owners[lot] for lot in rfc3797.sequence([1] * len(owners), key)]

    assert list(rfc3797.sequence(weights, key)) == list(dict.fromkeys(singly))


@pytest.mark.parametrize(
    ("weights", "key"),
    [
        ([1, 0], KEY),
        ([1, 3], KEY),
        ([2] * 32_767 + [1] * 2, KEY),
        ([1], ""),
        ([1], "七./"),
        ([1], "7" * 501),
    ],
)
def test_lots_that_cannot_be_drawn_are_not_accepted(weights: list[int], key: str) -> None:
    with pytest.raises(InputInvalid):
        rfc3797.sequence(weights, key)


def test_sixty_thousand_lots_are_drawn_only_as_far_as_asked() -> None:
    drawn = rfc3797.sequence([2] * 30_000, KEY)

    first = list(islice(drawn, 10))

    assert len(set(first)) == 10
    assert first + list(drawn) == list(rfc3797.sequence([2] * 30_000, KEY))


def test_two_lots_win_the_first_prize_about_twice_as_often_as_one() -> None:
    weights = [1, 2, 1, 2, 2, 1]
    times = 9_000

    first = Counter(next(rfc3797.sequence(weights, f"{seed}./")) for seed in range(times))

    for index, weight in enumerate(weights):
        assert first[index] == pytest.approx(times * weight / sum(weights), rel=0.1)


def test_who_is_drawn_wins_where_the_party_still_fits() -> None:
    parties = [entry(1, party=3), entry(2), entry(3, party=2), entry(4, party=2), entry(5, PILLOW)]
    assert drawn_of(5, KEY) == [3, 1, 2, 4, 5]

    won = rfc3797.winners(parties, {ROSES: 4, PILLOW: 1}, KEY)

    assert won == [3, 2, 5]


def test_a_session_without_places_gives_none() -> None:
    entries = [entry(1, TULIPS), entry(2, PILLOW), entry(3, ROSES)]

    assert rfc3797.winners(entries, {ROSES: 1, TULIPS: 0}, KEY) == [3]
    assert rfc3797.winners([], {ROSES: 1}, KEY) == []


@given(draws())
def test_no_place_is_given_twice_and_none_is_left_that_somebody_could_use(one: Published) -> None:
    left = {(item, session): places for item, session, places in one.places}
    for number in one.winners:
        won = one.entries[number - 1]
        left[won.item_id, won.session_id] -= won.party

    assert min(left.values()) >= 0
    assert len(set(one.winners)) == len(one.winners)
    for lost in one.entries:
        if lost.number not in one.winners:
            assert lost.party > left[lost.item_id, lost.session_id]


@given(draws())
def test_winners_stand_as_they_were_drawn(one: Published) -> None:
    drawn = rfc3797.sequence(
        [each.weight for each in one.entries], rfc3797.key_string(one.seed.numbers)
    )

    assert one.winners == [index + 1 for index in drawn if index + 1 in one.winners]


@pytest.mark.parametrize(
    "entries", [[entry(2)], [entry(1), entry(1)], [entry(1, party=0)], [entry(1, weight=3)]]
)
def test_entries_that_cannot_be_drawn_are_not_accepted(entries: list[ListedEntry]) -> None:
    with pytest.raises(InputInvalid):
        rfc3797.winners(entries, {ROSES: 1}, KEY)
