"""Make a small ledger with the program of this tree, to be kept for later releases to open.

    python -m tests.golden.make_ledger 2026.11.2                        # SQLite
    python -m tests.golden.make_ledger 2026.11.2 postgresql://host/db   # an empty database

It asks through commands and the HTTP API, which are contracts, as people who are signed in.
The result is an archive beside this file: the databases, test keys, and `known.json` with the
answers of the release that made it. Archives are never changed.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
import zipfile
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pysqlite3
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pos_gateway.app.factory import create_app, services_of
from pos_gateway.settings import Settings
from tests.support.cli_runner import Cli

OPENS_AFTER = timedelta(seconds=4)
DATABASES = ("ledger", "vault", "views")
SLOT = {"item": "garden", "session": "may-1"}
PEOPLE = (
    "王小明\n110228199003070017\n13800138000\n",
    "李红梅\n110228199003070025\n13900139000\n",
    "赵建国\n110228199003070033\n\n",
)


class Officer:
    """Runs commands as an officer types them, on one ledger."""

    def __init__(self, var: Path, ledger_url: str) -> None:
        self._cli = Cli(var)
        self.environment = self._cli.environment
        self.environment["LEDGER_URL"] = ledger_url

    def run(self, typed: str, *more: str, answers: str = "") -> str:
        return self._cli.run(*typed.split(), *more, answers=answers).stdout

    def told(self, typed: str, *more: str, answers: str = "") -> Any:
        return json.loads(self.run(typed, *more, "--json", answers=answers))


class Gateway:
    """Calls the API of one ledger."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.app = create_app(Settings.read(environment))
        self.client = self.app.test_client()

    def ask(self, key: str, method: str, path: str, body: Any = None) -> Any:
        headers = {"Authorization": f"Bearer {key}"}
        answer = self.client.open(f"/api/v1{path}", method=method, headers=headers, json=body)
        return answer.get_json()

    def close(self) -> None:
        services_of(self.app).close()


def make(officer: Officer) -> dict[str, Any]:
    """Register people, merchants and offers, use cards and tickets, settle once."""
    cards, known = take_on(officer)
    opens_at = announce(officer)
    gateway = Gateway(officer.environment)
    redeem(officer, gateway, known, cards)
    attend(officer, gateway, known, cards, opens_at)
    gateway.close()
    settle(officer)
    gateway = Gateway(officer.environment)  # an unsettled redemption
    code = officer.run("cards code", cards[1]).strip()
    asked = {"code": code, "amount_minor": 50_00, "choices": ["eight"]}
    gateway.ask(known["till"], "PUT", "/redemptions/r-5", asked)
    known["asked"] = {path: gateway.ask(known["till"], "GET", path) for path in asked_of_tills()}
    gateway.close()
    officer.run("follow --once")
    known["shown"] = {typed: json.loads(officer.run(typed)) for typed in shown(cards)}
    return known


def take_on(officer: Officer) -> tuple[list[str], dict[str, Any]]:
    """Return the cards of three members, and the keys of a till and of two members."""
    cards = []
    for number, person in enumerate(PEOPLE):
        branch = ("鼓楼街道工会", "果园街道工会")[number % 2]
        made = officer.told(
            "members register --with-card --group 劳模 --branch", branch, answers=person
        )
        cards.append(made["card_id"])
    officer.run("funds open care --programme s1 --name 小红卡补贴")
    officer.run("funds contribute care 1000 --source district")
    for merchant, category in (("xiufa", "beauty-hair"), ("garden", "tickets")):
        officer.run(f"merchants sign {merchant} --name 密云{merchant} --category {category}")
        officer.run(f"merchants outlet {merchant} main --name 本店")
    rules = '{"funding":{"union_basis_points":5000,"fund_id":"care"},"merchants":["xiufa"]}'
    officer.run(
        "offers publish --id eight --title 美发八折 --kind percent_off --programme s1"
        ' --terms {"basis_points":2000} --rules',
        rules,
    )
    officer.run(
        'offers publish --id five --title 减五元 --kind amount_off --terms {"amount_minor":500}'
    )
    officer.run(
        'grants make --id cut --title 免费理发 --kind free_service --terms {"times":2}', cards[0]
    )
    officer.run(f"members proxy {cards[0]} {cards[1]}")
    known: dict[str, Any] = {"cards": cards}
    known["till"] = officer.told("tills pair xiufa main --till desk-1")["key"]
    known["gate"] = officer.told("tills pair garden main --till gate-1")["key"]
    known["members"] = [officer.told(f"members key {card}")["key"] for card in cards]
    return cards, known


def announce(officer: Officer) -> datetime:
    """Announce a drop of two places with a waiting list. Return its opening."""
    opens_at = datetime.now(UTC) + OPENS_AFTER
    ends_at = (opens_at + timedelta(days=300)).isoformat()
    session = {"session_id": "may-1", "starts_at": opens_at.isoformat(), "ends_at": ends_at}
    item = {"item_id": "garden", "title": "玫瑰园门票", "kind": "admission", "party_max": 3}
    plan = {
        "title": "五一玫瑰园",
        "mode": "first_come",
        "opens_at": opens_at.isoformat(),
        "closes_at": ends_at,
        "returns_until": ends_at,
        "waiting_max": 5,
        "items": [{**item, "supplier_id": "garden", "sessions": [session | {"capacity": 2}]}],
    }
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
        json.dump(plan, file)
        file.flush()
        officer.run(f"drops announce may-day {file.name}")
    return opens_at


def redeem(officer: Officer, gateway: Gateway, known: dict[str, Any], cards: list[str]) -> None:
    """Redeem, reverse, get a refusal for a lost card, and redeem offline."""
    till = known["till"]
    for redemption_id, choices, card in (
        *(("r-1", ["eight"], 0), ("r-2", ["eight", "five"], 1)),
        *(("r-3", ["cut"], 0), ("r-4", ["eight"], 2)),
    ):
        code = officer.run("cards code", cards[card]).strip()
        asked = {"code": code, "amount_minor": 68_00, "choices": choices}
        gateway.ask(till, "PUT", f"/redemptions/{redemption_id}", asked)
    why = {"reason": "wrong_amount"}
    gateway.ask(till, "POST", "/redemptions/r-2/reversal", why)
    code = officer.run("cards code", cards[2]).strip()
    officer.run(f"cards block {cards[2]}")
    asked = {"code": code, "amount_minor": 68_00, "choices": ["eight"]}
    gateway.ask(till, "PUT", "/redemptions/r-lost", asked)
    redeem_late(officer, gateway, till, cards)


def redeem_late(officer: Officer, gateway: Gateway, till: str, cards: list[str]) -> None:
    """Report one correct and one contested redemption."""
    key = Ed25519PrivateKey.from_private_bytes(bytes([1]) * 32)

    def signed(purpose: str, text: str) -> str:
        signature = key.sign(f"hongka {purpose} 1\n{text}".encode())
        return urlsafe_b64encode(signature).rstrip(b"=").decode()

    public = key.public_key().public_bytes_raw().hex()
    place = {"merchant_id": "xiufa", "till_id": "desk-1"}
    text = "\n".join([*place.values(), public])
    told = {"key": public, "signature": signed("till key", text)}
    gateway.ask(till, "PUT", "/till/device-key", told)
    mark = gateway.ask(till, "GET", "/till/offline")["mark"]
    given = [{"choice": "eight", "merchant_share_minor": 500, "union_share_minor": 500}]
    for number, code in enumerate((officer.run("cards code", cards[1]).strip(), "no code"), 1):
        slip = place | {
            "redemption_id": f"late-{number}",
            "number": number,
            "code": code,
            "amount_minor": 50_00,
            "given": given,
            "scanned_at": datetime.now(UTC).isoformat(),
            "mark": mark,
            "cashier_id": "zhou",
        }
        text = json.dumps(slip)
        body = {"slip": text, "signature": signed("late", text)}
        gateway.ask(till, "PUT", f"/late-redemptions/late-{number}", body)
    count = json.dumps(place | {"highest": 3})
    gateway.ask(till, "PUT", "/till/count", {"slip": count, "signature": signed("count", count)})


def attend(
    officer: Officer, gateway: Gateway, known: dict[str, Any], cards: list[str], opens_at: datetime
) -> None:
    """Claim both places, wait for one, admit one person."""
    time.sleep(max(0.0, (opens_at - datetime.now(UTC)).total_seconds() + 0.2))
    officer.run(f"cards unblock {cards[2]}")
    first, second, third = known["members"]
    drop = "/drops/may-day"
    claimed = gateway.ask(first, "PUT", f"{drop}/claims/k1", {**SLOT, "party": 2})
    gateway.ask(second, "PUT", f"{drop}/claims/k2", SLOT)
    gateway.ask(third, "PUT", f"{drop}/claims/k3", SLOT)
    gateway.ask(third, "PUT", f"{drop}/waiting/k4", SLOT)
    code = officer.run("cards code", cards[0]).strip()
    shown = {"code": code, "ticket": claimed["ticket"], "people": 1}
    gateway.ask(known["gate"], "PUT", "/uses/u-1", shown)
    known["ticket"] = claimed["ticket"]


def settle(officer: Officer) -> None:
    """Pay one statement, and report an incident."""
    account = "密云xiufa\n6222020200112233445\n工商银行\n\n"
    officer.run("statements bank-account merchant-xiufa --by officer-wu", answers=account)
    drawn_up = officer.told("statements draw-up care xiufa --by officer-wu")
    (statement_id,) = (one["statement_id"] for one in drawn_up["statements"])
    officer.run(f"statements approve {statement_id} --by officer-li")
    officer.run(f"statements pay {statement_id} --reference bank-1 --by officer-zhao")
    officer.run("incidents report r-1 1.00 --reason other --by officer-wu")


def asked_of_tills() -> Iterator[str]:
    """Yield the API paths that a till of the hairdresser calls."""
    yield from (f"/redemptions/r-{number}" for number in range(1, 6))


def shown(cards: list[str]) -> Iterator[str]:
    """Yield the commands whose answers are kept; none depends on the time."""
    for view in (
        *("balances", "payables", "redemptions", "late", "tills", "offers"),
        *("purchases --by branch,merchant", "usage --by offer,branch", "refusals --by reason"),
        *("merchant xiufa", "merchant garden", f"card {cards[2]}"),
        *("drop may-day --part sales", "drop may-day --part waiting", "log --after 0 --limit 1000"),
    ):
        yield f"show {view} --format json"
    yield "statements list --format json"
    yield "incidents list --format json"


def pack(archive: zipfile.ZipFile, folder: Path, var: Path, url: str) -> None:
    """Put the databases into the archive, compressed as far as possible."""
    if url:
        dump = ["pg_dump", "--inserts", "--no-owner", "--no-privileges", "--no-comments", url]
        text = subprocess.run(dump, check=True, capture_output=True, text=True).stdout
        lines = [line for line in text.splitlines() if line and line[0] not in "\\-"]
        archive.writestr("database.sql", "\n".join(lines))
        return
    for name in DATABASES:
        with pysqlite3.connect(var / f"{name}.db") as database:
            database.execute(f"VACUUM INTO '{folder / name}.db'")
        archive.write(folder / f"{name}.db", f"{name}.db")


def run(release: str, url: str = "") -> None:
    """Make the archive of one kind of database."""
    os.umask(0o077)
    kind = "postgresql" if url else "sqlite"
    with tempfile.TemporaryDirectory() as made:
        folder, var = Path(made), Path(made) / "var"
        known = make(Officer(var, url))
        path = Path(__file__).parent / f"ledger_{release}_{kind}.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
            archive.writestr("known.json", json.dumps(known, ensure_ascii=False, indent=1))
            for key in sorted((var / "keys").iterdir()):
                archive.write(key, f"keys/{key.name}")
            pack(archive, folder, var, url)
        print(path, path.stat().st_size)  # noqa: T201 - told to who runs it


if __name__ == "__main__":
    run(*sys.argv[1:])
