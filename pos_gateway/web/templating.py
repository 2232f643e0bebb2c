"""Template functions: texts, money and times in the language of the page."""

from collections.abc import Mapping
from typing import Any, TypeVar
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import msgspec
from flask import Flask, Request, Response, g, request
from markupsafe import Markup

from ledger.application import Ledger
from ledger.benefits import Words
from pos_gateway.i18n.messages import LANGUAGES, Language
from pos_gateway.i18n.words import words_of
from pos_gateway.web import formatting
from pos_gateway.web.assets import asset
from pos_gateway.web.problem_details import language_of

V = TypeVar("V", bound=str)

LANGUAGE_COOKIE = "hongka-lang"
LARGE_COOKIE = "hongka-large"
COOKIE_SECONDS = 365 * 24 * 3_600

_REMEMBERED = (("lang", LANGUAGE_COOKIE, LANGUAGES), ("large", LARGE_COOKIE, ("0", "1")))

_OTHERS = {"zh": ("en", "en", "English"), "en": ("zh", "zh-CN", "中文")}
_ASCII_IN_SCRIPT = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})


def install(app: Flask, ledger: Ledger, zone: ZoneInfo) -> None:
    """Add functions and filters to the templates: times in `zone`, fund names from `ledger`."""
    app.jinja_options = app.jinja_options | {"trim_blocks": True, "lstrip_blocks": True}
    jinja = app.jinja_env

    def icon(name: str) -> Markup:
        drawn: Markup = jinja.get_template("icons.html").module.icon(name)  # type: ignore[attr-defined]
        return drawn

    def fund_name(fund_id: str) -> str:
        names: dict[str, str] = g.setdefault("fund_names", {})
        if fund_id not in names:
            names[fund_id] = ledger.fund(fund_id).name or fund_id
        return names[fund_id]

    jinja.globals |= {
        "asset": asset,
        "here": here,
        "icon": icon,
        "options_of": lambda name: options(words_of(name)),
        "is_large": lambda: page_is_large(request),
        "other_language": lambda: _OTHERS[page_language(request)],
        "said": said,
        "t": t,
        "tongue": lambda: page_language(request),
        "word": word,
    }
    jinja.filters |= {
        "day": lambda one: formatting.day(one, page_language(request), zone),
        "fund_name": fund_name,
        "json": in_script,
        "money": formatting.grouped,
        "when": lambda instant: formatting.when(instant, page_language(request), zone),
        "yuan": lambda minor: formatting.yuan(minor, page_language(request)),
    }


def page_language(asked: Request) -> Language:
    """Return the language of a page: `lang` of the URL, else the cookie, else the browser's."""
    for named in (asked.args.get("lang"), asked.cookies.get(LANGUAGE_COOKIE)):
        for tongue in LANGUAGES:
            if tongue == named:
                return tongue
    return language_of(asked.headers.get("Accept-Language", ""))


def page_is_large(asked: Request) -> bool:
    """Return whether the page uses large text: `large=1` in the URL, else in the cookie."""
    return asked.args.get("large", asked.cookies.get(LARGE_COOKIE)) == "1"


def remember(asked: Request, response: Response) -> None:
    """Store the language and text size that the URL of `asked` sets, if any, in cookies: a year."""
    for name, cookie, known in _REMEMBERED:
        if asked.args.get(name) in known:
            response.set_cookie(
                cookie,
                asked.args[name],
                max_age=COOKIE_SECONDS,
                secure=asked.is_secure,
                httponly=True,
                samesite="Lax",
            )


def t(zh: str, en: str, **named: object) -> str:
    """Return `zh` or `en` by the language of the page, with each `{name}` replaced from `named`."""
    text = zh if page_language(request) == "zh" else en
    return text.format_map(named) if named else text


def said(words: Words) -> str:
    """Return the text of `words` in the language of the page."""
    return t(words.zh, words.en)


def word(name: str, value: str) -> str:
    """Return the text of a value of the list `name` of `words.toml`; an unknown value is its own.

    The text is in the language of the page.
    """
    found = words_of(name).get(value)
    return said(found) if found else value


def options(words: Mapping[V, Words]) -> list[tuple[V, str]]:
    """Return (value, text) pairs for a choice in a form, in the page's language."""
    return [(value, said(each)) for value, each in words.items()]


def here(**changed: str) -> str:
    """Return the current path and query with these parameters set: `here(lang='en')`."""
    return f"{request.path}?{urlencode(request.args.to_dict() | changed)}"


def in_script(value: Any) -> Markup:
    """Return a value as JSON for a `<script>` element; `<`, `>` and `&` are escaped."""
    text = msgspec.json.encode(value).decode().translate(_ASCII_IN_SCRIPT)
    return Markup(text)  # noqa: S704 - what could end the element is escaped just above
