from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import msgspec
import psycopg
import pytest

from ledger.application import Ledger
from ledger.drops.plan_check import check_plan
from ledger.drops.terms import Audience, Item, Mode, Plan, Session
from ledger.store import Unavailable
from ledger.store.scratch_database import database_beside
from ledger.write.streams import category_of
from pos_gateway.auth.api_key import member_of
from pos_gateway.rehearsal.copy import NEEDED, CopyNotEmpty, copy_members, place, players
from pos_gateway.rehearsal.crowd import Choice, Shares, Taste, Way, ways
from pos_gateway.rehearsal.run import shifted
from tests.support.ledger_fixture import scan
from tests.support.postgres import PostgresServer

OPENING = datetime(2026, 5, 1, 2, tzinfo=UTC)
DAY = timedelta(days=1)


def session(session_id: str) -> Session:
    return Session(
        session_id=session_id, starts_at=OPENING + 3 * DAY, ends_at=OPENING + 4 * DAY, capacity=20
    )


PLAN = Plan(
    title="五一玫瑰园",
    mode=Mode.FIRST_COME,
    items=(
        Item(
            item_id="garden",
            title="玫瑰园门票",
            kind="admission",
            sessions=(session("may-1"), session("may-2")),
            supplier_id="rose",
            party_max=3,
        ),
    ),
    opens_at=OPENING,
    closes_at=OPENING + DAY,
    returns_until=OPENING + 2 * DAY,
    challenge=True,
)


def silent(_what: str, _done: int, _total: int) -> None:
    """Ignore progress."""


def chance(seed: int = 1949) -> Random:
    return Random(seed)  # noqa: S311 - a play, told by its seed


@pytest.fixture
def copy(tmp_path: Path) -> Iterator[Ledger]:
    with closing(Ledger(f"sqlite:///{tmp_path}/copy.db")) as copy:
        yield copy


def test_a_copy_holds_what_a_claim_may_read_and_nothing_else(ledger: Ledger, copy: Ledger) -> None:
    ledger.tills.redemptions.redeem("r-1", scan("c1", "hair"))
    ledger.officers.families.make_member_key("m1", key_id="phone", key_hash="0" * 64)

    members = copy_members(ledger, copy, silent)

    copied = copy.facts(0, 1_000)
    wanted = [one for one in ledger.facts(0, 1_000) if category_of(one.stream) in NEEDED]
    assert [(one.stream, one.version, one.at, one.event, one.by) for one in copied] == [
        (one.stream, one.version, one.at, one.event, one.by) for one in wanted
    ]
    assert {category_of(one.stream) for one in copied} == {"card", "member", "merchant"}
    assert members == {one: copy.member(one) for one in ("m1", "m2")}


def test_facts_are_not_mixed_with_others(ledger: Ledger, copy: Ledger) -> None:
    copy_members(ledger, copy, silent)

    with pytest.raises(CopyNotEmpty):
        copy_members(ledger, copy, silent)


def test_members_are_real_first_then_made_up_alike(ledger: Ledger, copy: Ledger) -> None:
    ledger.officers.cards.move_member("m1", branch="gulou", groups=("劳模",))
    ledger.officers.cards.register_member("no-card", branch="gulou")
    known = copy_members(ledger, copy, silent)
    everybody = [Way.HONEST] * 600

    crowd = players(copy, known, Audience(), everybody, chance(), silent)

    assert [one.member_id for one in crowd[:2]] == ["m1", "m2"]
    assert len({one.member_id for one in crowd}) == 600
    spread = Counter((one.branch, one.groups) for one in crowd)
    assert set(spread) == {("gulou", ("劳模",)), ("branch-miyun", ())}
    assert min(spread.values()) > 200
    for one in (crowd[0], crowd[599]):
        assert member_of(f"Bearer {one.key}", copy).member_id == one.member_id
        assert copy.card(f"{copy.state(f'member-{one.member_id}').card_id}").status == "live"


def test_more_members_than_asked_for_are_drawn_from(ledger: Ledger, copy: Ledger) -> None:
    known = copy_members(ledger, copy, silent)

    (only,) = players(copy, known, Audience(), [Way.HONEST], chance(), silent)

    assert only.member_id in known


def test_those_made_up_are_of_whom_the_drop_is_for(ledger: Ledger, copy: Ledger) -> None:
    known = copy_members(ledger, copy, silent)
    audience = Audience(groups=("劳模", "女职工"), branches=("gulou", "guoyuan"))

    crowd = players(copy, known, audience, [Way.HONEST] * 50, chance(), silent)

    assert {one.branch for one in crowd} == {"gulou", "guoyuan"}
    assert {one.groups for one in crowd} == {("劳模",), ("女职工",)}


def test_keys_do_not_follow_from_the_seed(ledger: Ledger, copy: Ledger, tmp_path: Path) -> None:
    known = copy_members(ledger, copy, silent)
    with closing(Ledger(f"sqlite:///{tmp_path}/second.db")) as second:
        copy_members(ledger, second, silent)
        (one,) = players(copy, known, Audience(), [Way.BOT], chance(), silent)
        (two,) = players(second, known, Audience(), [Way.BOT], chance(), silent)

    assert one._replace(key="") == two._replace(key="")
    assert one.key != two.key


def test_shares_are_kept_exactly_and_the_seed_tells_who() -> None:
    mixed = ways(1_000, Shares(70, 25, 5), chance())

    assert Counter(mixed) == {Way.HONEST: 700, Way.IMPATIENT: 250, Way.BOT: 50}
    assert mixed == ways(1_000, Shares(70, 25, 5), chance())
    assert mixed != ways(1_000, Shares(70, 25, 5), chance(1))


def test_wishes_are_spread_over_the_plan_and_one_session_goes_first() -> None:
    taste, dice = Taste(PLAN), chance()

    wishes = Counter(taste.choose(dice) for _ in range(3_000))

    by_slot = Counter(dict.fromkeys(PLAN.slots, 0))
    for wish, count in wishes.items():
        by_slot[wish.slot] += count
    assert by_slot["garden/may-1"] > 1.5 * by_slot["garden/may-2"] > 0
    assert {one.party for one in wishes} == {1, 2, 3}


def test_elsewhere_is_one_of_those_that_are_left() -> None:
    found = Taste(PLAN).elsewhere([("garden", "may-2"), ("garden", "unheard-of")], chance())

    assert isinstance(found, Choice)
    assert found.slot == "garden/may-2"
    assert Taste(PLAN).elsewhere([], chance()) is None


def test_a_plan_is_moved_as_a_whole() -> None:
    moved = shifted(PLAN, OPENING + 100 * DAY)

    check_plan(moved)
    assert moved.opens_at - PLAN.opens_at == 100 * DAY
    assert shifted(moved, OPENING) == msgspec.structs.replace(PLAN, challenge=False)
    for name, (_item, one) in PLAN.slots.items():
        assert moved.slots[name][1].starts_at - one.starts_at == 100 * DAY
        assert moved.slots[name][1].ends_at - one.ends_at == 100 * DAY
    assert moved.closes_at - moved.opens_at == PLAN.closes_at - PLAN.opens_at
    assert moved.returns_until == OPENING + 102 * DAY


def test_a_place_is_removed_whatever_happens(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/ledger.db"

    def interrupted() -> None:
        with place(tmp_path, url, named=None, kept=False) as made:
            assert made.var.stat().st_mode & 0o077 == 0
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()

    assert list(tmp_path.iterdir()) == []


def databases(server: PostgresServer) -> set[str]:
    with psycopg.connect(server.url()) as connection:
        rows = connection.execute("SELECT datname FROM pg_database").fetchall()
    return {name for (name,) in rows if name.startswith("hongka")}


@pytest.mark.postgres
def test_a_database_beside_another_is_dropped(postgres_server: PostgresServer) -> None:
    with database_beside(postgres_server.url(), "hongka_aside") as url:
        with closing(Ledger(url)) as copy:
            copy.officers.cards.register_member("m1", branch="gulou")
        assert databases(postgres_server) == {"hongka_aside"}

    assert databases(postgres_server) == set()


@pytest.mark.postgres
def test_an_account_that_may_make_no_database_is_told_so(postgres_server: PostgresServer) -> None:
    postgres_server.execute("CREATE ROLE clerk LOGIN")
    url = postgres_server.url().replace("postgres@", "clerk@")

    with (
        pytest.raises(Unavailable, match="permission denied"),
        database_beside(url, "hongka_aside"),
    ):
        pass

    postgres_server.execute("DROP ROLE clerk")
    assert databases(postgres_server) == set()


@pytest.mark.parametrize("name", ["a; DROP TABLE facts", "", "a b", "1a"])
def test_the_name_of_a_database_is_plain(name: str) -> None:
    with pytest.raises(ValueError, match="plain"), database_beside("postgresql://x/y", name):
        pass
