"""How a page is declared, who may see it, and how it is rendered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import msgspec
from flask import Flask, Response, g, redirect, render_template, request
from werkzeug.exceptions import HTTPException, NotFound, RequestEntityTooLarge

from ledger.errors import HongkaError
from pos_gateway.auth.authentication import Authenticator, RequestCredentials, realm_of
from pos_gateway.auth.policies import Policy
from pos_gateway.errors.http import BodyTooLarge, PathUnknown, RequestMalformed
from pos_gateway.web.api_route import declare
from pos_gateway.web.json_body import BODY_BYTES_MAX, check_id
from pos_gateway.web.problem_details import (
    Problem,
    answer_to,
    drain,
    language,
    problem_answer,
    problem_of,
    status_of,
)
from pos_gateway.web.templating import page_language, remember, t

SIGN_IN = {
    "card": "/card/sign-in",
    "till": "/till/pair",
    "shop": "/shop/sign-in",
    "desk": "/desk/sign-in",
}
"""The sign-in page of each realm."""

_NOBODY = 401


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """A page for people at one address.

    `view` takes what the path names, and `asking` unless the policy is PUBLIC; it returns a
    response, or raises what `problem.html` then shows. A page that takes POST is a form: it carries
    `{{ csrf }}` in a field of that name. One that takes a file says how much is read at most.
    """

    name: str
    path: str
    policy: Policy
    view: Callable[..., Any]
    methods: tuple[str, ...] = ("GET",)
    bytes_max: int = BODY_BYTES_MAX


def install(app: Flask, authenticator: Authenticator, pages: list[Page]) -> None:
    """Serve these pages."""
    for page in pages:
        app.add_url_rule(
            page.path,
            page.name,
            declare(page.policy, _view(page, authenticator)),
            methods=list(page.methods),
        )
    app.register_error_handler(NotFound, _nowhere)


def render(template: str, status: int = 200, **shown: Any) -> Response:
    """A page from a template, in the language of its reader, for no cache to keep."""
    language = page_language(request)
    text = render_template(
        template,
        zh=language == "zh",
        path=request.path,
        csrf=g.get("csrf", ""),
        asking=g.get("asking"),
        **shown,
    )
    response = Response(text, status, content_type="text/html; charset=utf-8")
    response.headers["Content-Language"] = language
    response.headers["Vary"] = "Accept-Language, Cookie"
    remember(request, response)
    return response


def told(error: HongkaError) -> Problem:
    """An error in words for a form to show in place: `title`, `next_step`, `reason`."""
    return problem_of(type(error), error.particulars, page_language(request))


def see(path: str) -> Response:
    """Go on to a page of ours after a form was taken."""
    found: Any = redirect(path, 303)
    response: Response = found
    return response


def next_path() -> str:
    """Where to go on after signing in: a path of ours that was asked for, else none."""
    path = request.args.get("next", "")
    plain = path.startswith("/") and not path.startswith(("//", "/\\")) and len(path) < 200  # noqa: PLR2004
    return path if plain and path.isprintable() else ""


def _view(page: Page, authenticator: Authenticator) -> Callable[..., Response]:
    def view(**named: str) -> Response:
        shown = RequestCredentials.of(request.environ)
        if request.method == "HEAD":
            request.method = "GET"  # what is told of a page is told of it alone
        try:
            for field, text in named.items():
                check_id(field, text)
            asking = authenticator.identify(page.policy, shown)
            if request.method == "POST":
                request.max_content_length = page.bytes_max
                authenticator.check_form(page.policy, shown, request.form.get("csrf", ""))
                _check_text()
            g.csrf = authenticator.csrf_token(page.policy, shown)
            g.asking = asking
            arguments: dict[str, Any] = {} if asking is None else {"asking": asking}
            found: Response = page.view(**named, **arguments)
        except RequestEntityTooLarge:
            drain()
            return _refused(BodyTooLarge(), page)
        except HTTPException:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, people are told on a page
            return _refused(error, page)
        return found

    return view


def _check_text() -> None:
    """Check that no field holds a sign that no person types and PostgreSQL cannot keep.

    Raises:
        RequestMalformed: one does.

    """
    if any("\0" in text for _, text in request.form.items(multi=True)):
        raise RequestMalformed(problem="a field holds U+0000")


def _nowhere(_: NotFound) -> Response:
    """An address that leads nowhere: in a page to people, as a problem to programs."""
    if "text/html" not in request.headers.get("Accept", ""):
        refused: Response = problem_answer(PathUnknown(), language()).response
        return refused
    title = problem_of(PathUnknown, {}, page_language(request))
    next_step = t("请检查地址，或返回重新开始。", "Check the address, or go back and start again.")
    problem = msgspec.structs.replace(title, next_step=next_step)
    return render("problem.html", 404, problem=problem, home=_way_back())


def _refused(error: Exception, page: Page) -> Response:
    if isinstance(error, HongkaError) and status_of(type(error)) == _NOBODY:
        here = request.path if request.method == "GET" else ""
        way = SIGN_IN[realm_of(page.policy)]
        return see(f"{way}?next={quote(here)}" if here else way)
    answer = answer_to(error, page_language(request), page.name)
    problem = msgspec.json.decode(answer.content, type=Problem)
    response = render("problem.html", answer.status, problem=problem, home=_way_back())
    for name, value in answer.headers:
        if name == "Retry-After":
            response.headers[name] = value
    return response


def _way_back() -> str:
    """Return the first page of the current realm, or of all."""
    realm = request.path.split("/")[1]
    start = f"/{realm}/" if realm in SIGN_IN else "/"
    return start if request.path != start else "/"
