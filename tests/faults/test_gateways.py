"""Several gateways on one PostgreSQL keep limits, ceilings and funds."""

import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path

import pytest

from ledger.application import Ledger
from ledger.errors import Refusal
from tests.faults.district import BY, SHOPS, District, card_of
from tests.faults.gateways import Gateway
from tests.faults.planted import planted
from tests.faults.stories import grown, under_load

pytestmark = [pytest.mark.postgres, pytest.mark.slow, pytest.mark.disk]


@pytest.fixture
def district(tmp_path: Path, postgres_url: str) -> Iterator[District]:
    with closing(District(tmp_path / "var", postgres_url)) as district:
        yield district


def office(district: District) -> list[float]:
    """Run officers through a ledger of their own, as a fourth writer."""
    with closing(Ledger(district.url)) as ledger:
        for number in range(24):
            card_id = card_of(number // 2)
            (
                ledger.officers.cards.unblock_card
                if number % 2
                else ledger.officers.cards.block_card
            )(card_id, by=BY)
            ledger.officers.offers.contribute("purse", source="union", amount_minor=20_000)
            with suppress(Refusal):
                ledger.officers.offers.pay_merchant("plenty", merchant_id=SHOPS[number % 3])
            time.sleep(0.1)
    return []


@contextmanager
def serving(
    district: District, gateways: int, bug: Mapping[str, str] | None = None
) -> Iterator[list[Gateway]]:
    """Start several gateways side by side, without projections."""
    environment = {"HONGKA_FOLLOW": "no", **(bug or {})}
    with ExitStack() as stack:
        served = [district.gateway(number, environment) for number in range(gateways)]
        for gateway in served:
            gateway.launch()
            stack.enter_context(gateway)
        for gateway in served:
            gateway.wait()
        yield served


def test_three_gateways_together_keep_every_limit(district: District) -> None:
    with serving(district, 3) as gateways:
        story = under_load(district, gateways, lambda: office(district))

    assert story.complaints == []
    for reason in ("limit_reached", "ceiling_reached", "fund_exhausted", "code_already_used"):
        assert story.met[reason] > 0, story.met
    assert story.met["card_blocked"] > 0, story.met
    assert story.met["made"] > 50, story.met


@pytest.mark.night
def test_the_oracle_finds_gateways_that_decide_outside_the_lock(
    district: District, tmp_path: Path
) -> None:
    bug = planted("decides_outside_the_lock", tmp_path / "bug")

    with serving(district, 2, bug) as gateways:
        story = under_load(district, gateways, lambda: [grown(district, 700)], choices=["poor"])

    for broken in ("fund purse is below zero", "fund:purse stands at -"):
        assert any(broken in complaint for complaint in story.complaints), broken
