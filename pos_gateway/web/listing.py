"""Lists on pages: some rows of each, with the addresses of the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Generic, NamedTuple, TypeVar
from urllib.parse import urlencode

from flask import request

from ledger.errors import InputInvalid
from pos_gateway.web.json_body import check_id, read_number

PAGE_ROWS = 100
"""The most rows of a list on one page."""

CARD_ROWS = 20
"""The same where each row has forms of its own."""

FIND = "find"
"""The name in a URL's query of a text that the rows must hold."""

Row = TypeVar("Row")
Other = TypeVar("Other")


class Listed(NamedTuple, Generic[Row]):
    """The rows of a list that a page shows; `list_end` of `macros.html` ends such a list.

    `next` is the address of the rows that follow, "" if there are none; `first`, that of the first
    rows, "" where these are shown.
    """

    rows: Sequence[Row]
    next: str = ""
    first: str = ""

    def of(self, rows: Sequence[Other]) -> Listed[Other]:
        """Return the same part of a list with other rows: what is shown of each."""
        return Listed(rows, self.next, self.first)


class Lists:
    """The lists of a page at `path`; empty: the path of the request.

    Each list has a `name` in the query of the URL, which says where its rows go on. A wrong value
    there is InputInvalid.
    """

    def __init__(self, path: str = "") -> None:
        self._path = path or request.path

    def numbered(
        self,
        name: str,
        query: Callable[..., Sequence[Row]],
        *,
        argument: str = "before",
        field: str = "position",
        most: int | None = None,
        **asked: Any,
    ) -> Listed[Row]:
        """Return at most `most` (None: PAGE_ROWS) rows of a query that goes on by a number.

        That is the `field` of a row; the query takes it as `argument`, and the number of rows as
        `rows_max`. `asked` are its other arguments.
        """
        most = most or PAGE_ROWS
        typed = request.args.get(name, "")
        begins = {argument: read_number(name, typed)} if typed else {}
        found = query(**asked, **begins, rows_max=most + 1)
        return self._listed(name, found, most, lambda last: str(getattr(last, field)))

    def keyed(
        self, name: str, query: Callable[..., Sequence[Any]], keys: int, **asked: Any
    ) -> Listed[Any]:
        """Return at most PAGE_ROWS rows of a query that goes on `after` the first `keys` of a row.

        These are ids; `asked` are other arguments of the query.
        """
        typed = request.args.get(name, "")
        after = typed.split(".") if typed else []
        if len(after) not in {0, keys}:
            raise InputInvalid(field=name)
        for one in after:
            check_id(name, one)
        found = query(**asked, after=after, rows_max=PAGE_ROWS + 1)
        return self._listed(name, found, PAGE_ROWS, lambda last: ".".join(last[:keys]))

    def part(self, name: str, rows: Sequence[Row], *, most: int | None = None) -> Listed[Row]:
        """Return at most `most` (None: PAGE_ROWS) of rows that are all in memory."""
        most = most or PAGE_ROWS
        typed = request.args.get(name, "")
        begin = read_number(name, typed) if typed else 0
        return self._listed(name, rows[begin : begin + most + 1], most, lambda _: str(begin + most))

    def _listed(
        self, name: str, found: Sequence[Row], most: int, goes_on: Callable[[Row], str]
    ) -> Listed[Row]:
        rows = found[:most]
        return Listed(
            rows,
            self._address({name: goes_on(rows[-1])}) if len(found) > most else "",
            self._address({}, without=name) if request.args.get(name) else "",
        )

    def _address(self, changed: dict[str, str], without: str = "") -> str:
        query = {one: text for one, text in request.args.items() if one != without} | changed
        return f"{self._path}?{urlencode(query)}" if query else self._path


def sought(rows: Iterable[Row], texts: Callable[[Row], Iterable[str]]) -> list[Row]:
    """Return the rows with FIND of the URL in one of their texts, in either case; all if empty."""
    wanted = request.args.get(FIND, "").strip().casefold()
    return [one for one in rows if any(wanted in text.casefold() for text in texts(one))]
