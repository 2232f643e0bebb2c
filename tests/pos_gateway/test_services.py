from __future__ import annotations

import stat
from pathlib import Path

import pytest

from pos_gateway import services as house_module
from pos_gateway.codes.keys import KeyRing
from pos_gateway.services import House
from pos_gateway.settings import Settings
from projections.engine.runner import catch_up
from tests.support.app import App


def test_what_is_missing_is_made_and_found_again(tmp_path: Path) -> None:
    settings = Settings.at(tmp_path / "var")
    first = House(settings)
    first.close()

    second = House(settings)

    assert second.keys.public() == first.keys.public()
    assert stat.S_IMODE(settings.keys.stat().st_mode) == 0o700
    assert stat.S_IMODE((settings.keys / "vault.kek").stat().st_mode) == 0o600
    second.close()


def test_a_house_closes_once(tmp_path: Path) -> None:
    house = House(Settings.at(tmp_path / "var"))
    house.follow()

    house.close()
    house.close()


def test_a_rotation_is_seen_without_a_new_start(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(house_module, "KEYS_READ_EVERY_SECONDS", -1)
    KeyRing.rotate(app.house.settings.keys, app.now)

    assert len(app.house.keys.keys) == 2


def test_views_are_followed(app: App) -> None:
    app.redeem("cake-1")
    app.house.follow()

    catch_up(app.house.views, app.house.ledger.facts)

    assert app.house.views.lag(app.position) == 0
