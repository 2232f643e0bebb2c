"""Odd input is refused in words on either database, and is never a fault of ours."""

import io
import json
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.errors import InputInvalid
from tests.support.app_staff import HERE, StaffApp
from tests.support.rosters import identity_number

DEEP = "[" * 19_000
LONG = "9" * 5_000


@pytest.fixture
def staff_app_any_db(database_url: str, tmp_path: Path) -> Iterator[StaffApp]:
    """Return an app with staff on each database in turn."""
    made = StaffApp(database_url, tmp_path / "var")
    yield made
    made.services.close()


def answer_of(client_data: bytes) -> str:
    """Return the answer of a browser that opened a passkey."""
    data = urlsafe_b64encode(client_data).rstrip(b"=").decode()
    response = {"clientDataJSON": data, "authenticatorData": "AA", "signature": "AA"}
    passkey = {"id": "AA", "rawId": "AA", "type": "public-key", "response": response}
    return json.dumps(passkey)


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/desk/sign-in", {"act": "password", "handle": "zh\0ao", "password": "x"}),
        ("/card/sign-in", {"act": "send", "phone": "13800138000\0"}),
        ("/desk/invitation", {"act": "code", "code": "\0"}),
    ],
)
def test_a_character_that_no_database_stores_is_refused_in_every_realm(
    staff_app_any_db: StaffApp, path: str, fields: dict[str, str]
) -> None:
    # When somebody sends it
    answer = staff_app_any_db.client.post(path, data=fields, headers=HERE)
    # Then the form is refused
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/desk/account", {"act": "end", "session": "\0"}),
        ("/desk/staff/new", {"staff_id": "s-\0", "roles": "clerk"}),
    ],
)
def test_the_desk_does_not_query_a_database_for_such_a_character(
    staff_app_any_db: StaffApp, path: str, fields: dict[str, str]
) -> None:
    # Given a reviewer at the desk
    staff_app_any_db.sign_in("reviewer")
    # When the reviewer sends such a form
    answer = staff_app_any_db.send(path, **fields)
    # Then it is refused
    assert answer.status_code == 400


@pytest.mark.parametrize("door", ["card", "shop", "desk"])
@pytest.mark.parametrize("credential", [DEEP, answer_of(b"[" * 9_000), answer_of(b"[]")])
def test_a_deeply_nested_answer_is_no_passkey(
    staff_app: StaffApp, door: str, credential: str
) -> None:
    # When a stranger answers for a passkey with brackets alone
    fields = {"act": "passkey", "credential": credential}
    answer = staff_app.client.post(f"/{door}/sign-in", data=fields, headers=HERE)
    # Then nobody is signed in
    assert answer.status_code == 403


@pytest.mark.parametrize("odd", "\0\1\u202e")
def test_no_entrance_lets_a_control_or_an_invisible_mark_into_a_fact(
    staff_app_any_db: StaffApp, odd: str
) -> None:
    # Given a clerk, a reviewer and a till
    app, text = staff_app_any_db, f"密{odd}云"
    before = app.position
    # When they send such a character in a page, a roster, the API and a verb of the ledger
    app.sign_in("clerk")
    texts = {"branch": "x", "employer": "y", "groups": "z"}
    person = {"name": "周桂兰", "phone": "", "identity_number": identity_number(1)} | texts
    for field in texts:
        wrong = person | {field: text}
        assert app.send("/desk/members/new", **wrong).status_code in {400, 422}
        rows = ("姓名,手机号,身份证号,基层工会,单位,群体", ",".join(wrong.values()))
        roster = (io.BytesIO("\n".join(rows).encode()), "r.csv")
        assert "含有不该有的字符" in app.send("/desk/members/import", roster=roster).text
    assert app.send("/desk/merchants/new", merchant_id="m9", name=text).status_code >= 400
    asked: dict[str, object]
    for number, asked in enumerate(({"choices": [text]}, {"category": text}, {"code": text})):
        assert app.redeem(f"r{number}", **asked).status_code in {400, 409, 422}
    with pytest.raises(InputInvalid):
        app.services.ledger.officers.offers.open_fund("f9", programme="s1", name=text)
    # Then all are refused, and no fact was recorded
    assert app.position == before


@pytest.mark.parametrize(
    "yuan",
    [LONG, "1e999999999", "1e99999", "1e-99", "0.001", "sNaN", "Infinity", "-1", "1." + LONG],
)
def test_an_amount_too_large_for_any_page_is_refused(staff_app: StaffApp, yuan: str) -> None:
    # Given a treasurer
    staff_app.sign_in("treasurer")
    # When the treasurer types it as a contribution
    fields = {"deed": "contribute", "fund_id": "culture", "source": "district", "request": "once"}
    answer = staff_app.send("/desk/funds", **fields, yuan=yuan)
    # Then nothing is contributed
    assert answer.status_code == 409


def test_an_overlong_number_is_refused(staff_app: StaffApp) -> None:
    # Given a clerk and a reviewer
    staff_app.sign_in("clerk")
    # When they type it as a till's limit, a percentage or uses a day
    limits = {"deed": "limit", "redemptions": LONG, "yuan": "1", "hours": "1"}
    limited = staff_app.send("/desk/merchants/bakery/tills/till-1", **limits)
    staff_app.sign_in("reviewer")
    offer = {"kind": "percent_off", "basis_points": "10", "try_yuan": "100", "try_weekday": "6"}
    statuses = [
        staff_app.send("/desk/offers/preview", **(offer | changed)).status_code
        for changed in ({"basis_points": LONG}, {"per_day": LONG}, {"weekdays": LONG})
    ]
    # Then they are told so
    assert limited.status_code == 422
    assert statuses == [200, 200, 200]


def test_a_person_who_could_not_sign_in_is_not_appointed(staff_app: StaffApp) -> None:
    # Given a reviewer and a clerk
    staff_app.sign_in("reviewer")
    before = staff_app.position
    # When they appoint a person by an invalid id, or an owner without a phone
    handles = [
        staff_app.send("/desk/staff/new", staff_id=one, roles="clerk").status_code
        for one in ("a", "b" * 41)
    ]
    staff_app.sign_in("clerk")
    owner = {"deed": "owner", "staff_id": "s-new", "owner_phone": "none"}
    phone = staff_app.send("/desk/merchants/bakery", **owner).status_code
    # Then the log has no event of it
    assert [*handles, phone] == [409, 409, 409]
    assert staff_app.position == before


def test_a_roster_of_thousands_is_previewed(staff_app: StaffApp) -> None:
    # Given a roster of a few thousand rows
    heads = "姓名,手机号,身份证号,基层工会,单位,群体\n"
    rows = (f"王小明,138{number:08},,miyun-1,,\n" for number in range(4_000))
    roster = io.BytesIO((heads + "".join(rows)).encode())
    # When a clerk uploads it
    answer = staff_app.sign_in("clerk").send("/desk/members/import", roster=(roster, "roster.csv"))
    # Then it is read to its end
    assert answer.status_code == 200
    assert "4000" in answer.text


@pytest.mark.parametrize("path", ["/desk/members/import", "/desk/members"])
def test_too_large_a_body_is_refused_on_a_page(staff_app: StaffApp, path: str) -> None:
    # Given a clerk at the desk
    staff_app.sign_in("clerk")
    # When the browser announces a larger body than any page reads
    large = {"CONTENT_LENGTH": str(9 * 2**20)}
    answer = staff_app.client.post(path, headers=HERE, data={"x": "y"}, environ_overrides=large)
    # Then a page says so
    assert (answer.status_code, answer.mimetype) == (413, "text/html")


@pytest.mark.parametrize("path", ["/desk/members/new", "/desk/members/import"])
def test_a_head_request_sends_no_form(staff_app: StaffApp, path: str) -> None:
    # When somebody sends HEAD for a page
    answer = staff_app.sign_in("clerk").client.head(path)
    # Then the headers are those of the page
    assert (answer.status_code, answer.data) == (200, b"")


def test_an_unknown_step_of_an_invitation_is_the_first(staff_app: StaffApp) -> None:
    # When somebody sends an unknown stage
    fields = {"act": "code", "code": "x", "stage": "nowhere"}
    answer = staff_app.client.post("/desk/invitation", data=fields, headers=HERE)
    # Then they are told that the invitation is over
    assert answer.status_code == 409
