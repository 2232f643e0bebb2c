"""Template functions: texts, money and times in the language of the page."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import msgspec
from flask import Flask, Request, Response, request
from markupsafe import Markup

from ledger.benefits import Words
from pos_gateway.i18n.messages import LANGUAGES, Language
from pos_gateway.web.assets import asset
from pos_gateway.web.problem_details import language_of

LANGUAGE_COOKIE = "hongka-lang"
LARGE_COOKIE = "hongka-large"
COOKIE_SECONDS = 365 * 24 * 3_600

_OTHERS = {"zh": ("en", "en", "English"), "en": ("zh", "zh-CN", "中文")}
_MONTHS = "January February March April May June July August September October November December"
_ASCII_IN_SCRIPT = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})


def install(app: Flask, zone: ZoneInfo) -> None:
    """Give templates their words: `t`, `asset`, `icon`, `here` and the filters; times in `zone`."""
    app.jinja_options = app.jinja_options | {"trim_blocks": True, "lstrip_blocks": True}
    jinja = app.jinja_env

    def icon(name: str) -> Markup:
        drawn: Markup = jinja.get_template("icons.html").module.icon(name)  # type: ignore[attr-defined]
        return drawn

    jinja.globals |= {
        "asset": asset,
        "here": here,
        "icon": icon,
        "is_large": lambda: page_is_large(request),
        "other_language": lambda: _OTHERS[page_language(request)],
        "said": said,
        "t": t,
        "tongue": lambda: page_language(request),
    }
    jinja.filters |= {
        "day": lambda one: day(one, page_language(request), zone),
        "json": in_script,
        "money": grouped,
        "when": lambda instant: when(instant, page_language(request), zone),
        "yuan": lambda minor: yuan(minor, page_language(request)),
    }


def page_language(asked: Request) -> Language:
    """Return the language of a page: that of the link, else of the cookie, else of the browser."""
    for named in (asked.args.get("lang"), asked.cookies.get(LANGUAGE_COOKIE)):
        for tongue in LANGUAGES:
            if tongue == named:
                return tongue
    return language_of(asked.headers.get("Accept-Language", ""))


def page_is_large(asked: Request) -> bool:
    """Return whether the page uses large text, by its link or by the cookie."""
    return asked.args.get("large", asked.cookies.get(LARGE_COOKIE)) == "1"


def remember(asked: Request, response: Response) -> None:
    """Keep what a link chose, the language or the size of text, in cookies for a year."""
    chosen = {
        LANGUAGE_COOKIE: asked.args.get("lang") in LANGUAGES and page_language(asked),
        LARGE_COOKIE: asked.args.get("large") in {"0", "1"} and asked.args["large"],
    }
    for name, value in chosen.items():
        if value:
            response.set_cookie(
                name,
                value,
                max_age=COOKIE_SECONDS,
                secure=asked.is_secure,
                httponly=True,
                samesite="Lax",
            )


def t(zh: str, en: str, **named: object) -> str:
    """Return a text in the language of the page, with `{name}` replaced."""
    text = zh if page_language(request) == "zh" else en
    return text.format_map(named) if named else text


def said(words: Words) -> str:
    """Return the texts in the language of the page."""
    return t(words.zh, words.en)


def here(**changed: str) -> str:
    """Return the URL of the current page with its query changed: `here(lang='en')`."""
    return f"{request.path}?{urlencode(request.args.to_dict() | changed)}"


def money(minor: int) -> str:
    """Return an amount in minor units with two decimals, for programs: 3000 becomes 30.00."""
    return grouped(minor).replace(",", "")


def grouped(minor: int) -> str:
    """Return an amount in minor units with thousands grouped: 123456789 becomes 1,234,567.89."""
    sign, (whole, rest) = "−" if minor < 0 else "", divmod(abs(minor), 100)
    return f"{sign}{whole:,}.{rest:02}"


def yuan(minor: int, tongue: Language) -> str:
    """Return an amount in minor units as people say it: 3000 becomes 30 元, or ¥30."""
    amount = grouped(minor).removesuffix(".00")
    return f"{amount} 元" if tongue == "zh" else f"¥{amount}"


def when(instant: datetime | str, tongue: Language, zone: ZoneInfo) -> str:
    """Return a date and time in `zone`, also from ISO text: 2026年5月1日 09:00."""
    local = datetime.fromisoformat(instant) if isinstance(instant, str) else instant
    local = local.astimezone(zone)
    comma = "" if tongue == "zh" else ","
    return f"{day(local, tongue, zone)}{comma} {local:%H:%M}"


def day(one: date | str, tongue: Language, zone: ZoneInfo) -> str:
    """Return a date, or that of an instant in `zone` (also from ISO text): 2026年5月1日."""
    if isinstance(one, str):
        one = date.fromisoformat(one)
    if isinstance(one, datetime):
        one = one.astimezone(zone)
    if tongue == "zh":
        return f"{one.year}年{one.month}月{one.day}日"
    return f"{one.day} {_MONTHS.split()[one.month - 1]} {one.year}"


def in_script(value: Any) -> Markup:
    """Return a value as JSON for a script element, which no text in it can close."""
    text = msgspec.json.encode(value).decode().translate(_ASCII_IN_SCRIPT)
    return Markup(text)  # noqa: S704 - what could end the element is escaped just above
