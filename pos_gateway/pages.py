"""The few pages for people: what this is, and the API to read through."""

from __future__ import annotations

from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import msgspec
from flask import Flask, Response, render_template, request, send_from_directory

from pos_gateway.access import Policy
from pos_gateway.openapi import document, reasons
from pos_gateway.problems import language
from pos_gateway.routes import API, Route, declare
from pos_gateway.words import LANGUAGES, Language

_STATIC = Path(__file__).parent / "static"


def install(app: Flask, routes: list[Route]) -> None:
    """Serve the home page, and the API as JSON and as a page."""

    @cache
    def described(tongue: Language) -> dict[str, Any]:
        return document(routes, tongue, version=version("hongka"))

    def home() -> Response:
        return _page("home.html")

    def openapi() -> Response:
        content = msgspec.json.encode(described(language()))
        response = Response(content, content_type="application/json")
        response.headers["Vary"] = "Accept-Language"
        return response

    def api() -> Response:
        tongue = _tongue()
        return _page("api.html", api=_resolved(described(tongue)), reasons=reasons(tongue))

    def static(name: str) -> Response:
        return send_from_directory(_STATIC, name, max_age=3_600)

    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    app.jinja_env.filters["json"] = _indented
    for path, view in (("/", home), (f"{API}/openapi.json", openapi), (f"{API}/", api)):
        app.add_url_rule(path, view_func=declare(Policy.PUBLIC, view))
    app.add_url_rule("/static/<path:name>", view_func=declare(Policy.PUBLIC, static))


def _tongue() -> Language:
    """The language of a page: that of the link, else of the browser."""
    asked = request.args.get("lang")
    return next((tongue for tongue in LANGUAGES if tongue == asked), language())


def _page(template: str, **shown: Any) -> Response:
    tongue = _tongue()
    text = render_template(template, zh=tongue == "zh", path=request.path, **shown)
    response = Response(text, content_type="text/html; charset=utf-8")
    response.headers["Content-Language"] = tongue
    response.headers["Vary"] = "Accept-Language"
    return response


def _indented(value: Any) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()


def _resolved(api: dict[str, Any]) -> dict[str, Any]:
    """The description as the page walks it: references followed, one list of operations."""
    schemas = api["components"]["schemas"]

    def schema(media: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = schemas[media["schema"]["$ref"].rpartition("/")[2]]
        return found

    operations = []
    for path, methods in api["paths"].items():
        for method, operation in methods.items():
            asked = operation.get("requestBody", {}).get("content", {}).get("application/json")
            operations.append(
                {
                    **operation,
                    "path": path,
                    "method": method.upper(),
                    "asked": asked and {"schema": schema(asked), "example": asked["example"]},
                }
            )
    return {**api, "operations": operations}
