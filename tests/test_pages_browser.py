from __future__ import annotations

import pytest

from tests.browser import DESKTOP, NARROW, PHONE, Watched, overflow, violations

pytestmark = pytest.mark.browser

PATHS = ["/", "/api/v1/"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_axe_finds_nothing(
    browser: Watched, path: str, language: str, size: dict[str, int]
) -> None:
    page = browser.context(size, language=language).new_page()

    page.goto(path)

    assert violations(page) == []


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("large", ["0", "1"])
def test_a_page_fits_a_narrow_phone(browser: Watched, path: str, language: str, large: str) -> None:
    page = browser.context(NARROW, language=language).new_page()

    page.goto(f"{path}?large={large}")

    assert overflow(page) == 0


def test_text_at_twice_its_size_fits(browser: Watched) -> None:
    page = browser.context({"width": 180, "height": 320}).new_page()

    page.goto("/")

    assert overflow(page) == 0
