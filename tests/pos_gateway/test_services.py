import stat
from pathlib import Path

import pytest

from ledger.store import Unavailable
from pos_gateway import services as services_module
from pos_gateway.codes.keys import KeyRing
from pos_gateway.services import Services
from pos_gateway.settings import Settings
from projections.engine.runner import catch_up
from tests.support.app import App


def test_what_is_missing_is_made_and_found_again(tmp_path: Path) -> None:
    settings = Settings.read({"HONGKA_VAR": f"{tmp_path}/var"})
    first = Services(settings)
    first.close()

    second = Services(settings)

    assert second.keys.public() == first.keys.public()
    assert stat.S_IMODE(settings.keys.stat().st_mode) == 0o700
    assert stat.S_IMODE((settings.keys / "vault.kek").stat().st_mode) == 0o600
    second.close()


def test_services_close_once(tmp_path: Path) -> None:
    services = Services(Settings.read({"HONGKA_VAR": f"{tmp_path}/var"}))
    services.follow()

    services.close()
    services.close()


def test_what_was_opened_is_closed_when_a_later_part_refuses(tmp_path: Path) -> None:
    away = {"HONGKA_VAR": f"{tmp_path}/var", "LEDGER_URL": "sqlite:////proc/none/log.db"}

    with pytest.raises(Unavailable) as refused:
        Services(Settings.read(away))

    files = [one.readlink() for one in Path("/proc/self/fd").iterdir() if one.exists()]
    assert refused.tb  # whose frames keep the parts alive
    assert [one for one in files if one.is_relative_to(tmp_path)] == []


def test_a_rotation_is_seen_without_a_new_start(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services_module, "KEYS_READ_EVERY_SECONDS", -1)
    KeyRing.rotate(app.services.settings.keys, app.now)

    assert len(app.services.keys.keys) == 2


def test_views_are_followed(app: App) -> None:
    app.redeem("cake-1")
    app.services.follow()

    catch_up(app.services.views, app.services.ledger.facts)

    assert app.services.views.lag(app.position) == 0
