from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
import pytest
from openapi_spec_validator import validate
from openapi_spec_validator.validation.exceptions import OpenAPIValidationError
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import from_schema
from schemathesis.engine.events import FatalError, NonFatalError, ScenarioFinished
from schemathesis.openapi import from_url
from schemathesis.schemas import BaseSchema
from werkzeug.serving import make_server

from pos_gateway import keys, till
from pos_gateway.openapi import document
from pos_gateway.routes import Policy, declare
from tests.gateways import Gateway

# Of a text that fits the description, a code is one that was signed: no schema can say so.
ACCEPTED = [200, 201, 401, 403, 404, 409, 422]


def faults(gateway: Gateway) -> list[str]:
    """What schemathesis finds wrong with an API that describes itself."""
    config = SchemathesisConfig.from_dict(
        {
            "headers": {"Authorization": f"Bearer {gateway.key}"},
            "generation": {"max-examples": 15, "deterministic": True},
            "continue-on-failure": True,
            "checks": {"positive_data_acceptance": {"expected-statuses": ACCEPTED}},
        }
    )
    # Over a real line: its WSGI transport cannot repeat a request for its own checks.
    with served(gateway) as address:
        return list(found(gateway, from_url(f"{address}/api/v1/openapi.json", config=config)))


@contextmanager
def served(gateway: Gateway) -> Iterator[str]:
    """The address of the gateway, served by this process."""
    server = make_server("127.0.0.1", 0, gateway.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def found(gateway: Gateway, api: BaseSchema) -> Iterator[str]:
    """The faults, one by one; every phase must have run."""

    @api.hook
    def map_body(_context: Any, body: Any) -> Any:
        if isinstance(body, dict) and isinstance(code := body.get("code"), str) and len(code) < 600:
            return body | {"code": gateway.code()}
        return body

    phases = set()
    for event in from_schema(api).execute():
        if isinstance(event, NonFatalError | FatalError):
            yield str(event)
        if isinstance(event, ScenarioFinished):
            phases.add(event.phase.name)
            for checks in event.recorder.checks.values():
                for check in checks:
                    if check.failure_info is not None:
                        yield f"{event.label}: {check.failure_info.failure}"
    assert {"EXAMPLES", "COVERAGE", "FUZZING"} <= phases


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisWarning")
def test_the_api_does_what_it_says(gateway: Gateway) -> None:
    gateway.redeem("till-7-000042")
    gateway.redeem("cake-1")

    wrong = faults(gateway)

    assert not wrong, "\n".join(wrong)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisWarning")
def test_an_api_that_does_otherwise_is_noticed(gateway: Gateway) -> None:
    gateway.app.view_functions["keys"] = declare(Policy.PUBLIC, lambda: ("{}", 200))

    assert any("GET /api/v1/keys" in fault for fault in faults(gateway))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_description_is_valid(gateway: Gateway, language: str) -> None:
    described = gateway.ask(
        "GET", "/openapi.json", headers={"Accept-Language": language}
    ).get_json()

    assert described["openapi"].startswith("3.1")
    validate(described)


def test_a_description_that_is_not_valid_is_noticed(gateway: Gateway) -> None:
    described = gateway.ask("GET", "/openapi.json").get_json()
    described["paths"]["/api/v1/keys"]["get"]["responses"] = []

    with pytest.raises(OpenAPIValidationError):
        validate(described)


def test_every_address_of_the_api_is_described(gateway: Gateway) -> None:
    described = gateway.ask("GET", "/openapi.json").get_json()

    served = {
        (rule.rule.replace("<redemption_id>", "{redemption_id}"), method.lower())
        for rule in gateway.app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD"}
        if rule.rule.startswith("/api/v1/") and rule.endpoint not in {"api", "openapi"}
    }
    assert served == {
        (path, method) for path, methods in described["paths"].items() for method in methods
    }


def test_every_example_is_of_its_kind(gateway: Gateway) -> None:
    for route in (*till.routes(gateway.house), *keys.routes(gateway.house)):
        assert msgspec.convert(dict(route.example_answer), route.answers, strict=False)
        if route.asks is not None:
            assert msgspec.convert(dict(route.example_asked), route.asks)


def test_who_may_ask_stands_in_the_description(gateway: Gateway) -> None:
    described: dict[str, Any] = document(till.routes(gateway.house), "en", version="1")

    operations = [one for path in described["paths"].values() for one in path.values()]
    assert all(one["security"] == [{"till": []}] for one in operations)
    assert all("401" in one["responses"] for one in operations)
