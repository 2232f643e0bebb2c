"""The members for whom a member may act, by masked names."""

from sqlalchemy import Connection

from ledger.members.member import ProxyEnded, ProxyNamed
from projections.engine.runner import catch_up
from projections.proxies import ROWS_MAX, acted_for
from tests.support.app import OFFICER
from tests.support.app_with_drop import CHEN, LI, WANG, DropApp
from tests.support.event_history_purchases import read


def named(member_id: str, proxy_id: str) -> ProxyNamed:
    return ProxyNamed(member_id=member_id, proxy_id=proxy_id)


def of(connection: Connection, proxy_id: str = "li") -> list[str]:
    return acted_for(connection, proxy_id)


def family(drop_app: DropApp, member_id: str) -> list[dict[str, str]]:
    """Return the members for whom a member may act."""
    catch_up(drop_app.services.views, drop_app.services.ledger.facts)
    answer = drop_app.as_member(member_id, "GET", "/members")
    assert answer.status_code == 200
    members: list[dict[str, str]] = answer.get_json()["members"]
    return members


def test_who_was_named_and_is_no_longer_is_known_from_the_other_side(database_url: str) -> None:
    ended = ProxyEnded(member_id="wang", proxy_id="li")
    facts = (named("wang", "li"), named("chen", "li"), named("li", "wang"), ended)

    with read(database_url, *facts) as connection:
        found = (of(connection), of(connection, "wang"), of(connection, "nobody"))
    with read(database_url, *facts, named("wang", "li")) as connection:
        again = of(connection)

    assert found == (["chen"], ["li"], [])
    assert again == ["chen", "wang"]


def test_so_many_are_told_of_and_no_more(database_url: str) -> None:
    facts = [named(f"m{number:03}", "li") for number in range(ROWS_MAX + 1)]

    with read(database_url, *facts) as connection:
        assert len(of(connection)) == ROWS_MAX


def test_a_member_is_told_who_named_them_by_a_masked_name(drop_app_any_db: DropApp) -> None:
    ledger = drop_app_any_db.services.ledger
    for member_id in (WANG, CHEN):
        ledger.officers.families.name_proxy(member_id, proxy_id=LI, by=OFFICER)
    person = drop_app_any_db.services.vault.get(WANG)
    assert person is not None

    of_li, of_wang = family(drop_app_any_db, LI), family(drop_app_any_db, WANG)

    assert {one["member"] for one in of_li} == {WANG, CHEN}
    assert of_wang == []
    (name,) = [one["name"] for one in of_li if one["member"] == WANG]
    assert (name[0], "*" in name) == (person.name[0], True)
    assert person.name not in str(of_li)


def test_whose_naming_was_ended_is_told_of_no_more_though_the_tables_lag(drop_app: DropApp) -> None:
    ledger = drop_app.services.ledger
    ledger.officers.families.name_proxy(WANG, proxy_id=LI, by=OFFICER)
    assert family(drop_app, LI)

    ledger.officers.families.end_proxy(WANG, proxy_id=LI, by=OFFICER)

    assert drop_app.as_member(LI, "GET", "/members").get_json() == {"members": []}
