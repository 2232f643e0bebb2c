import json
import socket
from pathlib import Path

from ledger.benefits.terms import Rules
from pos_gateway.cli.benefit_terms import checked_rules
from tests.support.cli_runner import Cli, Terminal
from tests.support.ledger_fixture import replaced_past_its_day

WANG = "王晓明\n110228199003070017\n13800138000\n"


def test_a_refusal_is_one_line_with_a_next_step_and_exit_code_1(cli: Cli) -> None:
    assert cli.refusal("cards", "block", "nobody") == (
        "No such card (card_unknown). Find the card of a member: hongka members find."
    )


def test_misspelt_input_is_a_usage_error(cli: Cli) -> None:
    for typed in (
        ("cards", "block", "no/such/id"),
        ("funds", "contribute", "f", "0.001", "--source", "district"),
        ("funds", "contribute", "f", "much", "--source", "district"),
        ("cards", "expire"),
        ("show", "usage", "--by", "colour"),
        ("rebuild", "no-such-view"),
    ):
        cli.run(*typed, code=2)


def test_a_setting_that_cannot_be_is_named(tmp_path: Path) -> None:
    cli = Terminal(tmp_path / "var")
    cli.environment["HONGKA_PORT"] = "eighty"

    assert "setting HONGKA_PORT" in cli.refusal("show", "log")


def test_a_database_out_of_reach_is_told_in_one_line(tmp_path: Path) -> None:
    cli = Terminal(tmp_path / "var")
    cli.environment["LEDGER_URL"] = f"sqlite:///{tmp_path}/nowhere/ledger.db"

    assert cli.refusal("show", "log").startswith("The ledger cannot be used: ")


def test_the_same_request_id_contributes_once(cli: Cli) -> None:
    cli.run("funds", "open", "card", "--programme", "s1", "--name", "小红卡")
    contribute = ("funds", "contribute", "card", "1000.50", "--source", "district")

    for _ in range(2):
        cli.run(*contribute, "--request-id", "letter-17")
    cli.run(*contribute)

    assert [row["credits_minor"] for row in cli.rows("show", "balances", "--within", "fund:")] == [
        200_100
    ]
    other = ("funds", "contribute", "card", "7", "--source", "district")
    assert "request_reused" in cli.refusal(*other, "--request-id", "letter-17")


def test_what_was_so_already_is_said_to_be(cli: Cli) -> None:
    sign = ("merchants", "sign", "xiufa", "--name", "秀发坊", "--category", "beauty-hair")

    assert cli.run(*sign).stdout == "Merchant xiufa is signed.\n"
    assert "nothing recorded" in cli.run(*sign).stdout
    assert cli.told(*sign) == {"recorded": None, "merchant_id": "xiufa"}


def test_a_person_is_asked_for_and_never_shown_again(cli: Cli) -> None:
    result = cli.run("members", "register", "--branch", "鼓楼", "--with-card", answers=WANG)
    found = cli.run("members", "find", "--phone", answers="138 0013 8000\n")

    assert "王*明" in found.stdout
    told = result.stdout + found.stdout + str(cli.rows("show", "log"))
    assert not [one for one in WANG.split() if one in told]


def test_a_person_registered_again_keeps_the_card(cli: Cli) -> None:
    register = ("members", "register", "--branch", "鼓楼", "--with-card")

    cli.run(*register, answers=WANG)
    head = cli.head()

    assert "card_already_issued" in cli.refusal(*register, answers=WANG)
    assert cli.head() == head


def test_a_wrong_identity_number_is_asked_for_again(cli: Cli) -> None:
    answers = "王晓明\n110228199003070018\n110228199003070017\n\n"

    result = cli.run("members", "register", "--branch", "鼓楼", answers=answers)

    assert "checksum wrong" in result.stderr


def test_a_member_moves_and_keeps_what_was_not_named(cli: Cli) -> None:
    register = ("members", "register", "--branch", "鼓楼", "--group", "劳模", "--employer", "公交")
    member_id = cli.told(*register, answers=WANG)["member_id"]

    cli.run("members", "move", member_id, "--branch", "果园")

    (found,) = json.loads(
        cli.run("members", "find", "--format", "json", answers="110228199003070017\n").stdout
    )
    assert (found["branch"], found["employer"], found["groups"]) == ("果园", "公交", ["劳模"])


def test_the_life_of_a_card(cli: Cli) -> None:
    told = cli.told("members", "register", "--branch", "鼓楼", "--with-card", answers=WANG)
    first = told["card_id"]

    cli.run("cards", "block", first)
    cli.run("cards", "unblock", first)
    assert "last_day" in cli.refusal("cards", "replace", first, "--last-day", "2020-01-01")
    with cli.services() as services:
        replaced_past_its_day(services.ledger, second := "c8" * 12, first)
    assert cli.told("cards", "expire", "--all") == {"expired": 1}
    assert cli.told("cards", "expire", "--all") == {"expired": 0}
    third = cli.told("cards", "issue", told["member_id"], "--request-id", "again")["card_id"]
    cli.run("cards", "issue", told["member_id"], "--request-id", "again")
    cli.run("cards", "close", third, answers="n\n", code=1)
    cli.run("cards", "close", third, "--yes")

    topics = [row["topic"] for row in cli.rows("show", "log", "--stream", f"card-{first}")]
    assert topics == ["card.issued", "card.blocked", "card.unblocked", "card.replaced"]
    (shown,) = [cli.run("show", "card", third, "--format", "json").stdout]
    assert json.loads(shown)["status"] == "closed"
    assert "card_expired" in cli.refusal("cards", "block", second)


def test_a_misspelt_rule_is_no_rule_and_refused(cli: Cli) -> None:
    publish = ("offers", "publish", "--id", "eight", "--title", "八折", "--kind", "percent_off")
    terms = ("--terms", '{"basis_points": 2000}')

    for rules, field in (
        ('{"limits": {"per_dya": 1}}', "per_dya"),
        ('{"merchant": ["xiufa"]}', "merchant"),
        ('{"hours": [{"opens": "09:00:00", "closes": "17:00:00", "until": 1}]}', "until"),
        ('{"hours": [{"opens": "10:00:00", "closes": "99:00:00"}]}', "rules"),
        ('{"limits": 1}', "rules"),
    ):
        assert f"field {field}" in cli.refusal(*publish, *terms, "--rules", rules)
    assert "terms_invalid" in cli.refusal(*publish, "--terms", '{"percent": 20}')
    assert "field id" in cli.refusal("offers", "publish", "--kind", "percent_off")


def test_hours_are_written_as_people_do_and_doubtful_terms_are_warned_of(cli: Cli) -> None:
    publish = ("offers", "publish", "--id", "eight", "--title", "八折", "--kind", "percent_off")
    rules = {"hours": [{"opens": "22:00", "closes": "2：00"}], "groups": ["劳摸"]}

    warned = cli.run(
        *publish, "--terms", '{"basis_points": 2000}', "--rules", json.dumps(rules)
    ).stderr

    (row,) = cli.rows("show", "offers")
    assert row["rules"]["hours"] == [{"opens": "22:00:00", "closes": "02:00:00"}]
    assert warned == "Warning: No known member is in these groups: 劳摸.\n"


def test_an_offer_is_published_from_a_file_and_changed(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "eight.json"
    file.write_text(
        json.dumps(
            {
                "id": "eight",
                "title": "八折",
                "kind": "percent_off",
                "terms": {"basis_points": 2000},
                "rules": {"weekdays": [6, 7]},
            }
        )
    )

    cli.run("offers", "publish", str(file))
    cli.run("offers", "change", str(file), "--terms", '{"basis_points": 1500}')
    cli.run("offers", "suspend", "eight")

    (row,) = cli.rows("show", "offers")
    assert (row["terms"], row["rules"]) == ({"basis_points": 1500}, {"weekdays": [6, 7]})
    assert cli.rows("show", "offers", "--open") == []
    cli.run("offers", "resume", "eight")
    cli.run("offers", "end", "eight", "--yes")
    assert "offer_ended" in cli.refusal("offers", "change", str(file))


def test_a_file_that_is_no_offer_is_refused(cli: Cli, tmp_path: Path) -> None:
    for content in (
        b"[]",
        b"{",
        b'{"id": "x", "colour": "red"}',
        '{"title": "面条"}'.encode("gb18030"),
    ):
        (tmp_path / "wrong.json").write_bytes(content)

        assert "terms_invalid" in cli.refusal("offers", "publish", str(tmp_path / "wrong.json"))


def test_every_kind_is_shown_with_its_schema_and_example(cli: Cli) -> None:
    for row in cli.rows("offers", "kinds"):
        shown = json.loads(cli.run("offers", "kinds", row["kind"]).stdout)
        assert shown["example"] == row["terms"]
        assert all(field in json.dumps(shown["schema"]) for field in row["terms"])
        assert (row["offline"] == "yes") == (shown["offline"] != "not given offline")
    cli.run("offers", "kinds", "no-such-kind", code=2)


def test_keys_are_made_once_and_shown_without_secrets(cli: Cli) -> None:
    (signing,) = cli.rows("keys", "rotate")
    two = cli.rows("keys", "rotate")

    assert [one["state"] for one in two] == ["signing", "waiting"]
    assert cli.rows("keys", "show") == two
    assert set(signing) <= {
        "kid",
        "state",
        "not_before",
        "not_after",
        "x",
        "kty",
        "crv",
        "alg",
        "use",
    }


def test_every_rule_is_shown_with_an_example_that_holds(cli: Cli) -> None:
    rows = cli.rows("offers", "rules")

    assert [row["rule"] for row in rows] == list(Rules.__struct_fields__)
    for row in rows:
        checked_rules({row["rule"]: json.loads(row["example"])})


def test_a_gateway_does_not_start_beside_another_on_its_address(cli: Cli) -> None:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]

        assert cli.refusal("serve", "--port", str(port)).startswith(
            f"Address unusable (address_unusable: address 127.0.0.1:{port}, problem "
        )
        assert "address_unusable" in cli.refusal("demo", "--serve", "--port", str(port))
    assert not cli.var.exists()
