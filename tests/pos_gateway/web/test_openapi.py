import re
import threading
from collections import defaultdict
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

from pos_gateway.api.redemptions import RedemptionRoutes
from pos_gateway.api.server_time import TimeRoutes
from pos_gateway.api.ticket_uses import TicketUseRoutes
from pos_gateway.api.tickets import TicketRoutes
from pos_gateway.app.factory import ROUTES
from pos_gateway.auth import rate_limit
from pos_gateway.auth.policies import Policy
from pos_gateway.web.api_route import declare
from pos_gateway.web.json_body import ID_PATTERN
from pos_gateway.web.openapi import document
from pos_gateway.web.views import routes_of
from tests.support.api_fuzz_app import FuzzApp
from tests.support.app import App
from tests.support.app_with_drop import CHEN, WANG, DropApp

# No schema can say whether a well-formed name exists and is allowed, so the ledger may refuse it.
ACCEPTED = [200, 201, 403, 404, 409, 422]
LAST = "block_card"
SIGNED = {"slip": r"(?s)^.{0,4000}\Z", "signature": r"^[\w-]{86}\Z", "key": r"^[0-9a-f]{64,130}\Z"}


@pytest.fixture
def fuzz_app(drop_app: DropApp, monkeypatch: pytest.MonkeyPatch) -> FuzzApp:
    """Return an app without a rate limit for members."""
    monkeypatch.setattr(rate_limit, "AT_ONCE", 10**9)
    return FuzzApp(drop_app)


def headers(drop_app: DropApp) -> list[dict[str, Any]]:
    """Return the caller of an operation: a till or a member; another member reports a card lost."""
    shown = {Policy.TILL: drop_app.gate_key, Policy.MEMBER: drop_app.keys[WANG]}
    operations = [
        (one.name, one.policy) for kind in ROUTES for one in routes_of(kind, drop_app.services)
    ]
    asked = {
        name: drop_app.keys[CHEN] if name == LAST else shown[policy]
        for name, policy in operations
        if policy in shown
    }
    return [
        {"include-operation-id": name, "headers": {"Authorization": f"Bearer {key}"}}
        for name, key in asked.items()
    ]


def faults(fuzz_app: FuzzApp, *operations: str) -> tuple[list[str], set[str]]:
    """Run schemathesis on an API. Return its findings, and the operations that never succeeded.

    Run all operations, or the named ones.
    """
    others = {"exclude-operation-id": list(operations), "enabled": False}
    config = SchemathesisConfig.from_dict(
        {
            "operations": headers(fuzz_app.drop_app) + ([others] if operations else []),
            "generation": {"max-examples": 8, "deterministic": True},
            "phases": {"stateful": {"generation": {"max-examples": 4}}},
            "continue-on-failure": True,
            "checks": {"positive_data_acceptance": {"expected-statuses": ACCEPTED}},
        }
    )
    # Over real HTTP, because the WSGI transport cannot repeat a request for its own checks.
    with served(fuzz_app.drop_app) as address:
        api: BaseSchema = from_url(f"{address}/api/v1/openapi.json", config=config)
        return found(fuzz_app, api)


@contextmanager
def served(app: App) -> Iterator[str]:
    """Serve the app in this process. Yield its URL."""
    server = make_server("127.0.0.1", 0, app.flask, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def known(sent: Any, there: dict[str, Any]) -> Any:
    """Return the input with names of existing resources in place of well-formed unknown ones."""
    if not isinstance(sent, dict):
        return sent
    sound = {
        name: there[name]
        for name, value in sent.items()
        if name in there and _is_sound(name, value)
    }
    return sent | sound


def _is_sound(name: str, value: Any) -> bool:
    if name == "choices":
        return isinstance(value, list) and all(_is_sound("choice", one) for one in value)
    if not isinstance(value, str):
        return False
    if name in SIGNED:
        return bool(re.match(SIGNED[name], value))
    return len(value) < 600 if "code" in name else bool(re.match(ID_PATTERN, value))


def found(fuzz_app: FuzzApp, api: BaseSchema) -> tuple[list[str], set[str]]:
    """Return the findings and the operations that never succeeded; every phase must have run."""

    @api.hook
    def map_path_parameters(context: Any, path_parameters: Any) -> Any:
        return known(
            path_parameters, fuzz_app.path(context.operation.method, context.operation.path)
        )

    @api.hook
    def map_body(context: Any, body: Any) -> Any:
        return known(body, fuzz_app.body(context.operation.path))

    wrong, phases, statuses = list[str](), set[str](), defaultdict[str, set[int]](set)
    for event in from_schema(api).execute():
        if isinstance(event, NonFatalError | FatalError):
            wrong.append(str(event))
        if isinstance(event, ScenarioFinished):
            phases.add(event.phase.name)
            for case in event.recorder.interactions.values():
                if case.response is not None:
                    statuses[event.label or ""].add(case.response.status_code)
                    if case.response.status_code >= 400:
                        assert case.response.headers["content-type"] == ["application/problem+json"]
            wrong += [
                f"{event.label}: {check.failure_info.failure}"
                for checks in event.recorder.checks.values()
                for check in checks
                if check.failure_info is not None
            ]
    assert {"EXAMPLES", "COVERAGE", "FUZZING"} <= phases
    return wrong, {one for one, seen in statuses.items() if not seen & {200, 201}}


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisWarning")
def test_the_api_does_what_it_says(fuzz_app: FuzzApp) -> None:
    wrong, never_yes = faults(fuzz_app)

    assert not wrong, "\n".join(wrong)
    assert not never_yes, (
        "no request to these was ever accepted: give their Route an example_asked that holds, or"
        " name what is there in FuzzApp.path and FuzzApp.body of tests/support/api_fuzz_app.py:"
        f" {sorted(never_yes)}"
    )


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisWarning")
def test_an_api_that_does_otherwise_is_noticed(fuzz_app: FuzzApp) -> None:
    fuzz_app.drop_app.flask.view_functions["keys"] = declare(Policy.PUBLIC, lambda: ("{}", 200))

    wrong, _ = faults(fuzz_app, "keys")

    assert any("GET /api/v1/keys" in fault for fault in wrong)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_description_is_valid(app: App, language: str) -> None:
    described = app.ask("GET", "/openapi.json", headers={"Accept-Language": language}).get_json()

    assert described["openapi"].startswith("3.1")
    validate(described)


def test_a_description_that_is_not_valid_is_noticed(app: App) -> None:
    described = app.ask("GET", "/openapi.json").get_json()
    described["paths"]["/api/v1/keys"]["get"]["responses"] = []

    with pytest.raises(OpenAPIValidationError):
        validate(described)


def test_every_address_of_the_api_is_described(app: App) -> None:
    described = app.ask("GET", "/openapi.json").get_json()

    served = {
        (re.sub("<(.+?)>", r"{\1}", rule.rule), method.lower())
        for rule in app.flask.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD"}
        if rule.rule.startswith("/api/v1/") and rule.endpoint not in {"api", "openapi"}
    }
    assert served == {
        (path, method) for path, methods in described["paths"].items() for method in methods
    }


def test_every_example_is_of_its_kind(app: App) -> None:
    for route in (one for kind in ROUTES for one in routes_of(kind, app.services)):
        try:
            assert msgspec.convert(dict(route.example_answer), route.answers, strict=False)
            if route.asks is not None:
                assert msgspec.convert(dict(route.example_asked), route.asks)
        except msgspec.ValidationError as wrong:
            pytest.fail(
                f"correct example_asked or example_answer of the Route {route.name!r}: {wrong}"
            )


@pytest.mark.parametrize(
    ("part", "policies"),
    [
        (RedemptionRoutes, [{"till": []}]),
        (TicketUseRoutes, [{"till": []}]),
        (TicketRoutes, [{"member": []}]),
        (TimeRoutes, []),
    ],
)
def test_who_may_ask_stands_in_the_description(
    app: App, part: Any, policies: list[dict[str, list[str]]]
) -> None:
    described: dict[str, Any] = document(routes_of(part, app.services), "en", version="1")

    operations = [one for path in described["paths"].values() for one in path.values()]
    assert all(one["security"] == policies for one in operations)
    assert all(("401" in one["responses"]) == bool(policies) for one in operations)


def test_a_member_is_told_that_they_are_paced(app: App) -> None:
    described: dict[str, Any] = document(routes_of(TicketRoutes, app.services), "en", version="1")

    for path in described["paths"].values():
        for operation in path.values():
            assert "Retry-After" in operation["responses"]["429"]["headers"]
