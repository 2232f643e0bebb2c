"""Every command has a policy of the desk, and runs for nobody who is not signed in."""

from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import click
import pytest

from pos_gateway.cli import asking, main
from pos_gateway.cli.policies import POLICIES, policy_of
from pos_gateway.errors import SignInNeeded
from tests.support.cli_runner import Terminal


def leaves(group: click.Group, above: click.Context) -> Iterator[click.Context]:
    """Yield a context of each command."""
    for name in group.list_commands(above):
        command = group.get_command(above, name)
        assert command is not None
        context = click.Context(command, parent=above, info_name=name)
        if isinstance(command, click.Group):
            yield from leaves(command, context)
        else:
            yield context


LEAVES = {
    context.command_path.removeprefix("hongka "): context
    for context in leaves(main, click.Context(main, info_name="hongka"))
}


def test_every_command_has_a_policy_or_needs_nobody() -> None:
    for words in LEAVES:
        try:
            policy_of(words)
        except KeyError:
            pytest.fail(f"hongka {words}: give it a policy in pos_gateway/cli/policies.py")
    assert POLICIES.keys() <= LEAVES.keys(), "pos_gateway/cli/policies.py: no such command"
    with pytest.raises(KeyError):
        policy_of("cards burn")


def test_no_command_of_the_machine_takes_the_name_of_an_officer() -> None:
    offered = {words for words, one in LEAVES.items() if "named" in parameters(one)}

    assert {words for words in offered if policy_of(words) is None} == set()
    assert {"cards issue", "recovery-sheet make"} <= offered


def parameters(command: click.Context) -> set[str | None]:
    return {one.name for one in command.command.params}


def refuses(command: click.Context) -> bool:
    """Run the body of a command without arguments; return whether it asked for a sign-in first."""
    assert command.command.callback is not None
    try:
        with command:
            command.command.callback(**{one.name: None for one in command.command.params})
    except SignInNeeded:
        return True
    except Exception:  # noqa: BLE001 - what its body says to no arguments
        return False
    return False


def test_no_command_of_an_officer_runs_without_a_sign_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = Terminal(tmp_path / "var")
    for reviewer in ("qian", "li"):
        terminal.sign_in(reviewer)
    terminal.session.unlink()
    monkeypatch.setenv("HONGKA_SESSION", terminal.environment["HONGKA_SESSION"])
    monkeypatch.setattr(asking, "closing", nullcontext)
    with terminal.services() as services:
        monkeypatch.setattr(asking, "opened_services", lambda: services)
        for reviewer in ("qian", "li"):
            services.ledger.officers.staff.note_credentials(reviewer, what="passkey")
        head = services.ledger.head()

        ran = [
            words
            for words, command in LEAVES.items()
            if policy_of(words) is not None and not refuses(command)
        ]

        assert ran == [], "open the services with with_services, officer, reads or shows"
        assert services.ledger.head() == head


@pytest.mark.control
def test_a_command_that_asks_nobody_is_found() -> None:
    assert not refuses(LEAVES["offers rules"])
