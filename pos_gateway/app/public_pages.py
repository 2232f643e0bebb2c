"""Public pages: the home page, and the API's documentation."""

from functools import cache
from importlib.metadata import version
from typing import Any

import msgspec
from flask import Flask, Response, request

from pos_gateway.auth.policies import Policy
from pos_gateway.i18n.messages import Language
from pos_gateway.web import assets
from pos_gateway.web.answer import API
from pos_gateway.web.api_route import Route, declare
from pos_gateway.web.openapi import check_described, document, reasons
from pos_gateway.web.page_route import render
from pos_gateway.web.problem_details import language
from pos_gateway.web.templating import page_language


def install(app: Flask, routes: list[Route], *, demonstration: bool) -> None:
    """Serve the home page, the OpenAPI document, its page for people, and the static files.

    In a `demonstration` the home page links to its start page. Undeclared is raised for a field of
    `routes` without a description.
    """
    check_described(routes)

    @cache
    def described(tongue: Language) -> dict[str, Any]:
        return document(routes, tongue, version=version("hongka"))

    def home() -> Response:
        return render("home.html", demonstration=demonstration)

    def openapi() -> Response:
        content = msgspec.json.encode(described(language()))
        response = Response(content, content_type="application/json")
        response.headers["Vary"] = "Accept-Language"
        return response

    def api() -> Response:
        tongue = page_language(request)
        return render("api.html", api=_listed(described(tongue)), reasons=reasons(tongue))

    app.jinja_env.filters["indented"] = _indented
    for path, view in (("/", home), (f"{API}/openapi.json", openapi), (f"{API}/", api)):
        app.add_url_rule(path, view_func=declare(Policy.PUBLIC, view))
    app.add_url_rule("/static/<path:name>", view_func=declare(Policy.PUBLIC, assets.served))


def _indented(value: Any) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()


def _listed(api: dict[str, Any]) -> dict[str, Any]:
    """Return the OpenAPI document for the page: with one list of `operations`."""
    operations = [
        {**operation, "path": path, "method": method.upper()}
        for path, methods in api["paths"].items()
        for method, operation in methods.items()
    ]
    return {**api, "operations": operations}
