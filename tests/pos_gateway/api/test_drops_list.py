"""The page of a drop and the list of drops."""

from datetime import timedelta

import msgspec

from pos_gateway.api.drops_schema import DropBody, DropsBody
from tests.support.app_with_drop import DAY, WANG, DropApp, status_and_reason


def test_a_drop_says_the_time_and_what_is_left_and_may_be_cached(drop_app_any_db: DropApp) -> None:
    drop_app_any_db.claim(WANG)

    listed = drop_app_any_db.ask("GET", "/drops", key="")
    answer = drop_app_any_db.ask("GET", "/drops/may-day", key="")

    body = msgspec.json.decode(answer.get_data(), type=DropBody)
    assert answer.headers["Cache-Control"] == "public, max-age=1"
    assert listed.headers["Cache-Control"] == "public, max-age=1"
    assert abs(body.server_time - drop_app_any_db.time()) < timedelta(seconds=5)
    assert [(s.session, s.capacity, s.left) for item in body.items for s in item.sessions] == [
        *(("morning", 2, 1), ("afternoon", 1, 1), ("hall", 9, 9))
    ]
    assert [one.drop for one in msgspec.json.decode(listed.get_data(), type=DropsBody).drops] == [
        "may-day"
    ]


def test_a_drop_nobody_announced_is_not_kept_by_a_cache(drop_app: DropApp) -> None:
    assert status_and_reason(drop_app.ask("GET", "/drops/no-such", key="")) == (404, "drop_unknown")


def test_the_list_begins_with_what_opens_first_and_ends_with_what_is_closed(
    drop_app: DropApp,
) -> None:
    drop_app.announce("later", opens_at=drop_app.opens_at + 5 * DAY)
    drop_app.announce("sooner", opens_at=drop_app.opens_at + 4 * DAY)
    drop_app.pass_until(drop_app.opens_at + 2 * DAY)

    listed = drop_app.ask("GET", "/drops", key="").get_json()["drops"]

    assert [one["drop"] for one in listed] == ["sooner", "later", "may-day"]


def test_what_is_over_is_listed_no_longer(drop_app: DropApp) -> None:
    drop_app.pass_until(drop_app.opens_at + 4 * DAY)

    assert drop_app.ask("GET", "/drops", key="").get_json()["drops"] == []
    assert drop_app.ask("GET", "/drops/may-day", key="").get_json()["status"] == "closed"
