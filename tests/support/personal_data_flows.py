"""Every flow that handles personal data, through commands and a served gateway."""

import csv
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pysqlite3
from PIL import Image

from projections.engine.registry import QUESTIONS
from tests.pos_gateway.cli.test_story import set_up
from tests.pos_gateway.codes.test_qr_image import zxing
from tests.support.cli_capture import LOGGED, SHIPPED, CapturedCli, CapturedGateway
from tests.support.personal_data_canaries import PEOPLE, files_that_leak, leaks
from tests.support.personal_data_canaries_drops import attend
from tests.support.personal_data_canaries_late import lose_the_line
from tests.support.personal_data_canaries_settlement import settle
from tests.support.personal_data_canaries_sign_in import knock
from tests.support.rosters import CHINESE, identity_number, write_csv, write_xlsx
from tests.support.vault_fixture import stored

LEAKED = "these files hold a person's name or number: keep it in the vault, and record an opaque id"


def rosters(given: Path) -> list[Path]:
    """Write forty-eight people into three files, each with rows that are refused."""
    given.mkdir()
    rows = [
        [one.name, one.phone, one.identity_number, "鼓楼街道工会", "公交", "劳模", "2030-12-31"]
        for one in PEOPLE[:48]
    ]
    files = []
    for start, encoding in ((0, "utf-8"), (16, "gb18030"), (32, "xlsx")):
        good = rows[start : start + 16]
        name, phone, number, *rest = good[0]
        bad = [
            [name, f"{phone}9", number, *rest],
            [name, phone, str(number)[:-1] + ("1" if str(number)[-1] != "1" else "2"), *rest],
            [f"={name}", phone, "", *rest],
            [f"{name}12", number, phone, *rest],
            [name, phone, number, "", number, *rest[2:-1], name],
        ]
        table = [[*CHINESE, "备注"], *([*row, f"{row[0]} {row[1]}"] for row in good + bad)]
        path = given / f"{encoding}.{'xlsx' if encoding == 'xlsx' else 'csv'}"
        if encoding == "xlsx":
            write_xlsx(path, *table)
        else:
            write_csv(path, *table, encoding=encoding)
        files.append(path)
    return files


def take_on(captured_cli: CapturedCli) -> list[str]:
    """Register everybody as a member with a card."""
    cards = []
    for roster in rosters(captured_cli.home.parent / "given"):
        report = captured_cli.home / f"{roster.stem}-report.csv"
        for how in ("--dry-run",), ("--json",), ():
            captured_cli.run("cards", "import", str(roster), "--report", str(report), *how)
            if "--json" in how:
                with report.open(encoding="utf-8-sig", newline="") as file:
                    cards += [line["card_id"] for line in csv.DictReader(file) if line["card_id"]]
    for person in PEOPLE[48:]:
        wrong = f"{person.name}7\n{person.name}\n{person.phone}\n{person.identity_number}\n"
        answers = f"{wrong}{person.identity_number}\n{person.phone}\n"
        made = captured_cli.prompted(
            *("members", "register", "--branch", "果园街道工会", "--with-card", "--json"),
            answers=answers,
        )
        cards.append(json.loads(made)["card_id"])
    found = captured_cli.prompted("members", "find", answers=f"{PEOPLE[0].identity_number}\n")
    assert "赵**一".encode() in found
    assert cards[49].encode() in captured_cli.prompted(
        "members", "find", "--phone", answers=f"{PEOPLE[49].phone}\n"
    )
    return cards


def printed(captured_cli: CapturedCli, cards: list[str]) -> str:
    """Return the code that a till reads on the plastic of the first card."""
    captured_cli.run("cards", "print", *cards[10:20], "--out", "sheets", "--sheet")
    captured_cli.run("cards", "print", cards[0], cards[1], "--out", "cards")
    (text,) = zxing(Image.open(captured_cli.home / "cards" / f"{cards[0]}.png"))
    return text


def visit(captured_cli: CapturedCli, gate: CapturedGateway, cards: list[str], plastic: str) -> None:
    """Show, use, refuse and reverse cards."""
    codes = [captured_cli.run("cards", "code", card).stdout.strip() for card in cards[:5]]
    status, shown = gate.ask("POST", "/api/v1/validations", {"code": plastic, "amount_minor": 9_00})
    assert (status, shown["card"]["holder"]) == (200, "赵**一")
    for number, code in enumerate([plastic, *codes]):
        asked = {"code": code, "amount_minor": 68_00, "choices": ["eight"]}
        path = f"/api/v1/redemptions/r-{number}"
        assert gate.ask("PUT", path, asked)[0] == 201
        assert gate.ask("PUT", path, asked)[0] == 200
        assert gate.ask("PUT", path, asked | {"amount_minor": 1})[0] == 422
        assert gate.ask("GET", path)[0] == 200
    lost = captured_cli.run("cards", "code", cards[5]).stdout.strip()
    captured_cli.run("cards", "block", cards[5])
    asked = {"code": lost, "amount_minor": 68_00, "choices": ["eight"]}
    assert gate.ask("PUT", "/api/v1/redemptions/r-lost", asked)[0] == 409
    captured_cli.run("cards", "replace", cards[5])
    why = {"reason": "wrong_amount"}
    assert gate.ask("POST", "/api/v1/redemptions/r-1/reversal", why)[0] == 200
    captured_cli.run("redemptions", "reverse", "r-2", "--reason", "wrong_member")


def provoke(gate: CapturedGateway, plastic: str) -> None:
    """Send names and numbers in every place where a body may hold a text."""
    one = PEOPLE[0]
    sound = {"code": plastic, "amount_minor": 1_00, "choices": []}
    for told in (one.name, one.phone, one.identity_number):
        wrongs: list[Any] = [
            *(sound | {field: told} for field in (*sound, "category", str(told))),
            sound | {"choices": [told]},
            f'{{"code": "{told}'.encode(),
            f'{{"{told}": 1, "{told}": 2}}'.encode(),
            json.dumps(told, ensure_ascii=False).encode("gb18030"),
            sound | {"code": "x" * 70_000 + str(told)},
        ]
        for body in wrongs:
            assert gate.ask("PUT", "/api/v1/redemptions/r-wrong", body)[0] in {400, 413, 422}
        undo = {"reason": told}
        assert gate.ask("POST", "/api/v1/redemptions/r-3/reversal", undo)[0] == 422


def mislead(gate: CapturedGateway) -> None:
    """Send URLs and headers that nobody should send, but somebody will."""
    one = PEOPLE[1]
    for told in (one.name, one.phone or "", one.identity_number or ""):
        sent = quote(told)
        for path in (f"/{sent}", f"/api/v1/members/{sent}", f"/api/v1/keys?name={sent}"):
            assert gate.ask("GET", path)[0] in {200, 404}
        assert gate.ask("PATCH", f"/api/v1/redemptions/{sent}", {})[0] == 405
        assert gate.ask("GET", f"/api/v1/redemptions/-{sent}")[0] == 422
        for header in ("Authorization", "Accept-Language", "User-Agent", "X-Request-Id", "Cookie"):
            gate.ask("GET", "/api/v1/redemptions/r-3", headers={header: f"Bearer {sent}"})


def families(captured_cli: CapturedCli, cards: list[str]) -> None:
    """Give members API keys, proxies and a household."""
    first, second = cards[:2]
    key_id = captured_cli.told("members", "key", first)["key_id"]
    captured_cli.run("members", "key", second)
    captured_cli.run("members", "keys", first)
    captured_cli.run("members", "key", first, "--end", key_id)
    captured_cli.run("members", "proxy", first, second)
    captured_cli.run("members", "proxy", first, second, "--end")
    household_id = captured_cli.told("members", "household", first)["household_id"]
    captured_cli.run("members", "household", second, household_id)
    captured_cli.run("members", "household", second, "--none")


def forget(captured_cli: CapturedCli, card: str) -> None:
    """Correct a member in all that the vault holds, and erase them: nothing of them stays."""
    with captured_cli.services() as services:
        member_id = services.ledger.card(card).member_id
        before = stored(services.settings, member_id)
    number = identity_number(61, born="19310731")
    answers = f"{PEOPLE[0].phone}\n郑金丝雀\n19907310x\n19907310999\n{number}1\n{number}\n"
    fields = ("--name", "--phone", "--identity-number")
    correct = ("members", "correct", member_id, "--reason", "mistyped")
    captured_cli.prompted(*correct, *fields, answers=answers)
    with captured_cli.services() as services:
        sought = before | stored(services.settings, member_id)
        assert services.vault.find(phone="19907310999") == [member_id]
    outbox = captured_cli.var / "outbox"
    assert leaks(outbox.read_bytes())  # the earlier phone was told
    captured_cli.run("members", "erase", member_id, "--reason", "asked")
    assert not leaks(outbox.read_bytes())
    contents = [path.read_bytes() for path in captured_cli.home.rglob("*") if path.is_file()]
    assert not any(it in content for it in sought for content in contents)


def break_vault(captured_cli: CapturedCli) -> None:
    """Damage the values of the vault, so that every reader handles an error."""
    with pysqlite3.connect(captured_cli.var / "vault.db") as vault:
        vault.execute("UPDATE vault_value SET sealed = zeroblob(length(sealed))")
    vault.close()


def look(captured_cli: CapturedCli, card: str) -> None:
    """Run the queries of officers and analysts."""
    captured_cli.run("follow", "--once")
    for command in (*QUESTIONS, "show offers"):
        for form in ("table", "csv", "json"):
            captured_cli.run(*command.split(), "--format", form)
    captured_cli.run("show", "log", "--after", "0", "--limit", "1000", "--format", "json")
    noted = captured_cli.run("show", "security", "--outcome", "failed", "--format", "json")
    assert len(json.loads(noted.stdout)) >= 3 * 5
    captured_cli.run("show", "card", card)
    captured_cli.run("show", "merchant", "xiufa")
    captured_cli.run("redemptions", "show", "r-1")
    captured_cli.run("rebuild")


def everything(captured_cli: CapturedCli) -> None:
    """Run every flow."""
    key = set_up(captured_cli)
    cards = take_on(captured_cli)
    assert len(cards) == len(PEOPLE)
    families(captured_cli, cards)
    forget(captured_cli, cards[47])
    plastic = printed(captured_cli, cards)
    grant = ("--title", "免费理发", "--kind", "free_service", "--terms", '{"times": 1}')
    captured_cli.run("grants", "make", cards[2], *grant)
    gate = CapturedGateway(captured_cli, key, LOGGED)
    visit(captured_cli, gate, cards, plastic)
    attend(captured_cli, gate, cards, plastic)
    settle(captured_cli, "card-2026", "xiufa", "r-0")
    provoke(gate, plastic)
    lose_the_line(gate, plastic)
    break_vault(captured_cli)
    status, _ = gate.ask("POST", "/api/v1/validations", {"code": plastic, "amount_minor": 1_00})
    assert status == 500
    for path in ("/metrics", "/readyz", "/healthz", "/", "/api/v1/"):
        assert gate.ask("GET", path)[0] == 200
    gate.stop()
    gate = CapturedGateway(captured_cli, key, SHIPPED)
    mislead(gate)
    knock(gate)
    look(captured_cli, cards[2])
    # Its files are read while it runs: afterwards the write-ahead logs are gone.
    assert (captured_cli.var / "ledger.db-wal").exists()
    leaks_found = files_that_leak(captured_cli.home)
    assert not leaks_found, f"{LEAKED}: {leaks_found}"
    gate.stop()
