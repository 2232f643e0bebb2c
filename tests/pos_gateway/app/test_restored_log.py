"""A log restored from an older copy beside younger tables: they are built anew by themselves."""

from contextlib import closing
from pathlib import Path

from pos_gateway.services import Services
from projections import purchases
from projections.engine.runner import catch_up
from tests.support.app import App


def bought(services: Services) -> int:
    """Return the purchases that the table counts."""
    with services.views.reading() as connection:
        return sum(row["purchases"] for row in purchases.purchases(connection))


def redeem(app: App, count: int, named: str = "cake") -> None:
    for _ in range(count):
        assert app.redeem(f"{named}-{app.position}").status_code == 201


def restart(app: App, log: bytes | None = None) -> None:
    """Close the gateway and start it again, on the present log or a copy of it."""
    settings = app.services.settings
    app.services.close()
    if log is not None:
        Path(settings.ledger_url.removeprefix("sqlite:///")).write_bytes(log)
        Path(settings.heads).unlink()  # those of the facts that are lost
    app.start(settings.ledger_url, settings.var)


def copied(app: App) -> bytes:
    """Redeem ten times, and return a copy of the log."""
    redeem(app, 10)
    restart(app)
    return Path(app.services.settings.ledger_url.removeprefix("sqlite:///")).read_bytes()


def test_tables_of_a_longer_log_are_noticed_and_built_anew(app: App) -> None:
    # Given a copy of the log with 10 redemptions, 20 of them in the tables, and the copy restored
    copy = copied(app)
    redeem(app, 10)
    services = app.services
    catch_up(services.views, services.ledger.facts)
    assert (bought(services), app.failing()) == (20, "")
    restart(app, copy)
    services = app.services
    # Then the gateway says so, and no lag is below nought
    assert "purchases_1 is built anew from this log, at " in app.failing()
    assert services.views.lag(app.position) == 0
    assert b"hongka_projection_lag{projection" in app.health.get("/metrics").data
    assert b"} -" not in app.health.get("/metrics").data
    # And the tables are those of this log, without anybody who rebuilds
    catch_up(services.views, services.ledger.facts)
    assert (bought(services), app.failing()) == (10, "")
    redeem(app, 12)
    catch_up(services.views, services.ledger.facts)
    assert bought(services) == 22


def test_tables_that_stand_within_another_log_are_noticed_by_the_leaf(app: App) -> None:
    # Given tables with 15 redemptions, and a copy with 10 on which the ledger went on to 22
    copy = copied(app)
    redeem(app, 5)
    catch_up(app.services.views, app.services.ledger.facts)
    restart(app, copy)
    redeem(app, 12, named="pie")
    # Then they are built anew, although no position tells
    services = app.services
    assert min(one.position for one in services.views.positions().values()) < app.position
    assert "purchases_1 is built anew" in app.failing()
    catch_up(services.views, services.ledger.facts)
    assert (bought(services), app.failing()) == (22, "")


def test_a_second_follower_does_not_disturb_tables_that_are_built_anew(app: App) -> None:
    copy = copied(app)
    redeem(app, 10)
    catch_up(app.services.views, app.services.ledger.facts)
    restart(app, copy)
    services, read = app.services, app.services.ledger.facts
    seen: list[str] = []

    with closing(Services(services.settings)) as other:

        def on_page(_: int) -> None:
            seen.append(app.failing())
            catch_up(other.views, read)

        catch_up(services.views, read, page=7, on_page=on_page)

    assert "is built anew" in seen[0]
    assert (bought(services), app.failing()) == (10, "")
