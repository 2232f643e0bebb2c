"""Printing cards at the officers' desk: new numbers, one sheet, and old codes are dead."""

from typing import Any

import pytest

from ledger.errors import CardBlocked, InputInvalid, RequestReused
from pos_gateway.codes import printed_code_hash
from pos_gateway.codes.printed import read_printed
from pos_gateway.printing.job import print_sheet
from tests.pos_gateway.codes.test_qr_image import zxing
from tests.support.app import LI_CARD, OFFICER, WANG_CARD, App
from tests.support.pdf_reader import painted, reader


def printed(content: bytes) -> set[str]:
    """Return the hashes of the numbers on a sheet."""
    return {
        printed_code_hash(read_printed(text).number)
        for page in painted(content)
        for text in zxing(page)
    }


def live(app: App) -> set[Any]:
    return {app.services.ledger.card(card_id).code_hash for card_id in (WANG_CARD, LI_CARD)}


def test_the_numbers_on_the_sheet_are_those_that_are_live(app: App) -> None:
    before = live(app)

    content = print_sheet(app.services, [WANG_CARD, LI_CARD], OFFICER, "sheet-1")

    assert printed(content) == live(app)
    assert live(app).isdisjoint(before)
    assert "王*明" in reader(content).pages[0].extract_text()
    assert "王小明" not in reader(content).pages[0].extract_text()


def test_asked_twice_no_plastic_dies(app: App) -> None:
    content = print_sheet(app.services, [WANG_CARD, LI_CARD], OFFICER, "sheet-1")

    with pytest.raises(RequestReused):
        print_sheet(app.services, [WANG_CARD, LI_CARD], OFFICER, "sheet-1")

    assert printed(content) == live(app)
    print_sheet(app.services, [WANG_CARD, LI_CARD], OFFICER, "sheet-2")
    assert printed(content).isdisjoint(live(app))


def test_where_one_card_is_dead_none_is_printed(app: App) -> None:
    app.services.ledger.officers.cards.block_card(LI_CARD, by=OFFICER)
    before, position = live(app), app.position

    with pytest.raises(CardBlocked):
        print_sheet(app.services, [WANG_CARD, LI_CARD], OFFICER, "sheet-1")

    assert (live(app), app.position) == (before, position)


@pytest.mark.parametrize("card_ids", [[], [WANG_CARD, WANG_CARD], [WANG_CARD] * 501])
def test_what_is_no_list_of_cards_is_refused(app: App, card_ids: list[str]) -> None:
    with pytest.raises(InputInvalid):
        print_sheet(app.services, card_ids, OFFICER, "sheet-1")
