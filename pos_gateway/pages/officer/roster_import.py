"""The import of a roster: preview it, issue its cards, print them.

An uploaded file is encrypted on disk between preview and confirmation, and read from memory. Files
older than an hour are deleted, and at the start of the gateway those of a release that left others.
"""

import secrets
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from flask import Response, request

from ledger.errors import HongkaError, InputInvalid
from pos_gateway.auth.policies import Policy, StaffIdentity
from pos_gateway.auth.sealing import Sealing
from pos_gateway.i18n.words import ROSTER_FIELDS, ROSTER_FILES, ROSTER_HELP
from pos_gateway.members.correction import correct
from pos_gateway.members.reading import read_person
from pos_gateway.pages.officer import OfficerViews
from pos_gateway.printing.job import print_sheet
from pos_gateway.roster import Roster, Sheet, read_roster, read_sheet
from pos_gateway.roster.differences import LAST_DAY
from pos_gateway.roster.importer import Line, Outcome, import_roster
from pos_gateway.roster.workbook import XLSX_TYPE, sample, to_mend
from pos_gateway.services import Services
from pos_gateway.web.json_body import BODY_BYTES_MAX
from pos_gateway.web.page_route import download
from pos_gateway.web.templating import said
from pos_gateway.web.views import FORM, POST, page

SHOWN_MAX = 100
"""The most rows with problems, or differences, that are shown; the count covers all."""

SHEET_MAX = 500
"""The most cards of one PDF."""

SECONDS_MAX = 60 * 60
SWEEP_EVERY_SECONDS = 10 * 60
BYTES_MAX = 8 * 2**20
SUFFIXES = (".xlsx", ".csv", ".txt")
SEALED = ".sealed"

_NAME_BYTES = 16


class KeptRosters:
    """The uploaded files in one folder, encrypted; each opens only for its uploader."""

    def __init__(self, folder: Path, sealing: Sealing) -> None:
        self._folder = folder
        self._sealing = sealing

    def keep(self, content: bytes, suffix: str, *, by: str) -> str:
        """Encrypt and store a file for the officer `by`, and return the name that opens it.

        `suffix` is one of SUFFIXES; another one, or an empty or too large file, is InputInvalid.
        """
        if suffix not in SUFFIXES or not 0 < len(content) <= BYTES_MAX:
            raise InputInvalid(field="roster", most=BYTES_MAX)
        self._folder.mkdir(mode=0o700, exist_ok=True)
        name = secrets.token_hex(_NAME_BYTES)
        sealed = self._folder / f"{name}{SEALED}"
        sealed.touch(0o600, exist_ok=False)
        sealed.write_bytes(self._sealing.seal(content, "roster", by, name))
        return name

    def content(self, name: str, *, by: str) -> bytes:
        """Decrypt a file of the officer `by`; InputInvalid is raised if the file is gone."""
        with suppress(OSError):
            if name.isalnum():
                sealed = (self._folder / f"{name}{SEALED}").read_bytes()
                return self._sealing.unseal(sealed, "roster", by, name)
        raise InputInvalid(field="roster")

    def forget(self, name: str) -> None:
        """Delete a file by its name from `keep`; a missing one is ignored."""
        if name.isalnum():
            (self._folder / f"{name}{SEALED}").unlink(missing_ok=True)

    def sweep_on(self, wait: Callable[[float], bool]) -> None:
        """Sweep now and every ten minutes, until `wait(seconds)`, a sleep, returns true."""
        while True:
            self.sweep()
            if wait(SWEEP_EVERY_SECONDS):
                return

    def sweep(self) -> None:
        """Delete files older than an hour, and any that is not encrypted."""
        for path in self._folder.glob("*"):
            with suppress(OSError):  # another gateway deleted it, or a later sweep can
                if path.suffix != SEALED or time.time() - path.stat().st_mtime > SECONDS_MAX:
                    path.unlink()


class RosterPages(OfficerViews):
    """The pages of a roster import."""

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self._kept = KeptRosters(services.settings.var / "rosters", services.sign_in.sealing)
        services.start(self._kept.sweep_on)

    @page(
        "desk-import",
        "/desk/members/import",
        Policy.KEEP_CARDS,
        FORM,
        bytes_max=BYTES_MAX + BODY_BYTES_MAX,
    )
    def start(self, asking: StaffIdentity) -> Response:
        """Show the form to upload a roster; sent, preview its import: no member is registered."""
        if request.method == "GET":
            return self._start(asking)
        try:
            return self._preview(asking)
        except HongkaError as error:
            why = _why(error.particulars)
            return self._start(asking, 422, error=error, why=why)

    @page("desk-imported", "/desk/members/imported", Policy.KEEP_CARDS, POST)
    def take(self, asking: StaffIdentity) -> Response:
        """Import the roster that was previewed: register its members and issue their cards.

        Faulty rows are left out. A member who has a card keeps it, unless the form's `renew` is
        ticked; with `correct`, the roster's data is taken over. The stored file is deleted.
        """
        name = request.form.get("roster", "")
        taking = partial(correct, self._services, reason="roster", by=asking.by)
        try:
            sheet = read_sheet(self._kept.content(name, by=asking.by))
            lines = self._lines(
                sheet,
                asking,
                correct=taking if "correct" in request.form else None,
                renew="renew" in request.form,
            )
        except HongkaError as error:
            return self._start(asking, error=error)
        self._kept.forget(name)
        cards = [line.card_id for line in lines if line.outcome is Outcome.ISSUED]
        sheets = [cards[at : at + SHEET_MAX] for at in range(0, len(cards), SHEET_MAX)]
        return self._show(
            "imported.html", asking, counts=_counts(lines), sheets=sheets, request_id=name
        )

    @page("desk-sheet", "/desk/cards/sheet", Policy.KEEP_CARDS, POST)
    def sheet(self, asking: StaffIdentity) -> Response:
        """Return a PDF of the form's cards, 1 to SHEET_MAX; their earlier prints stop working."""
        cards = request.form.getlist("card")
        if not 0 < len(cards) <= SHEET_MAX:
            raise InputInvalid(field="card", most=SHEET_MAX)
        printed = f"desk/{asking.staff_id}/{request.form.get('request', '')}"
        content = print_sheet(self._services, cards, by=asking.by, request=printed)
        return download(content, "cards.pdf", "application/pdf")

    @page("desk-import-sample", "/desk/members/import/sample", Policy.KEEP_CARDS)
    def sample(self, asking: StaffIdentity) -> Response:  # noqa: ARG002 - views get it
        """Return an empty roster, which explains its columns, as XLSX."""
        return download(sample(), "roster.xlsx", XLSX_TYPE)

    @page("desk-import-refused", "/desk/members/import/refused", Policy.KEEP_CARDS, POST)
    def refused(self, asking: StaffIdentity) -> Response:
        """Return the faulty rows of the roster that was previewed, as XLSX, to be mended."""
        content = self._kept.content(request.form.get("roster", ""), by=asking.by)
        return download(to_mend(self._roster(read_sheet(content))), "to-mend.xlsx", XLSX_TYPE)

    def _start(self, asking: StaffIdentity, status: int | None = None, **shown: Any) -> Response:
        columns = [(said(ROSTER_FIELDS[one]), said(words)) for one, words in ROSTER_HELP.items()]
        return self._show("import.html", asking, status, columns=columns, **shown)

    def _preview(self, asking: StaffIdentity) -> Response:
        sent = request.files.get("roster")
        suffix = Path(sent.filename or "").suffix.lower() if sent else ""
        content = sent.read(BYTES_MAX + 1) if sent else b""
        name = self._kept.keep(content, suffix, by=asking.by)
        sheet = read_sheet(content)
        roster = self._roster(sheet)
        wrong = [row for row in roster if row.problems]
        lines = self._lines(sheet, asking, dry_run=True)
        differing = [line for line in lines if line.differences]
        for line in differing[:SHOWN_MAX]:
            member_id = self._services.ledger.card(line.card_id).member_id
            read_person(self._services, member_id, by=asking.by, where="desk-import")
        fields = {one.field for line in differing for one in line.differences}
        return self._show(
            "import_preview.html",
            asking,
            name=name,
            counts=_counts(lines),
            wrong=wrong[:SHOWN_MAX],
            more=max(0, len(wrong) - SHOWN_MAX),
            differing=differing[:SHOWN_MAX],
            differing_count=len(differing),
            corrected=bool(fields - {LAST_DAY}),
            renewed=LAST_DAY in fields,
            roster=roster,
        )

    def _roster(self, sheet: Sheet) -> Roster:
        return read_roster(sheet, self._services.ledger.day(self._services.clock()))

    def _lines(self, sheet: Sheet, asking: StaffIdentity, **how: Any) -> list[Line]:
        ledger, vault = self._services.ledger, self._services.vault
        return list(import_roster(ledger, vault, self._roster(sheet), by=asking.by, **how))


def _why(particulars: Mapping[str, Any]) -> str:
    """Return the text of a problem with the file as a whole, by its error; "" if none is known."""
    words = ROSTER_FILES.get(str(particulars.get("problem", "")))
    found = [particulars[one] for one in ("columns", "line", "most") if one in particulars]
    text = said(words) if words else ""
    is_whole = text.endswith(("。", "."))  # others are followed by a particular
    return text if is_whole else f"{text}{found[0]}" if text and found else ""


def _counts(lines: Sequence[Line]) -> dict[str, int]:
    counted = Counter(line.outcome for line in lines)
    return {outcome.value: counted[outcome] for outcome in Outcome}
