"""The offer form in a browser: a preview while typing, and list rows added and removed."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import DESKTOP, page_faults
from tests.support.browser_merchant import MerchantServer, Visit
from tests.support.sample_kind import Sample, Step, sample_registered

AT_SAMPLE = "/desk/offers/new?kind=sample"


@pytest.fixture(autouse=True)
def sample() -> Iterator[type[Sample]]:
    with sample_registered() as registered:
        yield registered


def form(visit: Visit, path: str, **options: Any) -> Page:
    """Open the form as an officer."""
    page = visit("desk", DESKTOP, **options).new_page()
    page.goto(path)
    return page


def fill_row(page: Page, number: int, yuan: str, percent: str) -> None:
    row = page.get_by_role("group", name=f"Row {number}")
    row.get_by_label("From a price of").fill(yuan)
    row.get_by_label("Part taken off").fill(percent)


def test_an_offer_is_previewed_while_it_is_typed(visit: Visit) -> None:
    page = form(visit, "/desk/offers/new?kind=percent_off")
    tried = page.locator("#preview")
    expect(tried).to_contain_text("Not ready yet")

    page.get_by_label("Part taken off (%)").press_sequentially("25")

    expect(tried).to_contain_text("the member pays ¥75")
    page.get_by_label("A purchase of (yuan)").fill("200")
    expect(tried).to_contain_text("the member pays ¥150")
    page.get_by_label("on a").select_option("2")
    expect(tried).to_contain_text("on a Tuesday")
    expect(page.get_by_label("Title")).to_have_value("")
    expect(page.get_by_label("Offer id")).to_have_value("")


def test_rows_are_added_and_removed_while_the_offer_is_typed(
    visit: Visit, merchant_server: MerchantServer, sample: type[Sample]
) -> None:
    page = form(visit, AT_SAMPLE)
    page.get_by_label("Title").fill("Steps")
    page.get_by_label("Offer id").fill("steps")
    fill_row(page, 1, "100", "10")

    page.get_by_role("button", name="Add a row").first.click()
    expect(page.get_by_role("group", name="Row 2").get_by_label("From a price of")).to_be_focused()
    fill_row(page, 2, "200", "20")
    page.get_by_role("button", name="Remove row 1").click()
    expect(page.get_by_role("group", name="Row 2")).to_have_count(0)
    page.get_by_label("Title").press("Enter")

    page.wait_for_url("**/desk/offers/steps")
    offer = merchant_server.services.ledger.offer("steps")
    assert offer.benefit == sample(steps=(Step(threshold_minor=200_00, basis_points=2_000),))


def test_rows_are_added_without_scripts(visit: Visit) -> None:
    page = form(visit, AT_SAMPLE, java_script_enabled=False)
    page.get_by_label("Title").fill("Steps")
    fill_row(page, 1, "100", "10")

    page.get_by_role("button", name="Add a row").first.click()

    expect(page.get_by_label("Title")).to_have_value("Steps")
    expect(page.get_by_role("group", name="Row 2").get_by_label("From a price of")).to_be_visible()
    row = page.get_by_role("group", name="Row 1")
    expect(row.get_by_label("From a price of")).to_have_value("100")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_form_with_rows_has_no_faults(visit: Visit, language: str) -> None:
    assert page_faults(visit("desk", language=language), AT_SAMPLE) == []
