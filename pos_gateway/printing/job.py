"""Print cards: draw the new codes first, record them next, and only then hand out the file."""

import secrets
from collections.abc import Sequence
from typing import NamedTuple

from ledger.errors import InputInvalid
from ledger.members.card import check_live
from pos_gateway.codes import make_printed_code, printed_code_hash
from pos_gateway.codes.printed import PRINTED_BYTES, read_printed
from pos_gateway.printing.card_image import CardFace
from pos_gateway.printing.sheet_pdf import CARDS_MAX, card_sheet
from pos_gateway.services import Services

TITLE_ZH, TITLE_EN = "工会会员互助服务卡", "Union member service card"


class NewCode(NamedTuple):
    """A new printed code of a card, not valid until recorded: its hash, and the card's face."""

    card_id: str
    code_hash: str
    face: CardFace


def new_code(services: Services, card_id: str) -> NewCode:
    """Return a new printed code for a card; nothing is recorded yet.

    Raises:
        Refusal: the card is unknown or not live.
    """
    card = services.ledger.card(card_id)
    check_live(card, services.ledger.day(services.clock()))
    person = services.vault.get(card.member_id)
    text = make_printed_code(secrets.token_bytes(PRINTED_BYTES))
    face = CardFace(
        title_zh=TITLE_ZH,
        title_en=TITLE_EN,
        holder_masked=services.vault.masked_name(person) if person else "会员",
        number_hint=card_id[-8:].upper(),
        code_text=text,
        valid_until=card.last_day,
    )
    return NewCode(card_id, printed_code_hash(read_printed(text).number), face)


def record(
    services: Services, codes: Sequence[NewCode], by: str, request: str | None = None
) -> None:
    """Record the new codes; earlier prints of these cards stop working at once.

    `request` is the caller's id of this print, which makes a repeat safe; None for none.

    Raises:
        Refusal: a card is no longer live; the cards before it are recorded.
        RequestReused: other codes were recorded under this request.
    """
    for one in codes:
        request_id = None if request is None else f"{request}/{one.card_id}"
        services.ledger.officers.cards.print_code(
            one.card_id, code_hash=one.code_hash, by=by, request_id=request_id
        )


def print_sheet(services: Services, card_ids: Sequence[str], by: str, request: str) -> bytes:
    """Record new codes for 1 to CARDS_MAX cards, and return them as a PDF of A4 sheets.

    Earlier prints of these cards stop working. `request` is the caller's id of this print: a
    repeated request voids no plastic a second time.

    Raises:
        InputInvalid: too few or too many cards, a card named twice, or a name that can't be drawn.
        Refusal: a card is not live; nothing was recorded, unless its status changed meanwhile.
        RequestReused: this request was answered before; the first caller has the sheet.
    """
    if not 1 <= len(card_ids) <= CARDS_MAX or len(set(card_ids)) < len(card_ids):
        raise InputInvalid(field="card_ids", most=CARDS_MAX)
    codes = [new_code(services, card_id) for card_id in card_ids]
    content = card_sheet([one.face for one in codes])
    record(services, codes, by, request)
    return content
