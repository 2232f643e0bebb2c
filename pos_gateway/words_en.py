"""What people are told of each reason, in English: what is the matter, what to do next."""

from __future__ import annotations

_ASK_UNION = "Ask the union that issued the card."
_CHOOSE = "Choose another benefit."
_NEW_ID = "Choose another id."
_RESCAN = "Ask the member to refresh the code, then scan again."

TEXTS: dict[str, tuple[str, str]] = {
    "refusal": ("Not possible", "Try again, then ask the union."),
    "card_unknown": ("No such card", _ASK_UNION),
    "card_blocked": (
        "The card was reported lost",
        "The member may have it unblocked or replaced by the union.",
    ),
    "card_replaced": ("The card was replaced", "Show the new card."),
    "card_expired": ("The card has expired", "The member may get a new one from the union."),
    "card_closed": ("The card was closed", _ASK_UNION),
    "card_already_issued": (
        "The member holds a live card, or the card id is taken",
        "Look at the member's card first.",
    ),
    "code_already_used": ("The code was used already", _RESCAN),
    "code_superseded": ("The card was printed again", "Use the latest print."),
    "member_unknown": ("No such member", _ASK_UNION),
    "member_already_registered": ("The member id is taken", _NEW_ID),
    "person_already_known": ("The identity number belongs to another member", "Check the number."),
    "not_eligible": ("The benefit is for other groups or branches", _CHOOSE),
    "merchant_unknown": ("No such merchant", "Check the merchant id."),
    "merchant_already_signed": ("The merchant id is taken", _NEW_ID),
    "merchant_suspended": ("The merchant takes no cards at present", "Ask the union."),
    "outlet_unknown": ("The merchant has no such outlet", "Check the outlet id."),
    "till_already_paired": ("The till id is taken", _NEW_ID),
    "offer_unknown": ("No such offer", "Validate again and choose from the list."),
    "offer_already_published": ("The offer id is taken", _NEW_ID),
    "offer_not_yet_open": ("The offer opens later", _CHOOSE),
    "offer_suspended": ("The offer is on hold", _CHOOSE),
    "offer_ended": ("The offer is over", _CHOOSE),
    "grant_unknown": ("The member holds no such grant", "Validate again and choose from the list."),
    "grant_already_made": ("The grant id is taken", _NEW_ID),
    "grant_ended": ("The grant is over", _CHOOSE),
    "not_agreed_here": ("Not agreed with this outlet", _CHOOSE),
    "category_not_covered": ("This category is not covered", "Choose another category or benefit."),
    "not_on_this_day": ("Not on this day", _CHOOSE),
    "not_at_this_hour": ("Not at this hour", "Come back in its hours, or choose another benefit."),
    "limit_reached": ("Used as often as the terms allow", _CHOOSE),
    "ceiling_reached": ("The amount set aside is spent", _CHOOSE),
    "below_threshold": (
        "The purchase is too small for this",
        "Add to the purchase, or choose another benefit.",
    ),
    "benefit_exhausted": ("Nothing is left of this benefit", _CHOOSE),
    "nothing_to_take_off": (
        "Nothing is left to take off",
        "Leave this benefit out and redeem again.",
    ),
    "not_combinable": ("It cannot be combined", "Choose one benefit alone."),
    "chosen_twice": ("Chosen twice", "Leave one of the two out."),
    "fund_unknown": ("No such fund", "Check the fund id."),
    "fund_already_opened": ("The fund id is taken", _NEW_ID),
    "fund_exhausted": ("The fund has nothing left", _CHOOSE),
    "nothing_owed": ("Nothing is owed", "There is nothing to pay."),
    "redemption_unknown": ("No such redemption", "Check the redemption id."),
    "already_paid": (
        "The merchant was paid for it",
        "It cannot be reversed: report an incident to the union.",
    ),
    "till_unknown": ("No such till", "Pair the till again."),
    "till_revoked": ("The till's pairing was ended", "Pair the till again."),
    "redemption_not_yours": ("Another merchant made this redemption", "Check the redemption id."),
    "terms_invalid": ("The terms are wrong", "Correct the field that is named."),
    "input_invalid": ("A value is not accepted", "Correct the field that is named and send again."),
    "roster_unreadable": (
        "The roster cannot be read",
        "Save it as CSV in UTF-8 or GB18030, or as XLSX.",
    ),
    "not_an_empty_ledger": (
        "The ledger holds later facts",
        "Set HONGKA_VAR to a directory of its own.",
    ),
    "request_reused": ("The id was used for something else", "Use a new id for a new purchase."),
    "busy": ("Busy", "Send the same again shortly: it is safe."),
    "key_refused": ("The till's key is missing or wrong", "Check the key, or pair the till again."),
    "invalid_code": ("Not a code of ours", "Scan again; on a phone, refresh the code first."),
    "invalid_code.expired": ("The code has expired", _RESCAN),
    "invalid_code.not_yet_valid": (
        "The code is not valid yet",
        "Check the clocks of phone and till.",
    ),
    "invalid_code.check_character": (
        "The number was mistyped",
        "Type it again as printed below the QR code of the card.",
    ),
    "invalid_code.forged": (
        "The code's signature is false",
        "Do not accept it, and tell the union.",
    ),
    "request_malformed": ("The request is malformed", "Check that it is well-formed JSON."),
    "path_unknown": ("Nothing is at this address", "See the description at /api/v1/."),
    "method_not_allowed": ("The method is not supported here", "Use one that Allow names."),
    "body_too_large": ("The body is too large", "Send less."),
    "content_type_wrong": ("The content type is wrong", "Send application/json."),
    "not_ready": ("Not ready", "Try again shortly."),
    "unexpected": (
        "Something went wrong here",
        "Try again; if it stays, tell us the incident number.",
    ),
}
"""Title and next step by reason, or by `reason.problem` where a reason has kinds."""
