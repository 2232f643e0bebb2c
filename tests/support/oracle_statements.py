"""An independent model of statements, as a careful clerk with a notebook would keep them."""

from typing import Any

from tests.support.oracle_till import Refused, TillOracle

THRESHOLD_MINOR = 10_00


class StatementOracle(TillOracle):
    """A model of one hairdresser, one fund and its statements."""

    def __init__(self) -> None:
        super().__init__()
        self.statements: dict[str, dict[str, Any]] = {}
        self.incidents: dict[str, tuple[int, str]] = {}
        self.to_keep_minor = 0
        self.paid_alone: list[tuple[str, int]] = []

    @property
    def open_one(self) -> dict[str, Any] | None:
        """Return the statement that is neither paid nor returned."""
        found = [one for one in self.statements.values() if one["status"] == "open"]
        return found[0] if found else None

    def reverse(self, redemption_id: str) -> None:
        """Reverse a redemption, unless it is on the open statement."""
        if self._is_being_paid(redemption_id):
            raise Refused("being_paid")
        super().reverse(redemption_id)

    def pay(self) -> int:
        """Pay without a statement, up to the limit of one officer."""
        if self.open_one:
            raise Refused("statement_open")
        kept_minor = min(self.owed_minor, self.to_keep_minor)
        due_minor = self.owed_minor - kept_minor
        if due_minor + self._started_minor("system") > THRESHOLD_MINOR:
            raise Refused("statement_needed")
        paid_minor = super().pay()
        self.paid_alone.append(("system", due_minor))
        self._keep(kept_minor)
        return paid_minor

    def draw_up(self, statement_id: str, officer: str) -> tuple[int, int] | None:
        """Return the amount due and the approvals needed, or None if it was drawn up already."""
        known = self.statements.get(statement_id)
        if known:
            if known["status"] == "returned":
                raise Refused("statement_already_drawn_up")
            return None
        if self.open_one:
            raise Refused("statement_open")
        if not self.owed_minor:
            raise Refused("nothing_owed")
        kept_minor = min(self.owed_minor, self.to_keep_minor)
        due_minor = self.owed_minor - kept_minor
        self.statements[statement_id] = {
            "status": "open",
            "by": officer,
            "uses": [use for use in self.used if not use["paid"] and not use["undone"]],
            "amount": self.owed_minor,
            "kept": kept_minor,
            "needs": 2 if due_minor + self._started_minor(officer) > THRESHOLD_MINOR else 1,
            "due": due_minor,
            "approved": [],
            "reference": "",
        }
        return due_minor, self.statements[statement_id]["needs"]

    def approve(self, statement_id: str, officer: str) -> int | None:
        """Return the number of this approval."""
        sheet = self._sheet(statement_id)
        if sheet["status"] != "returned" and officer in sheet["approved"]:
            return None
        self._must_be_open(sheet)
        if sheet["by"] == officer:
            raise Refused("drawn_up_by_you")
        if len(sheet["approved"]) == sheet["needs"]:
            return None
        sheet["approved"].append(officer)
        return len(sheet["approved"])

    def send_back(self, statement_id: str) -> bool:
        """Return whether the statement is returned now."""
        sheet = self._sheet(statement_id)
        if sheet["status"] == "returned":
            return False
        self._must_be_open(sheet)
        sheet["status"] = "returned"
        return True

    def mark_paid(self, statement_id: str, officer: str, reference: str) -> int | None:
        """Return the amount paid."""
        sheet = self._sheet(statement_id)
        if sheet["status"] == "paid" and sheet["reference"] == reference:
            return None
        self._must_be_open(sheet)
        if sheet["by"] == officer:
            raise Refused("drawn_up_by_you")
        if len(sheet["approved"]) < sheet["needs"]:
            raise Refused("not_approved")
        sheet["status"], sheet["reference"] = "paid", reference
        self.owed_minor -= sheet["amount"]
        for use in self.used:
            use["paid"] = use["paid"] or use in sheet["uses"]
        self._keep(sheet["kept"])
        due_minor: int = sheet["amount"] - sheet["kept"]
        return due_minor

    def report(self, redemption_id: str, amount_minor: int, reason: str) -> bool:
        """Return whether the incident is reported now."""
        found = [one for one in self.used if one["id"] == redemption_id]
        if not found:
            raise Refused("redemption_unknown")
        (use,) = found
        if use["undone"]:
            raise Refused("redemption_reversed")
        if not use["union"]:
            raise Refused("not_from_this_fund")
        if not 1 <= amount_minor <= use["union"]:
            raise Refused("input_invalid")
        if redemption_id in self.incidents:
            if self.incidents[redemption_id] == (amount_minor, reason):
                return False
            raise Refused("incident_already_reported")
        if not use["paid"]:
            raise Refused("being_paid" if self._is_being_paid(redemption_id) else "not_paid_yet")
        self.incidents[redemption_id] = (amount_minor, reason)
        self.to_keep_minor += amount_minor
        return True

    def _is_being_paid(self, redemption_id: str) -> bool:
        uses = self.open_one["uses"] if self.open_one else []
        return any(use["id"] == redemption_id and use["union"] for use in uses)

    def _started_minor(self, officer: str) -> int:
        """Return the sum of payments that one officer started; all days here are of one month."""
        sheets = [one for one in self.statements.values() if one["status"] != "returned"]
        started = [(one["by"], one["due"]) for one in sheets] + self.paid_alone
        return sum(due_minor for by, due_minor in started if by == officer)

    def _keep(self, kept_minor: int) -> None:
        self.to_keep_minor -= kept_minor
        self.fund_minor += kept_minor

    def _sheet(self, statement_id: str) -> dict[str, Any]:
        if statement_id not in self.statements:
            raise Refused("statement_unknown")
        return self.statements[statement_id]

    def _must_be_open(self, sheet: dict[str, Any]) -> None:
        if sheet["status"] != "open":
            raise Refused(f"statement_{sheet['status']}")
