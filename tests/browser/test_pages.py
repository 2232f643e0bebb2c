import pytest

from tests.support.browser import NARROW, PHONE, WatchedBrowser, overflow, page_faults, violations


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("path", ["/", "/?large=1", "/api/v1/"])
def test_a_page_is_accessible(browser: WatchedBrowser, path: str, language: str) -> None:
    looking = browser.context(PHONE, language=language)

    found = page_faults(looking, path)

    assert not found, "\n".join(found)


def test_the_content_is_one_key_away(browser: WatchedBrowser) -> None:
    page = browser.desktop(language="en")
    page.goto("/")

    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    assert page.evaluate("() => document.activeElement.id") == "main"


@pytest.mark.control
def test_the_faults_of_a_page_are_found(browser: WatchedBrowser) -> None:
    page = browser.context(NARROW).new_page()
    page.goto("/")

    page.locator("main").evaluate("main => { main.innerHTML = '<img src=icon.svg>' }")
    page.locator("main").evaluate("main => { main.style.width = '400px' }")

    assert any(one.startswith("image-alt") for one in violations(page))
    assert overflow(page) >= 40


def test_the_errors_of_a_page_are_recorded(browser: WatchedBrowser) -> None:
    page = browser.phone()
    page.goto("/")

    with page.expect_console_message():
        page.evaluate("document.body.append(document.createElement('style'))")
        page.locator("style").evaluate("style => { style.textContent = 'body { color: red }' }")
    heard, browser.complaints = browser.complaints, []

    assert any("Content Security Policy" in one for one in heard)
