"""Two people at the terminal: proposals, invitations, the tie to a member, the recovery sheet."""

import re
from pathlib import Path
from typing import Any

import pytest

from ledger.control.founding import joined, sheet_hash
from tests.support.cli_runner import Cli, Terminal
from tests.support.sign_in_methods import PASSWORD
from tests.support.signing_phone import certified_for

ACCOUNT = "面包房\n6222 0000 1111\n北京农商银行\n\n"
TIE = ("staff", "tie", "--by", "sun")
FUND = ("funds", "contribute", "culture", "1000", "--source", "district")


class TwoPeople(Cli):
    """A command line at which the reviewers qian and wu, the clerk zhao and sun work."""

    agrees = False

    def __init__(self, var: Path) -> None:
        super().__init__(var)
        offices = {"qian": "reviewer", "wu": "reviewer", "zhao": "clerk", "sun": "treasurer"}
        with self.services() as services:
            for staff_id, role in offices.items():
                services.ledger.officers.staff.appoint_staff(staff_id, roles=[role])
            services.ledger.officers.offers.open_fund("culture", programme="p", name="文化")
            services.ledger.officers.merchants.sign_merchant("bakery", name="面包房")

    def proposed(self, by: str, *typed: str, answers: str = "") -> str:
        """Run a command whose act waits for a second person. Return the proposal's id."""
        told: dict[str, Any] = self.told(*typed, "--by", by, answers=answers)
        assert told["recorded"] == "proposal.proposed"
        return str(told["proposal_id"])


@pytest.fixture
def cli(tmp_path: Path) -> TwoPeople:
    return TwoPeople(tmp_path / "var")


def test_a_command_says_that_its_act_waits_and_how_it_goes_on(cli: TwoPeople) -> None:
    line = cli.run(*FUND, "--by", "sun").stdout
    alone = cli.refusal("proposals", "confirm", line.split()[-1], "--by", "sun")
    done = cli.run("proposals", "confirm", line.split()[-1], "--by", "qian").stdout

    assert line.startswith("Not in force yet: it waits for a second person")
    assert "proposed_by_you" in alone
    assert "is confirmed, and done" in done
    with cli.services() as services:
        assert services.ledger.fund("culture").available_minor == 1_000_00


def test_a_proposal_is_shown_with_who_may_confirm_it(cli: TwoPeople) -> None:
    proposal_id = cli.proposed("qian", "staff", "invite", "sun")

    (shown,) = [cli.run("proposals", "show", proposal_id, "--format", "json").stdout]
    listed = cli.rows("proposals", "list", "--status", "proposed")

    assert '"qian": "same_person"' in shown
    assert '"wu": "may confirm"' in shown
    assert [(one["proposal_id"], one["act"], one["by"]) for one in listed] == [
        (proposal_id, "staff.invite", "officer-qian")
    ]
    assert cli.rows("proposals", "list", "--act", "fund.contribute") == []


def test_an_invitation_is_handed_out_once_to_who_asked(cli: TwoPeople) -> None:
    proposal_id = cli.proposed("qian", "staff", "appoint", "li", "--role", "auditor")
    too_soon = cli.refusal("staff", "invitation", proposal_id, "--by", "qian")
    cli.run("proposals", "confirm", proposal_id, "--by", "wu")
    no_sheet = [
        cli.run("recovery-sheet", "half", proposal_id, "--by", by, code=2).stderr
        for by in ("qian", "wu")
    ]
    of_another = cli.refusal("staff", "invitation", proposal_id, "--by", "wu")
    code = cli.run("staff", "invitation", proposal_id, "--by", "qian").stdout.split()[-1]
    again = cli.refusal("staff", "invitation", proposal_id, "--by", "qian")

    assert "not_your_proposal" in of_another
    assert "proposal_waits" in too_soon
    assert all("hongka staff invitation" in one for one in no_sheet)
    assert "proposal_over" in again
    with cli.services() as services:
        assert services.sign_in.invitations.look(code) == ("staff-li", "li")


@pytest.mark.parametrize("ends", ["refuse", "withdraw"])
def test_an_account_that_is_not_agreed_to_is_forgotten(cli: TwoPeople, ends: str) -> None:
    asked = ("statements", "bank-account", "merchant-bakery")
    proposal_id = cli.proposed("zhao", *asked, answers=ACCOUNT)
    with cli.services() as services:
        assert services.vault.bank_accounts.get(f"proposal-{proposal_id}") is not None

    more = ("--reason", "account_doubted") if ends == "refuse" else ()
    cli.run("proposals", ends, proposal_id, *more, "--by", "sun" if ends == "refuse" else "zhao")

    with cli.services() as services:
        assert services.vault.bank_accounts.get(f"proposal-{proposal_id}") is None


def test_an_officer_is_tied_by_a_live_code_from_the_prompt(cli: TwoPeople) -> None:
    with cli.services() as services:
        cards = services.ledger.officers.cards
        cards.register_member("member-sun", branch="b")
        cards.issue_card("00112233445566778899aabb", member_id="member-sun")
        services.sign_in.passwords.set("staff-sun", PASSWORD, handle="sun")
        code = certified_for(services, "00112233445566778899aabb").code(services.clock())
    of_clerk = cli.run("cards", "code", "00112233445566778899aabb").stdout.splitlines()[0]
    typed = {one: f"{PASSWORD}\n{one}\n" for one in (of_clerk, "HK0:no-such-number", code)}

    refused = [cli.refusal(*TIE, answers=typed.pop(one)) for one in list(typed)[:2]]
    without_password = cli.refusal(*TIE, answers=f"guessed wrong, again\n{code}\n")
    cli.run(*TIE, answers=typed[code])

    assert all("invalid_code" in one for one in refused)
    assert "sign_in_refused" in without_password
    with cli.services() as services:
        assert services.ledger.appointed("sun").member_id == "member-sun"


def halves_of(printed: str) -> list[str]:
    """Return the halves on printed sheets."""
    return re.findall("^ {4}([0-9a-f]{32})$", printed, re.MULTILINE)


def test_a_sheet_appoints_a_second_reviewer_by_both_its_halves(tmp_path: Path) -> None:
    # Given a sheet made while the federation is set up, and one reviewer who is left later
    setting_up = Terminal(tmp_path / "var")
    printed = setting_up.run("recovery-sheet", "make").stdout
    one, other = halves_of(printed)
    cli = TwoPeople(tmp_path / "var")
    answers = f"{one}\n{other}\n"
    not_needed = cli.refusal("recovery-sheet", "use", "li", answers=answers)
    with cli.services() as services:
        services.ledger.officers.staff.dismiss_staff("wu")
    # When somebody has one half, and then both
    alone = [
        cli.refusal("recovery-sheet", "use", "li", answers=f"{half}\n{guess}\n")
        for half, guess in ((one, one), (one, "00" * 16), (other, "ff" * 16), (one, "x"))
    ]
    code = cli.run("recovery-sheet", "use", "li", answers=answers).stdout.split()[-1]
    again = cli.refusal("recovery-sheet", "use", "wu", answers=answers)
    # Then both appoint, once, and the log says so for ever
    assert "is in force" in printed
    assert "sheet_not_needed" in not_needed
    assert "sheet_not_needed" in again
    assert all("sheet_refused" in line for line in alone)
    with cli.services() as services:
        assert services.sign_in.invitations.look(code) == ("staff-li", "li")
        assert services.ledger.appointed("li").roles == {"reviewer"}
        assert [use.staff_id for use in services.ledger.officers.proposals.control().uses] == ["li"]


def test_after_setting_up_a_sheet_waits_for_a_second_reviewer(cli: TwoPeople) -> None:
    printed = cli.run("recovery-sheet", "make", "--by", "qian").stdout
    proposal_id = printed.split()[-1]

    with cli.services() as services:
        before = services.ledger.officers.proposals.control().secret_hash
    cli.run("proposals", "confirm", proposal_id, "--by", "wu")
    half = ("recovery-sheet", "half", proposal_id, "--by")
    of_proposer = cli.refusal(*half, "qian")
    (second,) = halves_of(cli.run(*half, "wu").stdout)

    assert before == ""
    assert "Not in force yet" in printed
    assert "not_your_proposal" in of_proposer
    assert "proposal_over" in cli.refusal(*half, "wu")
    (first,) = halves_of(printed)
    with cli.services() as services:
        kept = services.ledger.officers.proposals.control().secret_hash
    assert sheet_hash(joined(first, second)) == kept
