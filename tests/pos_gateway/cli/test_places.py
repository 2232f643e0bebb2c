"""The location of an outlet, as an officer enters it."""

from typing import Any

import pytest

from pos_gateway.demonstration.market import SHOPS
from pos_gateway.i18n.words import CATEGORIES, category_words
from tests.support.cli_runner import Cli

MIYUN = (40_376_000, 116_843_000)
PLACE = {
    "address": "鼓楼东大街19号",
    "latitude_microdegrees": 40_376_210,
    "longitude_microdegrees": 116_845_130,
    "hours": "09:00–21:00",
    "phone": "010-55500101",
}


@pytest.fixture
def cli_with_outlet(tmp_path: Any) -> Cli:
    cli = Cli(tmp_path / "var")
    cli.run("merchants", "sign", "xiufa", "--name", "秀发坊美发")
    cli.run(
        *("merchants", "outlet", "xiufa", "gulou", "--name", "鼓楼店"),
        *("--address", "鼓楼东大街19号", "--position", "40.37621, 116.84513"),
        *("--hours", "09:00–21:00", "--phone", "010-55500101"),
    )
    return cli


def places(cli: Cli) -> Any:
    return cli.rows("show", "merchant", "xiufa")


def test_an_outlet_opens_where_it_is_found(cli_with_outlet: Cli) -> None:
    shown: Any = places(cli_with_outlet)

    assert shown["places"] == {"gulou": PLACE}


def test_what_is_not_given_stays_as_it_was(cli_with_outlet: Cli) -> None:
    cli_with_outlet.run("merchants", "change-outlet", "xiufa", "gulou", "--hours", "周一休息")

    shown: Any = places(cli_with_outlet)
    assert shown["places"] == {"gulou": PLACE | {"hours": "周一休息"}}
    assert shown["outlets"] == {"gulou": "鼓楼店"}


def test_an_outlet_has_another_name(cli_with_outlet: Cli) -> None:
    told = cli_with_outlet.told(
        "merchants", "change-outlet", "xiufa", "gulou", "--name", "鼓楼东店"
    )

    shown: Any = places(cli_with_outlet)
    assert told["recorded"] == "merchant.outlet_changed"
    assert shown["outlets"] == {"gulou": "鼓楼东店"}
    assert shown["places"] == {"gulou": PLACE}


@pytest.mark.parametrize("position", ["40.4", "here", "40.4,116.8,3", "nan,116.8", "1e9,1", "٤٠,1"])
def test_what_is_no_position_is_refused(cli_with_outlet: Cli, position: str) -> None:
    typed = ("merchants", "change-outlet", "xiufa", "gulou", "--position", position)

    result = cli_with_outlet.run(*typed, code=2)

    assert "40.37621,116.84513" in result.stderr


def test_a_position_off_the_globe_is_refused(cli_with_outlet: Cli) -> None:
    typed = ("merchants", "change-outlet", "xiufa", "gulou", "--position", "116.8,40.3")

    assert "latitude_microdegrees" in cli_with_outlet.refusal(*typed)


def test_the_shops_of_the_demonstration_are_found_around_miyun_town() -> None:
    found = [outlet.place for shop in SHOPS for outlet in shop.outlets.values()]

    for place in found:
        assert place.latitude_microdegrees is not None
        assert place.longitude_microdegrees is not None
        assert abs(place.latitude_microdegrees - MIYUN[0]) < 60_000
        assert abs(place.longitude_microdegrees - MIYUN[1]) < 60_000
        assert place.address
        assert place.hours
    assert len({place.latitude_microdegrees for place in found}) == len(found)


def test_every_category_of_the_demonstration_has_words() -> None:
    assert {shop.category for shop in SHOPS} <= set(CATEGORIES)
    assert category_words("cinema").zh == "电影"
    assert category_words("lantern-shop").en == "lantern-shop"
