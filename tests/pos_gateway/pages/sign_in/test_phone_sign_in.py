"""A member signs in by phone; a stranger learns nothing by trying."""

import re
import stat

import msgspec
import pytest

from ledger.vault import Person
from pos_gateway.pages.sign_in.session_cookie import address
from tests.support.app import OFFICER, App
from tests.support.form_client import HERE, FormClient, code_of, messages, sign_in_member

WANG_PHONE = "13800138000"
NOBODYS_PHONE = "13700137000"
PATH = "/card/sign-in"
WANG, LI = "member-member-wang", "member-member-li"  # the ids of members in tests look like this


@pytest.mark.parametrize(
    ("addresses", "counted"),
    [
        (["2001:db8:1:2::1", "2001:db8:1:2:ffff::9"], 1),
        (["2001:db8:1:2::1", "2001:db8:1:3::1"], 2),
        (["192.0.2.1", "::ffff:192.0.2.1"], 1),
        (["192.0.2.1", "192.0.2.2", "unknown"], 3),
    ],
)
def test_one_network_of_the_new_internet_is_one_address(
    app: App, addresses: list[str], counted: int
) -> None:
    found = set()
    for one in addresses:
        with app.flask.test_request_context(environ_base={"REMOTE_ADDR": one}):
            found.add(address())

    assert len(found) == counted


def test_a_member_gets_in_by_the_code_sent_to_their_phone(app_any_db: App) -> None:
    visitor = sign_in_member(app_any_db)

    assert visitor.is_in("card")
    assert not visitor.is_in("desk")
    cookie = visitor.client.get_cookie("hongka-card")
    assert cookie is not None
    assert (cookie.http_only, cookie.same_site, cookie.secure) == (True, "Lax", False)


def test_over_tls_the_cookie_is_of_this_host_alone(app: App) -> None:
    secured = msgspec.structs.replace(app.services.settings, origin="https://card.example.org")
    app.services.settings = secured

    visitor = FormClient(app)
    visitor.see(PATH)
    visitor.send(PATH, "send", phone=WANG_PHONE)
    code = code_of(messages(app, 1)[0])
    answer = visitor.send(PATH, "check", code=code)

    assert re.search(
        "__Host-hongka-card=.+; Secure; HttpOnly; Path=/", answer.headers["Set-Cookie"]
    )


def test_who_asked_for_a_page_is_led_there(app: App) -> None:
    visitor = FormClient(app)
    asked = visitor.see("/card/account")
    path = asked.headers["Location"]
    visitor.see(path)
    visitor.send(path, "send", phone=WANG_PHONE)

    answer = visitor.send(path, "check", code=code_of(messages(app, 1)[0]))

    assert answer.headers["Location"].endswith("/card/account")


@pytest.mark.parametrize("wanted", ["//evil.example", "https://evil.example", "/desk/staff"])
def test_nobody_is_led_elsewhere(app: App, wanted: str) -> None:
    visitor = FormClient(app)
    path = f"{PATH}?next={wanted}"
    visitor.see(path)
    visitor.send(path, "send", phone=WANG_PHONE)

    answer = visitor.send(path, "check", code=code_of(messages(app, 1)[0]))

    assert answer.headers["Location"] == "/card/passkey?next=/card/"


def test_members_of_one_phone_choose_by_masked_name(app: App) -> None:
    app.services.vault.put("member-li", Person("李红梅", WANG_PHONE, None))
    visitor = FormClient(app)
    visitor.see(PATH)
    visitor.send(PATH, "send", phone=WANG_PHONE)
    visitor.send(PATH, "check", code=code_of(messages(app, 1)[0]))
    assert {"王*明", "李*梅"} <= set(re.findall("<span>(.*?)</span>", visitor.page))
    assert "李红梅" not in visitor.page

    answer = visitor.send(PATH, "choose", subject=LI)
    again = visitor.send(PATH, "choose", subject=WANG)

    assert answer.status_code == 303
    assert len(app.services.sessions.listed(LI)) == 1
    assert app.services.sessions.listed(WANG) == []
    assert again.status_code == 409


def test_nobody_chooses_another_member(app: App) -> None:
    app.services.vault.put("member-li", Person("李红梅", WANG_PHONE, None))
    app.services.ledger.officers.cards.register_member("member-zhou", branch="miyun-1", by=OFFICER)
    visitor = FormClient(app)
    visitor.see(PATH)
    visitor.send(PATH, "send", phone=WANG_PHONE)
    visitor.send(PATH, "check", code=code_of(messages(app, 1)[0]))

    answer = visitor.send(PATH, "choose", subject="member-member-zhou")

    assert answer.status_code == 403
    assert not visitor.is_in("card")


def told(visitor: FormClient, phone: str, act: str, **fields: str) -> tuple[int, str]:
    """Return the answer to a sign-in without the typed phone."""
    answer = visitor.send(PATH, act, phone=phone, **fields)
    return answer.status_code, answer.text.replace(phone, "…")


def test_a_phone_nobody_has_is_answered_as_any_other(app: App) -> None:
    known, unknown = FormClient(app), FormClient(app)
    for visitor in (known, unknown):
        visitor.see(PATH)

    for act, fields in (("send", {}), ("check", {"code": "12345"}), ("send", {})):
        assert told(known, WANG_PHONE, act, **fields) == told(unknown, NOBODYS_PHONE, act, **fields)
    assert [one.phone for one in messages(app, 1)] == [WANG_PHONE]


def test_a_wrong_code_lets_nobody_in(app: App) -> None:
    visitor = FormClient(app)
    visitor.see(PATH)
    visitor.send(PATH, "send", phone=WANG_PHONE)
    code = code_of(messages(app, 1)[0])

    answer = visitor.send(PATH, "check", code=f"{(int(code) + 1) % 1_000_000:06}")

    assert answer.status_code == 403
    assert "The code is wrong or over" in answer.text
    assert "Set-Cookie" not in answer.headers
    assert visitor.hidden("phone") == WANG_PHONE


def test_who_asks_for_codes_without_pause_waits(app: App) -> None:
    visitor = FormClient(app)
    visitor.see(PATH)
    visitor.send(PATH, "send", phone=WANG_PHONE)

    answer = visitor.send(PATH, "send", phone=WANG_PHONE)

    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 60


def test_after_eleven_wrong_codes_of_a_stranger_the_right_one_lets_in(app: App) -> None:
    member, stranger = FormClient(app), FormClient(app)
    for visitor in (member, stranger):
        visitor.see(PATH)
    member.send(PATH, "send", phone=WANG_PHONE)
    code = code_of(messages(app, 1)[0])

    stranger.send(PATH, "send", phone=WANG_PHONE)
    for number in range(11):
        stranger.send(PATH, "check", code=f"{(int(code) + 1 + number) % 1_000_000:06}")
    assert stranger.send(PATH, "check", code=code).status_code in {403, 429}

    assert member.send(PATH, "check", code=code).status_code == 303


@pytest.mark.parametrize("phone", ["", "12", "1" * 60, "王小明"])
def test_what_is_no_phone_is_refused(app: App, phone: str) -> None:
    visitor = FormClient(app)
    visitor.see(PATH)

    assert visitor.send(PATH, "send", phone=phone).status_code == 422


@pytest.mark.parametrize(
    "headers", [{}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}]
)
def test_a_form_sent_from_elsewhere_is_refused(app: App, headers: dict[str, str]) -> None:
    answer = app.client.post(PATH, data={"act": "send", "phone": WANG_PHONE}, headers=headers)

    assert answer.status_code == 403
    assert app.services.sign_in.outbox.messages() == []


def test_the_outbox_is_of_its_owner_alone_and_keeps_a_hundred(app: App) -> None:
    outbox = app.services.sign_in.outbox
    for number in range(105):
        outbox.send(f"138{number:08}", "…")

    kept = outbox.messages()
    assert [kept[0].phone, kept[-1].phone, str(len(kept))] == ["13800000104", "13800000005", "100"]
    mode = (app.services.settings.var / "outbox").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600


def test_the_outbox_is_shown_in_the_demonstration_alone(app: App) -> None:
    app.services.sign_in.outbox.send(WANG_PHONE, "<b>123456</b>")
    hidden = app.client.get("/outbox")

    app.services.settings = msgspec.structs.replace(app.services.settings, demonstration=True)
    shown = app.client.get("/outbox")

    assert (hidden.status_code, shown.status_code) == (404, 200)
    assert WANG_PHONE not in hidden.text
    assert "&lt;b&gt;123456" in shown.text


def test_an_owner_gets_in_at_the_shop_and_nowhere_else(app: App) -> None:
    ledger, sign_in = app.services.ledger, app.services.sign_in
    ledger.officers.staff.appoint_staff("sun", roles=("owner",), merchant_id="bakery")
    sign_in.names.give_phone("staff-sun", "13600136000")
    visitor, path = FormClient(app), "/shop/sign-in"
    visitor.see(path)
    visitor.send(path, "send", phone="13600136000")

    answer = visitor.send(path, "check", code=code_of(messages(app, 1)[0]))

    assert answer.headers["Location"] == "/shop/"
    assert visitor.is_in("shop")
    assert not visitor.is_in("desk")
    assert not visitor.is_in("card")


def test_a_cashier_is_no_owner(app: App) -> None:
    ledger, sign_in = app.services.ledger, app.services.sign_in
    ledger.officers.staff.appoint_staff("sun", roles=("cashier",), merchant_id="bakery")
    sign_in.names.give_phone("staff-sun", "13600136000")
    visitor, path = FormClient(app), "/shop/sign-in"
    visitor.see(path)
    visitor.send(path, "send", phone="13600136000")

    answer = visitor.send(path, "check", code=code_of(messages(app, 1)[0]))

    assert answer.status_code == 403
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    ("path", "chinese", "english"),
    [
        ("/card/sign-in", "手机号", "Phone number"),
        ("/shop/sign-in", "商户登录", "Sign in to your shop"),
        ("/desk/sign-in", "登录名", "Name you sign in by"),
        ("/desk/invitation", "邀请码", "Invitation"),
    ],
)
def test_each_page_is_in_both_languages(app: App, path: str, chinese: str, english: str) -> None:
    in_chinese = app.client.get(path, headers={"Accept-Language": "zh"}).text
    in_english = app.client.get(path, headers={"Accept-Language": "en"}).text

    assert chinese in in_chinese
    assert english in in_english
    main = in_english[in_english.index("<main") : in_english.index("<footer")]
    assert not re.search("[一-鿿]", main)


@pytest.mark.parametrize("act", ["", "nonsense", "password"])
def test_a_form_that_is_none_of_ours_is_malformed(app: App, act: str) -> None:
    answer = app.client.post(PATH, data={"act": act}, headers=HERE)

    assert answer.status_code == 400
