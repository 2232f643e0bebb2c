import logging
from collections.abc import Iterator

import pytest

from ledger import errors
from ledger.errors import HongkaError
from pos_gateway.errors import Fault
from pos_gateway.i18n import messages
from pos_gateway.i18n.messages import has_words, message
from pos_gateway.web.problem_details import STATUSES, status_of
from tests.support.app import App

FAMILIES = (errors.Refusal, errors.Denied, errors.Unacceptable, errors.Busy, Fault)


def told(kind: type[HongkaError]) -> Iterator[type[HongkaError]]:
    """Yield the classes without subclasses."""
    below = kind.__subclasses__()
    if not below:
        yield kind
    for one in below:
        yield from told(one)


@pytest.mark.parametrize("kind", [one for family in FAMILIES for one in told(family)])
def test_every_reason_has_words_in_both_languages(kind: type[HongkaError]) -> None:
    assert has_words(kind.reason), (
        f"{kind.__name__} has no words: add an entry [{kind.reason}] with zh and en to"
        " pos_gateway/i18n/messages.toml"
    )


def test_a_reason_without_words_is_noticed() -> None:
    assert not has_words("reason_nobody_wrote_words_for")


def test_both_languages_have_words_for_the_same_reasons() -> None:
    entries = messages._entries()

    assert [name for name, one in entries.items() if (one.zh is None) != (one.en is None)] == []


def test_a_retired_reason_still_says_something() -> None:
    assert message("rule_of_long_ago", "en").next_step


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (errors.CardBlocked, 409),
        (errors.RedemptionUnknown, 404),
        (errors.OwnRoles, 403),
        (errors.TillRevoked, 401),
        (errors.RequestReused, 422),
        (errors.Busy, 503),
        (HongkaError, 500),
    ],
)
def test_the_nearest_class_gives_the_status(kind: type[HongkaError], status: int) -> None:
    assert status_of(kind) == status


def test_every_family_has_its_status() -> None:
    without = [
        kind.__name__ for kind in STATUSES if status_of(kind) == 500 and kind.reason != "unexpected"
    ]

    assert not without, (
        f"give these a status in STATUSES of pos_gateway/web/problem_details.py: {without}"
    )


@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("zh-CN", "没有这个地址"),
        ("en-GB", "Nothing is at this address"),
        ("fr", "没有这个地址"),
        ("", "没有这个地址"),
    ],
)
def test_people_are_answered_in_their_language(app: App, language: str, title: str) -> None:
    answer = app.ask("GET", "/nowhere", headers={"Accept-Language": language})

    assert answer.status_code == 404
    assert answer.content_type == "application/problem+json"
    assert answer.get_json()["title"] == title
    assert answer.headers["Vary"] == "Accept-Language"


def test_an_unknown_method_is_told_which_are_known(app: App) -> None:
    answer = app.ask("DELETE", "/redemptions/cake-1")

    assert (answer.status_code, answer.get_json()["reason"]) == (405, "method_not_allowed")
    assert {"GET", "PUT"} <= set(answer.headers["Allow"].split(", "))


@pytest.mark.parametrize("mistake", [ValueError("王小明"), HongkaError(holder="王小明")])
def test_a_mistake_of_ours_is_found_again_without_what_was_in_hand(
    app: App, caplog: pytest.LogCaptureFixture, mistake: Exception
) -> None:
    holder = "王小明"

    def fail() -> str:
        raise mistake

    app.flask.view_functions["keys"] = fail
    with caplog.at_level(logging.ERROR):
        answer = app.ask("GET", "/keys")

    problem = answer.get_json()
    assert (answer.status_code, problem["reason"]) == (500, "unexpected")
    assert problem["particulars"]["incident"] in caplog.text
    assert f"{type(mistake).__name__} in keys" in caplog.text
    assert holder not in caplog.text + answer.text


def test_a_log_out_of_reach_is_busy_and_says_when_to_ask_again(app: App) -> None:
    app.services.ledger.writer.close()

    answer = app.redeem("cake-1")

    assert (answer.status_code, answer.get_json()["reason"]) == (503, "busy")
    assert answer.headers["Retry-After"] == "1"
