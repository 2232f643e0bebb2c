import html
import re

import pytest

from pos_gateway.web.page_route import SIGN_IN
from tests.support.app import App


@pytest.mark.parametrize(
    ("path", "language", "words"),
    [
        ("/", "zh", "工会会员卡，一本账"),
        ("/", "en", "One ledger"),
        ("/api/v1/", "zh", "核销：编号由收银端自定"),
        ("/api/v1/", "en", "Redeem, under an id the till makes"),
    ],
)
def test_a_page_speaks_the_language_of_its_reader(
    app: App, path: str, language: str, words: str
) -> None:
    by_browser = app.client.get(path, headers={"Accept-Language": language})
    by_link = app.client.get(f"{path}?lang={language}")

    assert words in by_browser.text
    assert words in by_link.text
    assert by_link.headers["Content-Language"] == language


def test_the_api_page_shows_every_address_and_every_reason(app: App) -> None:
    page = app.client.get("/api/v1/?lang=en").text

    for shown in ("/api/v1/validations", "/api/v1/keys", 'id="card_blocked"', 'id="key_refused"'):
        assert shown in page


def test_in_chinese_the_answers_of_the_api_are_chinese_as_well(app: App) -> None:
    assert "</b> Conflict" in app.client.get("/api/v1/?lang=en").text
    assert not re.search("</b> [A-Z]", app.client.get("/api/v1/?lang=zh").text)


def test_every_link_leads_somewhere(app: App) -> None:
    for path in ("/", "/api/v1/"):
        page = app.client.get(path).text
        for link in map(html.unescape, re.findall(r'href="([^"#][^"]*)"', page)):
            with app.client.get(link) as answer:
                door = SIGN_IN.get(link.strip("/"))
                assert answer.status_code == (303 if door else 200), link
                if door:
                    assert answer.location == f"{door}?next={link}"
        for place in re.findall(r'href="#([^"]*)"', page):
            assert f'id="{place}"' in page


def test_what_a_link_chose_is_remembered(app: App) -> None:
    app.client.get("/?lang=en&large=1")

    page = app.client.get("/", headers={"Accept-Language": "zh"}).text

    assert "One ledger" in page
    assert "class=large" in page


@pytest.mark.parametrize("path", ["/", "/api/v1/"])
def test_a_page_has_no_script_and_no_style_of_its_own(app: App, path: str) -> None:
    page = app.client.get(path).text

    assert not re.search(r"<script|<style|style=|\son\w+=|https?://", page)


@pytest.mark.parametrize(
    ("path", "home"), [("/nowhere", "/"), ("/desk/nowhere", "/desk/"), ("/api/v1/nowhere", "/")]
)
def test_an_address_that_leads_nowhere_is_told_to_people_in_a_page(
    app: App, path: str, home: str
) -> None:
    to_people = app.client.get(f"{path}?lang=zh", headers={"Accept": "text/html,*/*;q=0.8"})
    to_programs = app.client.get(path)

    assert to_people.status_code == to_programs.status_code == 404
    assert "没有这个地址" in to_people.text
    assert f'href="{home}"' in to_people.text
    assert to_programs.json["reason"] == "path_unknown"
