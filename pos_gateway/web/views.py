"""Views declare the pages and API routes that they serve, each beside its method."""

import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, Generic, TypeVar, get_args, get_type_hints

import msgspec

from ledger.benefits import Words
from pos_gateway.auth.policies import Policy
from pos_gateway.i18n.words import words_of
from pos_gateway.web.api_route import Route, Undeclared
from pos_gateway.web.page_route import Page

_WORDS = words_of("api_routes")

GET, POST, FORM = ("GET",), ("POST",), ("GET", "POST")

S = TypeVar("S")
View = TypeVar("View", bound=Callable[..., Any])


class Views(Generic[S]):
    """A group of views, methods that serve pages or API routes, over one `services` object."""

    def __init__(self, services: S) -> None:
        self._services = services


def page(
    name: str, path: str, policy: Policy, methods: tuple[str, ...] = GET, **more: Any
) -> Callable[[View], View]:
    """Return a decorator that declares a method as the view of a page; several may be stacked.

    `name` is the endpoint, and `more` are other fields of `Page`. `pages_of` collects the pages.
    """
    return _declared(Page, {"name": name, "path": path, "methods": methods, **more}, policy)


def route(
    request: str, policy: Policy, title: Words | None = None, ok: Words | None = None, **more: Any
) -> Callable[[View], View]:
    """Return a decorator that declares a method as the view of an API route.

    `request` is the method and path: `GET /drops/<drop_id>`. The name of the view is the
    operation's name, and its annotations give the body types: `asked` is `Asked[Body]`, the result
    `Reply[Body]`. `title` and `ok`, the description of status 200, are None where `[api_routes]` of
    `i18n/words.toml` has them with the other statuses; examples of the bodies are in
    `examples.json` beside the module. `more` are other fields of `Route`. `routes_of` collects the
    routes.
    """
    method, path = request.split()
    texts = {"title": title, "statuses": {200: ok}} if title and ok else {}
    return _declared(Route, {"method": method, "path": path, **texts, **more}, policy)


def pages_of(kind: type[Views[S]], services: S) -> list[Page]:
    """Build views over `services`, and return their pages; none of a class that declares none."""
    return [Page(view=view, **told) for view, told in _of(kind, services, Page)]


def routes_of(kind: type[Views[S]], services: S) -> list[Route]:
    """Build views over `services`, and return their API routes, as `pages_of` their pages."""
    return [
        Route(view=view, **(_bodies(view) | _texts(kind, told) | told))
        for view, told in _of(kind, services, Route)
    ]


def _declared(kind: type, told: dict[str, Any], policy: Policy) -> Callable[[View], View]:
    def keep(view: View) -> View:
        declared = {"name": view.__name__, "policy": policy, **told}
        vars(view).setdefault("declared", []).insert(0, (kind, declared))
        return view

    return keep


def _of(kind: type[Views[S]], services: S, wanted: type) -> Iterator[tuple[Any, dict[str, Any]]]:
    views = kind(services)
    for attribute, view in vars(kind).items():
        for declared, told in getattr(view, "declared", ()):
            if declared is wanted:
                yield getattr(views, attribute), told


def _bodies(view: Callable[..., Any]) -> dict[str, Any]:
    """Return the fields of a route that the annotations of its view tell; `asks` may be None."""
    hints = get_type_hints(view)
    answers = hints["return"]
    while kinds := get_args(answers):  # such as `Reply[Body] | Waiting[Body]`
        answers = kinds[0]
    asks = get_args(hints.get("asked"))
    told = {"answers": answers, "asks": asks[0] if asks else None}
    return told | {"speaks": "tongue" in hints}


def _texts(kind: type, told: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a route that stand in data: `words.toml`, and `kind`'s `examples.json`.

    Undeclared is raised if neither `words.toml` nor the declaration, `told`, has a title.
    """
    name = told["name"]
    file = Path(str(sys.modules[kind.__module__].__file__)).with_name("examples.json")
    found = _read(file).get(name, {}) if file.exists() else {}
    texts: dict[str, Any] = {f"example_{body}": example for body, example in found.items()}
    if name in _WORDS:
        codes = [code for code in (201, 200) if f"{name}-{code}" in _WORDS]
        texts |= {"title": _WORDS[name], "statuses": {c: _WORDS[f"{name}-{c}"] for c in codes}}
    elif "title" not in told:
        raise Undeclared(
            f"the route {name!r} has no words: give its declaration a title and ok, or add {name}"
            f" and {name}-200 to [api_routes] of pos_gateway/i18n/words.toml"
        )
    return texts


@cache
def _read(file: Path) -> dict[str, dict[str, Any]]:
    return msgspec.json.decode(file.read_bytes(), type=dict[str, dict[str, Any]])
