from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path

import pytest

from ledger.errors import Busy
from ledger.vault import Person
from pos_gateway.roster import Problem, Reason, Row
from pos_gateway.roster.importer import PAGE_ROWS, Line, Outcome, import_roster, keep_person
from pos_gateway.services import Services
from pos_gateway.settings import Settings
from tests.support.rosters import identity_number

BY = "officer-test"


@pytest.fixture
def services(tmp_path: Path, database_url: str) -> Iterator[Services]:
    environment = {"HONGKA_VAR": str(tmp_path / "var"), "LEDGER_URL": database_url}
    services = Services(Settings.read(environment))
    yield services
    services.close()


def row(number: int, branch: str = "鼓楼", *problems: Problem) -> Row:
    person = Person(f"王{number}", None, identity_number(number))
    return Row(
        number=number,
        person=person,
        branch=branch,
        employer="",
        groups=(),
        last_day=date(2030, 12, 31),
        problems=problems,
    )


def taken(services: Services, rows: Sequence[Row], *, dry_run: bool = False) -> list[Line]:
    return list(import_roster(services.ledger, services.vault, rows, by=BY, dry_run=dry_run))


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
    )


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
