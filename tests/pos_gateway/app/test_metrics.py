import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Histogram, values
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.values import MultiProcessValue

from pos_gateway.app import metrics
from pos_gateway.app.metrics import observe_all
from pos_gateway.settings import WORKERS_SHARE
from tests.support.app import App


def figure(app: App, name: str) -> float:
    """Return the value of a metric in `/metrics`."""
    shown = app.health.get("/metrics").text
    found = re.search(rf"^{re.escape(name)} (\S+)$", shown, re.MULTILINE)
    return float(found[1]) if found else 0.0


def test_requests_are_counted_by_route_and_status(app: App) -> None:
    name = 'hongka_request_seconds_count{route="redeem",status="201"}'

    app.redeem("cake-1")
    app.redeem("cake-2")

    assert figure(app, name) == 2


def test_refusals_are_counted_by_reason(app: App) -> None:
    app.redeem("cake-1", choices=["opera-only"])

    assert figure(app, 'hongka_refused_total{reason="not_agreed_here"}') == 1


def test_a_path_nobody_knows_makes_no_figure_of_its_own(app: App) -> None:
    app.client.get("/nowhere/13800138000")

    assert figure(app, 'hongka_request_seconds_count{route="none",status="404"}') == 1
    assert "13800138000" not in app.health.get("/metrics").text


def test_the_position_of_the_log_and_its_turns_are_shown(app: App) -> None:
    before = app.position

    app.redeem("cake-1")

    assert figure(app, "hongka_log_position") == app.position
    assert figure(app, "hongka_facts_total") == app.position - before
    assert figure(app, "hongka_turn_seconds_count") >= 1


BOUNDS = (0.001, 0.5, 1.0, 10.0)
SECONDS = st.lists(st.one_of(st.sampled_from([0.0, *BOUNDS]), st.floats(0, 100)), max_size=30)


def samples(registry: CollectorRegistry, name: str) -> dict[str, float]:
    """Return the figures of a histogram, by `le` for a bucket, else by name."""
    return {
        one.labels.get("le", one.name.removeprefix(name)): one.value
        for metric in registry.collect()
        for one in metric.samples
        if one.name.startswith(name) and not one.name.endswith("_created")
    }


@given(SECONDS)
def test_what_is_summed_first_is_what_the_library_observes_one_by_one(seconds: list[float]) -> None:
    registry = CollectorRegistry()
    summed = Histogram("summed", "S.", ["route"], registry=registry, buckets=BOUNDS).labels("a")
    plain = Histogram("plain", "P.", ["route"], registry=registry, buckets=BOUNDS).labels("a")

    observe_all(summed, seconds)
    for one in seconds:
        plain.observe(one)

    assert samples(registry, "summed") == pytest.approx(samples(registry, "plain"))


def test_they_are_the_same_in_the_files_that_workers_share(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given two workers with mapped files
    monkeypatch.setenv(WORKERS_SHARE, str(tmp_path))
    for worker, seconds in enumerate(([0.0005, 0.5, 3.0], [0.5, 20.0])):
        mapped = MultiProcessValue(lambda worker=worker: worker)  # type: ignore[misc]
        monkeypatch.setattr(values, "ValueClass", mapped)
        registry = CollectorRegistry()
        summed = Histogram("summed", "S.", registry=registry, buckets=BOUNDS)
        plain = Histogram("plain", "P.", registry=registry, buckets=BOUNDS)
        # When one sums first, and the other does not
        observe_all(summed, seconds)
        for one in seconds:
            plain.observe(one)
        mapped.close_all_files()
    # Then both show the same
    shared = CollectorRegistry()
    MultiProcessCollector(shared)  # type: ignore[no-untyped-call]
    assert samples(shared, "summed") == samples(shared, "plain")
    assert samples(shared, "summed")["_sum"] == 24.0005


def test_a_refusal_is_counted_as_often_as_it_was_answered(app: App) -> None:
    for number in range(3):
        app.redeem(f"cake-{number}", choices=["opera-only"])

    assert figure(app, 'hongka_refused_total{reason="not_agreed_here"}') == 3


def test_many_scrapers_cost_as_much_as_one(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    name = 'hongka_request_seconds_count{route="redeem",status="201"}'
    app.redeem("cake-1")
    counted = [figure(app, name)]
    app.redeem("cake-2")
    counted.append(figure(app, name))

    monkeypatch.setattr(metrics, "TEXT_SECONDS", 0)

    assert [*counted, figure(app, name)] == [1, 1, 2]
