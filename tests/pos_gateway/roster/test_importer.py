import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from ledger.errors import Busy, PersonAlreadyKnown
from ledger.vault import Person
from pos_gateway.members.correction import correct as corrected
from pos_gateway.roster import Problem, Reason, Row
from pos_gateway.roster.differences import Difference
from pos_gateway.roster.importer import PAGE_ROWS, Line, Outcome, import_roster, keep_person
from pos_gateway.services import Services
from pos_gateway.settings import Settings
from tests.support.ledger_fixture import replaced_past_its_day
from tests.support.rosters import identity_number

BY = "officer-test"


@pytest.fixture
def services(tmp_path: Path, database_url: str) -> Iterator[Services]:
    environment = {"HONGKA_VAR": str(tmp_path / "var"), "LEDGER_URL": database_url}
    services = Services(Settings.read(environment))
    yield services
    services.close()


def row(number: int, branch: str = "鼓楼", *problems: Problem, **other: Any) -> Row:
    person = Person(f"王{number}", None, identity_number(number))
    fields = {"person": person, "employer": "", "groups": (), "last_day": date(2030, 12, 31)}
    return Row(number=number, branch=branch, problems=problems, **fields | other)


def taken(services: Services, rows: Sequence[Row], **how: Any) -> list[Line]:
    return list(import_roster(services.ledger, services.vault, rows, by=BY, **how))


def outcomes(lines: Sequence[Line]) -> list[Outcome]:
    return [line.outcome for line in lines]


def issued(services: Services) -> list[str]:
    topics = [fact.topic for fact in services.ledger.facts(0, 10_000)]
    return [topic for topic in topics if topic == "card.issued"]


def test_the_same_roster_twice_issues_nothing_twice(services: Services) -> None:
    rows = [row(number) for number in range(2, 12)]

    first = taken(services, rows)
    second = taken(services, rows)

    assert outcomes(first) == [Outcome.ISSUED] * 10
    assert outcomes(second) == [Outcome.ALREADY_ISSUED] * 10
    assert [line.card_id for line in first] == [line.card_id for line in second]
    assert len(issued(services)) == len({line.card_id for line in first}) == 10


def test_a_dry_run_tells_the_same_and_writes_nothing(services: Services) -> None:
    rows = [row(2), row(3, "鼓楼", Problem("phone", Reason.NOT_A_MOBILE_NUMBER))]

    dry = taken(services, rows, dry_run=True)

    assert services.ledger.facts(0, 10) == []
    assert services.vault.find(identity_number=identity_number(2)) == []
    assert outcomes(dry) == outcomes(taken(services, rows))
    assert dry[1] == Line(
        3, Outcome.REFUSED, "phone: not_a_mobile_number", words="手机号应为11位手机号码"
    )


@pytest.mark.parametrize("reached", ["vault", "member", "card"])
def test_what_was_interrupted_goes_on_where_it_stopped(services: Services, reached: str) -> None:
    one = row(2)
    import_id = services.vault.import_id(one.person.identity_number or "")
    member_id = keep_person(services.vault, one.person)
    if reached in {"member", "card"}:
        request_id = f"import/{import_id}/member"
        services.ledger.officers.cards.register_member(
            member_id, branch="鼓楼", by=BY, request_id=request_id
        )
    if reached == "card":
        services.ledger.officers.cards.issue_card("c" * 24, member_id=member_id, by=BY)

    (line,) = taken(services, [one])

    assert line.outcome == (Outcome.ALREADY_ISSUED if reached == "card" else Outcome.ISSUED)
    assert services.vault.find(identity_number=one.person.identity_number) == [member_id]
    assert len(issued(services)) == 1


def test_two_imports_at_once_issue_one_card_each(services: Services) -> None:
    rows = [row(number) for number in range(2, 202)]
    lines: list[list[Line]] = []
    threads = [
        threading.Thread(target=lambda: lines.append(taken(services, rows))) for _ in range(2)
    ]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(issued(services)) == 200
    first, second = ({line.card_id for line in each} for each in lines)
    assert first == second


def test_a_member_elsewhere_or_with_a_dead_card_is_told_not_changed(services: Services) -> None:
    (line,) = taken(services, [row(2)])
    services.ledger.officers.cards.close_card(line.card_id, by=BY)

    (again,) = taken(services, [row(2, "果园")])

    assert again == Line(
        2,
        Outcome.ALREADY_ISSUED,
        "card_closed; in_another_branch",
        line.card_id,
        "会员卡已注销；登记在另一基层工会",
        (Difference("branch", "鼓楼", "果园"),),
    )


CHANGED = {
    "person": Person("王大明", "13911112222", identity_number(2)),
    "employer": "二厂",
    "groups": ("困难职工",),
    "last_day": date(2031, 12, 31),
}


def test_all_that_a_roster_says_otherwise_of_a_person_is_told_and_nothing_changed(
    services: Services,
) -> None:
    # Given a member with a card
    (line,) = taken(services, [row(2)])
    before = services.ledger.head()
    # When a later roster has another name, phone, employer, group and last day
    (again,) = taken(services, [row(2, **CHANGED)])
    # Then the report names the fields, and the values are for the page alone
    assert again.outcome is Outcome.ALREADY_ISSUED
    assert again.reason == "differs: name, employer, groups, phone, last_day"
    assert again.words == "与登记不同：姓名、单位、群体、手机号、有效期"
    assert Difference("phone", None, "13911112222") in again.differences
    assert "13911112222" not in f"{again} {again.differences}"
    assert (services.ledger.head(), again.card_id) == (before, line.card_id)


def test_an_empty_cell_and_another_order_of_groups_say_nothing_otherwise(
    services: Services,
) -> None:
    taken(services, [row(2, **CHANGED | {"groups": ("劳模", "困难职工")})])
    empty = row(2, person=Person("王大明", None, identity_number(2)), last_day=None)
    other_order = row(2, **CHANGED | {"groups": ("困难职工", "劳模")})

    lines = taken(services, [empty]) + taken(services, [other_order])

    assert [line.differences for line in lines] == [(), ()]


def test_what_differs_is_taken_over_where_the_officer_asks_for_it(services: Services) -> None:
    # Given a member with a card
    (first,) = taken(services, [row(2)])
    roles = {BY.removeprefix("officer-"): ["clerk"], "li": ["reviewer"], "zhao": ["treasurer"]}
    services.ledger.officers.staff.appoint_first(roles)
    # When an officer takes over a later roster
    correct = partial(corrected, services, reason="roster", by=BY)
    (line,) = taken(services, [row(2, "果园", **CHANGED)], correct=correct, renew=True)
    (again,) = taken(services, [row(2, "果园", **CHANGED)], correct=correct, renew=True)
    # Then the member has moved, and has a new card to be printed, once
    card = services.ledger.card(line.card_id)
    member = services.ledger.member(card.member_id)
    assert (member.branch, member.employer, member.groups) == ("果园", "二厂", ("困难职工",))
    assert (line.outcome, card.last_day) == (Outcome.ISSUED, date(2031, 12, 31))
    assert services.ledger.card(first.card_id).status == "replaced"
    assert (again.outcome, again.card_id) == (Outcome.ALREADY_ISSUED, line.card_id)
    # And the name is corrected, but the phone waits for a second person
    person = services.vault.get(card.member_id)
    assert person is not None
    assert (person.name, person.phone) == ("王大明", None)
    assert again.reason == "differs: phone"


def test_a_card_past_its_last_day_is_renewed(services: Services) -> None:
    (first,) = taken(services, [row(2)])
    replaced_past_its_day(services.ledger, "c8" * 12, first.card_id)

    (line,) = taken(services, [row(2)], renew=True)

    assert line.outcome is Outcome.ISSUED
    assert services.ledger.card("c8" * 12).status == "expired"
    assert services.ledger.card(line.card_id).last_day == date(2030, 12, 31)


def test_a_row_whose_change_is_refused_is_told_and_the_next_one_taken(services: Services) -> None:
    taken(services, [row(2), row(3)])

    def refuse(*_: object) -> None:
        raise PersonAlreadyKnown

    lines = taken(services, [row(2, "果园"), row(3)], correct=refuse)

    assert [line.reason for line in lines] == ["person_already_known", ""]


def test_a_roster_of_many_pages_is_taken_in_its_order(services: Services) -> None:
    rows = [row(2, "鼓楼", Problem("row", Reason.TOO_MANY))] * (PAGE_ROWS + 1) + [row(3)]

    lines = taken(services, rows)

    assert len(lines) == PAGE_ROWS + 2
    assert lines[-1].outcome is Outcome.ISSUED


def test_a_ledger_that_is_busy_ends_the_import_with_nothing_told_wrong(
    services: Services, ran_dry: Callable[[], None]
) -> None:
    ran_dry()

    with pytest.raises(Busy):
        taken(services, [row(2)])


@pytest.fixture
def ran_dry(services: Services) -> Callable[[], None]:
    """Return a function that stops the writer, as a stopping process does."""
    return services.ledger.writer.close
