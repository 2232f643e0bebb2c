import pytest
from playwright.sync_api import Page, expect

from pos_gateway.web import formatting
from tests.support.js_modules import run

AMOUNTS = [0, 1, 99, 100, 101, 3_000, 3_050, -5, -12_345, 10**12]


def in_language(page: Page, language: str) -> None:
    page.evaluate("language => { document.documentElement.lang = language }", language)


@pytest.mark.parametrize(("language", "tongue"), [("zh-CN", "zh"), ("en", "en")])
def test_a_script_writes_amounts_as_a_page_does(page: Page, language: str, tongue: str) -> None:
    in_language(page, language)

    plain = run(page, "words.js", "(words, minors) => minors.map(words.money)", AMOUNTS)
    spoken = run(page, "words.js", "(words, minors) => minors.map(words.yuan)", AMOUNTS)

    assert plain == [formatting.grouped(minor) for minor in AMOUNTS]
    assert spoken == [formatting.yuan(minor, tongue) for minor in AMOUNTS]


@pytest.mark.parametrize(("language", "said"), [("zh-CN", "还剩 3 张"), ("en", "3 left")])
def test_a_script_speaks_the_language_of_its_page(page: Page, language: str, said: str) -> None:
    in_language(page, language)

    found = run(page, "words.js", "words => words.say('还剩 {n} 张', '{n} left', {n: 3})")

    assert found == said


def test_a_notice_is_announced_and_replaces_the_previous_one(page: Page) -> None:
    page.evaluate("document.body.innerHTML = '<div id=notices role=status></div>'")

    run(page, "notice.js", "notice => notice.notify('Redeemed', 'good')")
    run(page, "notice.js", "notice => notice.notifyProblem({title: '<b>Blocked', nextStep: 'Go'})")

    expect(page.get_by_role("alert")).to_have_text("<b>Blocked Go")
    expect(page.get_by_role("status")).not_to_contain_text("Redeemed")


@pytest.mark.parametrize(
    ("closes", "said"), [("02:00:00", "22:00–次日 02:00"), ("00:00:00", "22:00–24:00")]
)
def test_a_benefit_tells_hours_past_midnight(page: Page, closes: str, said: str) -> None:
    hours = [{"opens": "22:00:00", "closes": closes}]
    benefit = {"title": "", "words": {"zh": "", "en": ""}, "limits": [], "hours": hours}
    in_language(page, "zh-CN")

    found = run(
        page,
        "card/benefit_view.js",
        "({benefitView}, benefit) => benefitView({benefit, places: []}).textContent",
        benefit | {"weekdays": [5], "usable": True},
    )

    assert found.endswith(f"周五 · {said}")
