"""No list ends without its next page, or a word that it is whole."""

import html
import re
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from ledger.staff import OF_MERCHANTS
from pos_gateway.auth.authentication import realm_of
from pos_gateway.auth.policies import ROLES, Policy
from pos_gateway.web.listing import PAGE_ROWS
from projections.cards import past_last_day
from projections.engine.pages import held
from projections.usage import usage
from tests.support.app_crowded import LINES, LONG, OTHERS, PAIRS, CrowdedApp, crowd
from tests.support.endpoint_table import PAGES, Address

__all__ = ["crowd"]

LISTS = {
    ("till", "/till/today", r"/till/redemptions/(r-\d+)"): LINES,
    ("till", "/till/today", r"/till/uses/(u-\d+)"): OTHERS,
    ("till", "/till/owed", r"/till/statements/([\w-]+)"): 3 * OTHERS,
    ("till", f"/till/statements/{LONG}", r">(r-\d+)<"): LINES,
    ("owner", "/shop/redemptions", r"/shop/redemptions/(r-\d+)"): LINES,
    ("owner", "/shop/statements", r"/shop/statements/(s-[\w-]+)"): 3 * OTHERS,
    ("owner", "/shop/statements", r"/shop/redemptions/(r-\d+)"): OTHERS,
    ("owner", f"/shop/statements/{LONG}", r"/shop/redemptions/(r-\d+)"): LINES,
    ("owner", "/shop/", r"/shop/statements/(s-[\w-]+)"): 2 * OTHERS,
    ("owner", "/shop/tills", r'id="till-(t-\d+)"'): OTHERS,
    ("clerk", "/desk/", r"/desk/drops/(d-\d+)"): OTHERS,
    ("clerk", "/desk/merchants", r"/desk/merchants/(m-\d+)"): OTHERS,
    ("clerk", "/desk/merchants/bakery", r'id="revoke-(t-\d+)"'): OTHERS,
    ("clerk", "/desk/merchants/bakery", r'name="outlet_id" value="(o-\d+)"'): OTHERS,
    ("clerk", "/desk/offers", r"/desk/offers/(offer-\d+)"): OTHERS,
    ("clerk", "/desk/drops", r"/desk/drops/(d-\d+)"): OTHERS,
    ("clerk", "/desk/statements", r"/desk/statements/(s-[\w-]+)"): 3 * OTHERS,
    ("clerk", "/desk/statements?status=paid", r"/desk/statements/(s-[\w-]+)"): OTHERS,
    ("clerk", "/desk/statements", r'value="(m-\d+ [\w-]+)"'): 2 * PAIRS,
    ("clerk", "/desk/statements", r">(r-\d+)<"): OTHERS,
    ("clerk", f"/desk/statements/{LONG}", r">(r-\d+)<"): LINES,
    ("treasurer", "/desk/funds", r'id="f-(fund-\d+)"'): OTHERS,
    ("treasurer", "/desk/funds", r'>([^<]+)</td><td data-label="Fund">([^<]+)<'): 2 * PAIRS,
    ("reviewer", "/desk/staff", r'id="p-(person-\d+)"'): OTHERS,
}
"""The number of rows of each list, by its reader, its page and a pattern of its rows."""

WHOLE = {
    "/card/account": "a member's sign-ins, at most as many as the vault keeps",
    "/card/drops": "says how many it leaves out",
    "/card/drops/<drop_id>": "says how many merchants and outlets it names",
    "/card/more": "addresses of the program",
    "/demonstration": "the people of the demonstration",
    "/desk/account": "an officer's sign-ins",
    "/desk/": "an item leads to the rest of its kind, see below",
    "/desk/drops/<drop_id>": "the sessions of one plan",
    "/desk/figures": "the subjects of the program",
    "/desk/figures/<subject>": "says that rows are missing",
    "/desk/members/import": "says how many rows it leaves out",
    "/outbox": "the messages of the demonstration",
    "/shop/account": "an owner's sign-ins",
}
"""Pages whose lists need no end, and why."""


def walked(crowd: CrowdedApp, reader: str, path: str) -> Iterator[str]:
    """Yield a page and all pages that its lists lead to, those that these lead to, and so on."""
    seen, left = {path}, [path]
    crowd.enter(reader)
    while left:
        if reader not in {"member", "till"}:
            crowd.enter(reader)  # somebody else, who has asked for nothing yet
        text = crowd.page(left.pop())
        yield text
        for address in re.findall(r'rel="next" href="([^"]+)"', text):
            following = html.unescape(address)
            # One list at a time: the pages of two lists are not those of every pair.
            if following not in seen and following.count("=") <= path.count("=") + 1:
                seen.add(following)
                left.append(following)


@pytest.mark.parametrize(("reader", "path", "row"), LISTS)
def test_a_list_is_read_to_its_end_in_pages(
    crowd: CrowdedApp, reader: str, path: str, row: str
) -> None:
    found = [set(re.findall(row, text)) for text in walked(crowd, reader, path)]

    assert len(set().union(*found)) == LISTS[reader, path, row]
    assert max(map(len, found)) <= PAGE_ROWS


def test_a_member_and_a_card_are_read_to_their_first_line(crowd: CrowdedApp) -> None:
    entries = sum(
        text.count('<li>\n<p class="spread">') for text in walked(crowd, "member", "/card/history")
    )
    lines = sum(
        text.count('data-label="Price (yuan)"')
        for text in walked(crowd, "clerk", "/desk/members/member-wang")
    )

    assert (entries, lines) == (LINES, LINES)


@pytest.mark.parametrize(
    "address", [one for one in PAGES if one.method == "GET" and one.path not in WHOLE], ids=str
)
def test_every_list_has_an_end(crowd: CrowdedApp, address: Address) -> None:
    enter_for(crowd, address)
    answer = crowd.client.get(address.asked.replace("st-1", LONG))
    if answer.status_code != 200 or answer.mimetype != "text/html":
        return

    marks = re.findall(r'class="(list\b|cards|end|pager)|<(table)', answer.text)

    kinds = [one or other for one, other in marks]
    for kind, following in pairwise([*kinds, ""]):
        assert kind in {"end", "pager"} or following in {"end", "pager"}, (
            f"{address.path}: end each list with `list_end` of macros.html, or say in WHOLE of"
            f" this file why it needs none: {kinds}"
        )


def test_either_database_lists_and_sums(database_url: str, tmp_path: Path) -> None:
    crowd = CrowdedApp(database_url, tmp_path / "var")
    for reader, path, _ in LISTS:
        crowd.enter(reader)
        following = re.findall(r'rel="next" href="([^"]+)"', crowd.page(path))
        assert following, path
        for address in following:
            assert 'class="pager"' in crowd.page(html.unescape(address))
    with crowd.services.views.reading() as connection:
        tomorrow = crowd.services.ledger.day(crowd.now) + timedelta(days=1)
        due = past_last_day(connection, today=tomorrow)
        sums = [*usage.rows(held(connection), ["choice_id"])]
    crowd.close()

    assert due == []
    assert len(sums) == LINES


def enter_for(crowd: CrowdedApp, address: Address) -> None:
    match address.policy:
        case Policy.PUBLIC:
            return
        case Policy.MEMBER | Policy.TILL:
            crowd.enter("member" if address.policy is Policy.MEMBER else "till")
        case policy:
            role = min(ROLES[policy])
            assert (role in OF_MERCHANTS) == (realm_of(policy) == "shop")
            crowd.enter(role)
