"""The OpenAPI 3.1 document, built from the declarations of the routes."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from ledger.benefits import Words
from ledger.errors import HongkaError
from pos_gateway.auth.policies import Policy
from pos_gateway.i18n.messages import Language, has_words
from pos_gateway.i18n.words import REVERSAL_REASONS, words_of
from pos_gateway.web.answer import API
from pos_gateway.web.api_route import Route, Undeclared
from pos_gateway.web.json_body import BODY_BYTES_MAX, ID_PATTERN
from pos_gateway.web.problem_details import CONTENT_TYPE, STATUSES, Problem, problem_of, status_of

_REF = "#/components/schemas/{name}"
_PARAMETER = re.compile(r"<(\w+)>")

_API = words_of("api")
_KEYS = {Policy.TILL: _API["till_key"], Policy.MEMBER: _API["member_key"]}

_REASON = Words(
    "原因：" + "；".join(f"{reason} {words.zh}" for reason, words in REVERSAL_REASONS.items()),
    "Why: " + "; ".join(f"{reason}, {words.en}" for reason, words in REVERSAL_REASONS.items()),
)
_FIELDS = {**words_of("api_fields"), "reason": _REASON}
_STATUSES = words_of("api_statuses")

_PROBLEM_HEADERS = {401: "WWW-Authenticate", 405: "Allow", 429: "Retry-After", 503: "Retry-After"}

_PUBLIC_PROBLEMS = (405, 500, 503)
_KEY_PROBLEMS = (401, 422)
_BODY_PROBLEMS = (400, 408, 413, 415, 422)


def document(routes: Iterable[Route], tongue: Language, *, version: str) -> dict[str, Any]:
    """Build the OpenAPI document of the routes, in one language, for the release `version`."""
    routes = list(routes)
    asked = {route.asks.__name__: route for route in routes if route.asks}
    kinds = {one.__name__: one for route in routes for one in (route.asks, route.answers) if one}
    _, schemas = msgspec.json.schema_components([Problem, *kinds.values()], ref_template=_REF)
    for name, route in asked.items():
        for field, schema in schemas[name]["properties"].items():
            schema["description"] = _said(_field_words(route, field), tongue)
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        path = API + _PARAMETER.sub(r"{\1}", route.path)
        paths.setdefault(path, {})[route.method.lower()] = _operation(route, tongue)
    schemes = {
        policy.value: {"type": "http", "scheme": "bearer", "description": _said(words, tongue)}
        for policy, words in _KEYS.items()
    }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": _said(_API["title"], tongue),
            "version": version,
            "description": _said(_API["about"], tongue),
        },
        "paths": paths,
        "components": {"schemas": schemas, "securitySchemes": schemes},
    }


def check_described(routes: Iterable[Route]) -> None:
    """Raise Undeclared, with the field's name, if a field of a request body is not described."""
    for route in routes:
        for field in route.asks.__struct_encode_fields__ if route.asks else ():
            _field_words(route, field)


def _field_words(route: Route, field: str) -> Words:
    words = route.field_words.get(field) or _FIELDS.get(field)
    if words is None:
        raise Undeclared(
            f"the route {route.name!r} does not describe the field {field!r}: add to the Route"
            f' field_words={{"{field}": Words("…", "…")}}'
        )
    return words


def reasons(tongue: Language) -> list[Problem]:
    """Return a sample problem with its texts for each reason that people see, sorted by status."""
    problems = [problem_of(kind, {}, tongue) for kind in _leaves()]
    return sorted(problems, key=lambda problem: (problem.status, problem.reason))


def _operation(route: Route, tongue: Language) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": route.name,
        "summary": _said(route.title, tongue),
        "security": [{route.policy.value: []}] if route.policy in _KEYS else [],
        "parameters": [
            {
                "name": name,
                "in": "path",
                "required": True,
                "description": _said(_API["id"], tongue),
                "schema": {"type": "string", "pattern": ID_PATTERN, "maxLength": 64},
            }
            for name in _PARAMETER.findall(route.path)
        ],
        "responses": {
            **{str(code): _success(route, words, tongue) for code, words in route.statuses.items()},
            **{str(code): _failure(code, tongue) for code in sorted(_problems(route))},
        },
    }
    if route.asks is not None:
        operation["requestBody"] = {
            "required": True,
            "description": f"≤ {BODY_BYTES_MAX} bytes",
            "content": _content(route.asks, dict(route.example_asked)),
        }
    return operation


def _problems(route: Route) -> set[int]:
    codes = {*route.problems, *_PUBLIC_PROBLEMS}
    if route.policy in _KEYS:
        codes.update(_KEY_PROBLEMS)
    if route.policy is Policy.MEMBER:
        codes.add(429)
    if route.asks is not None:
        codes.update(_BODY_PROBLEMS)
    return codes


def _success(route: Route, words: Words, tongue: Language) -> dict[str, Any]:
    return {
        "description": _said(words, tongue),
        "headers": {"Idempotency-Replayed": _header(_said(_API["replayed"], tongue))},
        "content": _content(route.answers, dict(route.example_answer)),
    }


def _failure(code: int, tongue: Language) -> dict[str, Any]:
    example = next((p for p in reasons(tongue) if p.status == code), None)
    failure: dict[str, Any] = {
        "description": _said(_STATUSES[str(code)], tongue),
        "content": {CONTENT_TYPE: {"schema": {"$ref": _REF.format(name=Problem.__name__)}}},
    }
    if example is not None:
        failure["content"][CONTENT_TYPE]["example"] = msgspec.to_builtins(example)
    if code in _PROBLEM_HEADERS:
        failure["headers"] = {_PROBLEM_HEADERS[code]: _header("RFC 9110")}
    return failure


def _content(kind: type[msgspec.Struct], example: dict[str, Any]) -> dict[str, Any]:
    schema = {"$ref": _REF.format(name=kind.__name__)}
    return {"application/json": {"schema": schema, "example": example}}


def _header(description: str) -> dict[str, Any]:
    return {"description": description, "schema": {"type": "string"}}


def _said(words: Words, tongue: Language) -> str:
    return words.zh if tongue == "zh" else words.en


def _leaves() -> Iterator[type[HongkaError]]:
    """Yield the error classes that people see: those with a status and texts."""
    placed = set(STATUSES)
    waiting: list[type[HongkaError]] = [HongkaError]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        if has_words(kind.reason) and not placed.isdisjoint(kind.__mro__) and status_of(kind):
            yield kind
