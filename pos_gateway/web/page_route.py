"""Page declarations: URL, policy, view, and rendering."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar
from urllib.parse import quote

import msgspec
from flask import Flask, Response, g, redirect, render_template, request
from werkzeug.exceptions import HTTPException, NotFound, RequestEntityTooLarge

from ledger.control.proposal import Proposed
from ledger.errors import HongkaError, InputInvalid
from pos_gateway.auth.authentication import Authenticator, RequestCredentials, realm_of
from pos_gateway.auth.policies import Policy
from pos_gateway.errors import BodyTooLarge, PathUnknown, RequestMalformed
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

PROPOSALS = "/desk/proposals"
"""The page of the acts that need a second person."""

_NOBODY, _OUR_MISTAKE = 401, 500

Action = TypeVar("Action", bound=Callable[..., object])


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """An HTML page at one URL path; `name` is its endpoint.

    `view` takes the path parameters, and the caller as `asking` unless the policy is PUBLIC. It
    returns a response. If the caller must sign in, the page redirects to the sign-in; other errors
    are shown by `problem.html`. A page that accepts POST is a form, which sends `{{ csrf }}` in a
    field named `csrf`, unless it is PUBLIC. `bytes_max` is the largest body that is read; a page
    for uploads raises it.
    """

    name: str
    path: str
    policy: Policy
    view: Callable[..., Any]
    methods: tuple[str, ...] = ("GET",)
    bytes_max: int = BODY_BYTES_MAX


def install(app: Flask, authenticator: Authenticator, pages: list[Page]) -> None:
    """Add the pages to the app, each with the check of its policy, and a page for unknown URLs."""
    for page in pages:
        app.add_url_rule(
            page.path,
            page.name,
            declare(page.policy, _view(page, authenticator)),
            methods=list(page.methods),
        )
    app.register_error_handler(NotFound, _nowhere)


def render(
    template: str, status: int | None = None, *, error: HongkaError | None = None, **shown: Any
) -> Response:
    """Render a template in the reader's language; caches do not keep it.

    The values in `shown` go to the template, and an `error` goes there as `problem`. The status is
    `status` if given, else that of the error, else 200. A language or text size that the URL
    chooses is remembered in a cookie.
    """
    language = page_language(request)
    if error is not None:
        status = status or status_of(type(error))
        shown["problem"] = problem_of(type(error), error.particulars, language)
    text = render_template(
        template,
        zh=language == "zh",
        path=request.path,
        csrf=g.get("csrf", ""),
        asking=g.get("asking"),
        **shown,
    )
    response = Response(text, status or 200, content_type="text/html; charset=utf-8")
    if error is not None and "retry_after_seconds" in error.particulars:
        response.headers["Retry-After"] = str(error.particulars["retry_after_seconds"])
    response.headers["Content-Language"] = language
    response.headers["Vary"] = "Accept-Language, Cookie"
    remember(request, response)
    return response


def told(error: HongkaError) -> Problem:
    """Return an error as a problem in the language of the page, to show it inside a page."""
    return problem_of(type(error), error.particulars, page_language(request))


def expected(error: HongkaError) -> HongkaError:
    """Return the error if a page may show it; raise it if its status is 500, an internal error."""
    if status_of(type(error)) == _OUR_MISTAKE:
        raise error
    return error


def submit(
    action: Callable[[], object] | Mapping[str, Callable[[], object]],
    refused: Callable[[HongkaError], Response] | None,
    then: str = "",
    go: Callable[[str], Response] | None = None,
) -> Response:
    """Run the action of a form, and redirect with `go` (`see` by default) to the path `then`.

    An action that only proposed its act redirects to the page of the proposal. An empty path is
    that of the request. Of several actions, run the one that `chosen` returns.
    After a HongkaError, an unknown action's InputInvalid too, return `refused(error)` instead; with
    None, raise it.
    """
    try:
        done = (chosen(action) if isinstance(action, Mapping) else action)()
    except HongkaError as error:
        if refused is None:
            raise
        return refused(error)
    if isinstance(done, Proposed):
        return see(f"{PROPOSALS}/{done.proposal_id}")
    return (go or see)(then or request.path)


def chosen(actions: Mapping[str, Action]) -> Action:
    """Return the action that the form field `deed` names; InputInvalid if unknown or missing."""
    found = actions.get(request.form.get("deed", ""))
    if found is None:
        raise InputInvalid(field="deed")
    return found


def see(path: str) -> Response:
    """Redirect to a path with 303, so that the browser loads it with GET after a form."""
    return redirect(path, 303)  # type: ignore[return-value]  # werkzeug's is Flask's here


def download(content: bytes | Iterator[bytes], name: str, kind: str) -> Response:
    """Return a response that the browser saves as the file `name`; `kind` is its content type."""
    response = Response(content)
    response.headers["Content-Type"] = kind
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def next_path() -> str:
    """Return `next` of the query if it is a path of this site, below 200 characters, else ""."""
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
    """Raise RequestMalformed if a form field contains U+0000, which PostgreSQL cannot store."""
    if any("\0" in text for _, text in request.form.items(multi=True)):
        raise RequestMalformed(problem="a field holds U+0000")


def _nowhere(_: NotFound) -> Response:
    """Return 404 for an unknown URL: a page if the client accepts HTML, else a JSON problem."""
    if "text/html" not in request.headers.get("Accept", ""):
        return problem_answer(PathUnknown(), language()).response
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
    """Return the start page of the URL's realm; `/` outside the realms and on that page."""
    realm = request.path.split("/")[1]
    start = f"/{realm}/" if realm in SIGN_IN else "/"
    return start if request.path != start else "/"
