import json
from functools import partial

import pytest

from tests.support.app import App

CODE = "HK0:00000000000000000000000000"
SOUND = {"code": CODE, "amount_minor": 100}


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"amount_minor": -1}, "amount_minor"),
        ({"amount_minor": 0}, "amount_minor"),
        ({"amount_minor": 10**12 + 1}, "amount_minor"),
        ({"amount_minor": 2**53 + 1}, "amount_minor"),
        ({"amount_minor": 1.0}, "amount_minor"),
        ({"amount_minor": "1"}, "amount_minor"),
        ({"amount_minor": True}, "amount_minor"),
        ({"amount_minor": None}, "amount_minor"),
        ({"code": 7}, "code"),
        ({"code": "0" * 601}, "code"),
        ({"choices": {"tenth-off": 1}}, "choices"),
        ({"choices": "tenth-off"}, "choices"),
        ({"choices": ["tenth-off\n"]}, "choices[0]"),
        ({"choices": ["a"] * 17}, "choices"),
        ({"choices": ["13800138000"]}, "choices[0]"),
        ({"choices": ["11022819900307001X"]}, "choices[0]"),
        ({"category": "be\u0000auty"}, "category"),
        ({"category": "beauty\n"}, "category"),
        ({"category": "13800138000"}, "category"),
        ({"category": "王小明"}, "category"),
        ({"amount": 1}, None),
    ],
)
def test_a_value_that_is_not_accepted_is_named(
    app: App, wrong: dict[str, object], field: str | None
) -> None:
    position = app.position

    answer = app.ask("PUT", "/redemptions/cake-1", SOUND | wrong)

    assert (answer.status_code, answer.get_json()["reason"]) == (422, "input_invalid")
    assert answer.get_json()["particulars"]["field"] == field
    assert app.position == position


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "null x",
        '{"code": "a", "amount_minor": NaN}',
        '{"code": "a", "amount_minor": Infinity}',
        '{"code": "a", "code": "b", "amount_minor": 1}',
        '{"code": "\\ud800", "amount_minor": 1}',
        '{"code": "a", "amount_minor": ' + "9" * 5_000 + "}",
        "[" * 60_000,
        b'{"code": "\xff", "amount_minor": 1}',
    ],
    ids=repr,
)
def test_what_readers_could_take_in_two_ways_is_malformed(app: App, text: str | bytes) -> None:
    answer = app.ask("PUT", "/redemptions/cake-1", data=text, content_type="application/json")

    assert (answer.status_code, answer.get_json()["reason"]) == (400, "request_malformed")


@pytest.mark.parametrize("text", ["[]", "7", "null", '"x"'])
def test_what_is_no_object_is_not_accepted(app: App, text: str) -> None:
    answer = app.ask("PUT", "/redemptions/cake-1", data=text, content_type="application/json")

    assert answer.status_code == 422


def test_a_byte_order_mark_makes_no_other_request(app: App) -> None:
    asked = json.dumps(SOUND | {"code": app.code()})

    send = partial(app.ask, "PUT", "/redemptions/cake-1", content_type="application/json")
    plain = send(data=asked)
    marked = send(data="\ufeff" + asked)

    assert (plain.status_code, marked.status_code) == (201, 200)


def test_the_order_of_names_makes_no_other_request(app: App) -> None:
    asked = SOUND | {"code": app.code()}
    turned = json.dumps(dict(reversed(asked.items())))

    first = app.ask("PUT", "/redemptions/cake-1", asked)
    again = app.ask("PUT", "/redemptions/cake-1", data=turned, content_type="application/json")

    assert (first.status_code, again.status_code) == (201, 200)


def test_ten_megabytes_are_not_read(app: App) -> None:
    answer = app.ask(
        "PUT", "/redemptions/cake-1", data=b" " * 10_000_000, content_type="application/json"
    )

    assert (answer.status_code, answer.get_json()["reason"]) == (413, "body_too_large")


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_a_body_that_is_not_said_to_be_json_is_refused(app: App, kind: str) -> None:
    answer = app.ask("PUT", "/redemptions/cake-1", data="{}", content_type=kind)

    assert (answer.status_code, answer.get_json()["reason"]) == (415, "content_type_wrong")


@pytest.mark.parametrize("wrong", ["-a", "a%0A", "%E7%BA%A2", "a" * 65, "a.b", "a%00"])
def test_an_id_in_a_path_is_checked(app: App, wrong: str) -> None:
    answer = app.ask("PUT", f"/redemptions/{wrong}", SOUND)

    assert (answer.status_code, answer.get_json()["reason"]) == (422, "input_invalid")


@pytest.mark.parametrize("reason", ["", "wrong amount", "王小明 13800138000", "other\n", 7])
def test_a_reason_is_one_of_the_list(app: App, reason: object) -> None:
    app.redeem("cake-1")

    answer = app.ask("POST", "/redemptions/cake-1/reversal", {"reason": reason})

    assert (answer.status_code, answer.get_json()["particulars"]["field"]) == (422, "reason")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "/redemptions/cake-1", SOUND | {"王小明": 1}),
        ("PUT", "/redemptions/cake-1", SOUND | {"choices": ["王小明"]}),
        ("PUT", "/redemptions/cake-1", SOUND | {"amount_minor": "王小明"}),
        ("POST", "/redemptions/cake-1/reversal", {"reason": "王小明"}),
    ],
)
def test_what_was_sent_is_not_repeated(app: App, method: str, path: str, body: object) -> None:
    answer = app.ask(method, path, body)

    assert answer.status_code == 422
    assert "王小明" not in answer.get_data(as_text=True)
