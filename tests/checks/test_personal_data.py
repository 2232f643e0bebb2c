import base64
from urllib.parse import quote

import pytest

from tests.support.cli_capture import LOGGED, CapturedCli, CapturedGateway, captured_cli
from tests.support.personal_data_canaries import (
    MARKS,
    PEOPLE,
    digests,
    files_that_leak,
    leaks,
    written_forms,
)
from tests.support.personal_data_flows import LEAKED, everything

__all__ = ["captured_cli"]


@pytest.mark.slow
def test_no_flow_writes_personal_data(captured_cli: CapturedCli) -> None:
    everything(captured_cli)

    leaks_found = files_that_leak(captured_cli.home)
    assert not leaks_found, f"{LEAKED}: {leaks_found}"
    said = (captured_cli.home / "said").read_bytes()
    assert b"PUT /api/v1/redemptions/r-1 " in said
    assert b"PUT /api/v1/drops/may-day/claims/k1 " in said
    assert b"incident" in said
    ours = [
        captured_cli.var,
        *captured_cli.var.rglob("*"),
        *captured_cli.home.glob("*.csv"),
        *captured_cli.home.glob("cards/*"),
    ]
    open_to_others = [str(path) for path in ours if path.stat().st_mode & 0o077]
    assert not open_to_others, f"make these for their owner alone (0o600, 0o700): {open_to_others}"


@pytest.mark.control
def test_an_event_that_names_somebody_is_found(captured_cli: CapturedCli) -> None:
    captured_cli.run("merchants", "sign", "m-1", "--name", PEOPLE[7].name)

    assert str(captured_cli.var / "ledger.db") in files_that_leak(captured_cli.home)


@pytest.mark.control
def test_a_name_in_a_url_is_found_in_the_request_log(captured_cli: CapturedCli) -> None:
    """Show the reason that the server keeps no request log by default."""
    gate = CapturedGateway(captured_cli, "", LOGGED)
    gate.ask("GET", f"/members/{quote(PEOPLE[7].name)}")
    gate.stop()

    assert files_that_leak(captured_cli.home).keys() == {str(captured_cli.home / "said")}


@pytest.mark.control
@pytest.mark.parametrize("told", [PEOPLE[7].name, PEOPLE[7].phone, PEOPLE[7].identity_number])
@pytest.mark.parametrize("before", ["", "a", "ab", "会员 "])
def test_a_planted_leak_is_found_in_every_form(told: str, before: str) -> None:
    text = f"{before}{told}, and so on"
    planted = list(written_forms(text))
    planted += [base64.b64encode(text.encode()), base64.b64encode(text.encode("gb18030"))]

    assert all(leaks(b"\x00junk" + one + b"junk") for one in planted)


@pytest.mark.control
def test_a_hash_of_a_number_is_found() -> None:
    assert all(leaks(b"id:" + one) for one in digests(PEOPLE[49]))


def test_every_person_has_the_marks() -> None:
    for one in PEOPLE:
        name, phone, number = MARKS
        assert name in one.name
        assert (one.phone or "").startswith(phone)
        assert (one.identity_number or "").startswith(number)
    assert len({one.identity_number for one in PEOPLE}) == len({one.phone for one in PEOPLE}) == 50
