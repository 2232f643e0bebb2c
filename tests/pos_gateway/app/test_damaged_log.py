"""A log or snapshot that somebody changed behind a gateway's back is noticed."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from random import Random
from typing import Any

import pysqlite3
import pytest

from ledger.proof import heads
from ledger.services import log_queries
from ledger.store import Damaged
from ledger.store.sqlite import Sqlite
from ledger.write import state_batch
from projections.engine.runner import catch_up
from tests.support.app import App
from tests.support.cli_runner import Cli
from tests.support.tampered_log import Edit, Row, tamper


@contextmanager
def behind_its_back(app: App) -> Iterator[Any]:
    """Yield a connection to the file of the log without its triggers; then make them again."""
    file = app.services.settings.ledger_url.removeprefix("sqlite:///")
    with closing(pysqlite3.connect(file)) as connection, connection:
        for trigger in Sqlite.triggers:
            connection.execute(f"DROP TRIGGER {trigger.split()[2]}")
        yield connection
        for trigger in Sqlite.triggers:
            connection.execute(trigger)


def run(app: App, *command: str, code: int) -> Any:
    """Run a command on the databases of an app, and return its result."""
    cli = Cli(app.services.settings.var)
    cli.environment |= app.services.settings.environment
    return cli.run(*command, code=code)


def verify(app: App, code: int) -> str:
    """Run `hongka verify` on the databases of an app, and return its output."""
    return str(run(app, "verify", "--all", code=code).stdout)


def restart(app: App) -> None:
    settings = app.services.settings
    app.services.close()
    app.start(settings.ledger_url, settings.var)


def last_redemption(app: App) -> int:
    """Redeem once; return the position of the fact."""
    assert app.redeem(f"cake-{app.position}").status_code == 201
    facts = app.services.ledger.facts(app.position - 9, 9)
    return next(one.position for one in reversed(facts) if one.topic == "redemption.made")


def test_two_facts_changed_and_one_deleted_under_a_serving_gateway_are_found(app: App) -> None:
    # Given three redemptions below a signed head
    first, second, third = (last_redemption(app) for _ in range(3))
    app.services.ledger.heads.sign()
    assert verify(app, 0).endswith("The log is what was recorded.\n")
    # When payload and till of two are changed, and the third is deleted
    with behind_its_back(app) as connection:
        change = "UPDATE facts SET {} WHERE position = ?"
        connection.execute(change.format("payload = replace(payload, '6800', '0068')"), [first])
        connection.execute(change.format("metadata = replace(metadata, 'till', 'tall')"), [second])
        connection.execute("DELETE FROM facts WHERE position = ?", [third])
    # Then they are named, although triggers and gateway are as before
    told = verify(app, 1)
    assert f"WRONG: a fact was changed: position {first}, and 1 more\n" in told
    assert f"WRONG: a fact is missing: position {third}\n" in told
    assert told.endswith("The log is not what was recorded.\n")


def test_a_fact_changed_since_the_last_head_stops_the_gateway_and_its_next_start(app: App) -> None:
    # Given redemptions of the last minute, one of which is changed
    position = last_redemption(app)
    last_redemption(app)
    with behind_its_back(app) as connection:
        connection.execute("UPDATE facts SET payload = '{}' WHERE position = ?", [position])
    # When the minute is over
    with pytest.raises(Damaged):
        app.services.ledger.heads.sign()
    # Then nothing is recorded any more, and the readiness check says why
    assert app.redeem("late").status_code == 503
    assert f"log_damaged: a fact was changed at position {position}" in app.failing()
    # And the gateway does not start again
    with pytest.raises(Damaged, match=f"changed at position {position}.*hongka verify"):
        restart(app)


def test_a_rebuild_refuses_a_fact_that_was_changed_below_the_last_head(app: App) -> None:
    # Given views up to date, a redemption below a signed head, and one since
    position = last_redemption(app)
    app.services.ledger.heads.sign()
    catch_up(app.services.views, app.services.ledger.facts)
    before = app.services.views.positions()
    with behind_its_back(app) as connection:
        connection.execute(
            "UPDATE facts SET payload = replace(payload, '6800', '0068') WHERE position = ?",
            [position],
        )
    # When the views are built anew
    told = run(app, "rebuild", code=1).stderr
    # Then it is refused with the position, and the old tables stay in use
    assert f"(log_damaged): a fact was changed at position {position}. Run: hongka verify" in told
    now = app.services.views.positions()
    assert {name: now[name] for name in before} == before
    # And likewise where the fact is gone
    with behind_its_back(app) as connection:
        connection.execute("DELETE FROM facts WHERE position = ?", [position])
    told = run(app, "rebuild", "purchases", code=1).stderr
    assert f"a fact is missing at position {position}" in told


def rewritten(rows: list[Row], _chance: Random) -> int:
    """Change the first amount."""
    row = next(one for one in rows if "6800" in one[5])
    row[5] = row[5].replace("6800", "0068")
    return int(row[0])


def cut(rows: list[Row], _chance: Random) -> int:
    """Cut the last fact off."""
    return int(rows.pop()[0])


@pytest.mark.parametrize("edit", [rewritten, cut])
def test_no_gateway_starts_on_a_rewritten_log_against_the_last_head_outside(
    app: App, edit: Edit
) -> None:
    # Given a head of the log in a file outside it
    last_redemption(app)
    settings = app.services.settings
    app.services.close()
    # When the log is rewritten, with all that shows it, and its signed heads are deleted
    path = Path(settings.ledger_url.removeprefix("sqlite:///"))
    tamper(path, Random(1), edit, expert=True)  # noqa: S311 - the same each time
    with closing(pysqlite3.connect(path)) as connection, connection:
        connection.execute("DELETE FROM signed_head")
    # Then the gateway does not start, before the heads outside are set aside
    with pytest.raises(Damaged, match="head outside"):
        app.start(settings.ledger_url, settings.var)
    Path(settings.heads).unlink()
    app.start(settings.ledger_url, settings.var)


REFUSED: dict[str, tuple[Any, Callable[[App], None]]] = {
    "check_leaves": (
        log_queries,
        test_a_rebuild_refuses_a_fact_that_was_changed_below_the_last_head,
    ),
    "_check_outside": (
        heads,
        lambda app: test_no_gateway_starts_on_a_rewritten_log_against_the_last_head_outside(
            app, rewritten
        ),
    ),
}


@pytest.mark.control
@pytest.mark.parametrize("check", REFUSED)
def test_a_check_that_is_left_out_is_found(
    app: App, check: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    module, test = REFUSED[check]
    monkeypatch.setattr(module, check, lambda *_: None)

    with pytest.raises((AssertionError, pytest.fail.Exception)):
        test(app)


@pytest.mark.parametrize("left", [None, "", "nothing that was signed\n\n"])
def test_without_a_head_outside_a_gateway_starts_and_warns(
    app: App, left: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    last_redemption(app)
    restart(app)
    assert "no head outside" not in caplog.text
    file = Path(app.services.settings.heads)
    file.unlink()
    if left is not None:
        file.write_text(left)

    restart(app)

    assert "no head outside" in caplog.text


def test_a_gateway_whose_triggers_are_gone_stops(app: App) -> None:
    last_redemption(app)
    with behind_its_back(app) as connection:
        connection.commit()
        with pytest.raises(Damaged, match="triggers"):
            app.services.ledger.heads.sign()

    assert "log_damaged: the triggers" in app.failing()


@pytest.mark.parametrize("signed", [True, False])
def test_three_bytes_flipped_in_the_file_are_found(app: App, *, signed: bool) -> None:
    # Given a redemption in the file, signed or of the last minute
    position = last_redemption(app)
    settings = app.services.settings
    if signed:
        app.services.close()
    else:
        app.services.ledger.heads._key = None  # as after a crash
        app.services.close()
    # When its amount turns from 6,800 to 9,900
    path = Path(settings.ledger_url.removeprefix("sqlite:///"))
    path.write_bytes(path.read_bytes().replace(b'_minor":6800', b'_minor":9900'))
    # Then it is named: by `hongka verify`, and by a start if no head was signed over it
    assert f"WRONG: a fact was changed: position {position}\n" in verify(app, 1)
    if signed:
        app.start(settings.ledger_url, settings.var)
    else:
        with pytest.raises(Damaged, match=f"changed at position {position}"):
            app.start(settings.ledger_url, settings.var)


def test_rules_never_see_a_snapshot_that_was_changed(
    app: App, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    # Given a snapshot of the fund
    monkeypatch.setattr(state_batch, "SNAPSHOT_EVERY", 1)
    last_redemption(app)
    state = app.services.ledger.state("fund-culture")
    assert "WRONG" not in verify(app, 0)
    # When somebody gives it 7 fen in place of what it has
    with behind_its_back(app) as connection:
        amount = f'"available_minor":{state.available_minor}'
        changed = connection.execute(
            "UPDATE snapshot SET state = replace(state, ?, ?) WHERE stream = 'fund-culture'",
            [amount, '"available_minor":7'],
        )
        assert changed.rowcount == 1
    # Then the facts decide, the log says so, and `hongka verify --all` finds it
    restart(app)
    assert app.services.ledger.state("fund-culture") == state
    assert "a snapshot of fund… is not ours" in caplog.text
    assert "WRONG: a snapshot is not what the facts give: fund-culture\n" in verify(app, 1)


def test_a_view_that_the_facts_do_not_give_is_found(app: App) -> None:
    last_redemption(app)
    catch_up(app.services.views, app.services.ledger.facts)
    assert "WRONG" not in verify(app, 0)
    with app.services.views.writing() as connection:
        connection.exec_driver_sql("UPDATE balances_1 SET debits_minor = debits_minor + 1")

    assert "WRONG: a view is not what the facts give: balances_1\n" in verify(app, 1)
