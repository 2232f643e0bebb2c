import re
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from flask import request
from jinja2 import Environment, nodes

from pos_gateway.web.formatting import day, grouped, money, when, yuan
from pos_gateway.web.templating import here, in_script, page_language, t
from tests.support.app import App

ROOT = Path(__file__).parents[3] / "pos_gateway"
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
SCRIPTS = sorted((ROOT / "browser").rglob("*.js"))
SHANGHAI = ZoneInfo("Asia/Shanghai")

CJK = re.compile("[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")
WORD = re.compile(r"[A-Za-z]{2,}")
READ_BY_PEOPLE = {"alt", "title", "aria-label", "aria-description", "placeholder", "data-label"}
NO_WORDS = {"hongka", "OpenAPI", "JSON", "px", "ID", "PDF", "CSV", "TOTP"}
"""Texts that are the same in both languages."""

IN_ATTRIBUTES = re.compile(r"\{% block (?:area|start) %\}.*?\{% endblock %\}")
"""Blocks of base.html for a class and a URL."""


class Bare(HTMLParser):
    """A parser that collects the text outside expressions, which has one language only."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._quoted = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._quoted += tag in {"code", "pre"}
        for name, value in attrs:
            is_label = (
                name == "value" and tag in {"input", "button"} and ("type", "submit") in attrs
            )
            if name in READ_BY_PEOPLE or is_label:
                self.note(value or "")

    def handle_endtag(self, tag: str) -> None:
        self._quoted -= tag in {"code", "pre"}

    def handle_data(self, data: str) -> None:
        if not self._quoted:
            self.note(data)

    def note(self, text: str) -> None:
        if CJK.search(text) or set(WORD.findall(text)) - NO_WORDS:
            self.found.append(text.strip())


def bare_words(source: str) -> list[str]:
    """Return the texts of a template in one language only."""
    markup = IN_ATTRIBUTES.sub("", source)
    markup = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", "", markup, flags=re.DOTALL)
    reader = Bare()
    reader.feed(markup)
    reader.close()
    return reader.found


def one_sided(source: str) -> list[str]:
    """Return the texts outside `t`, and every `t` that lacks a language."""
    tree = Environment(autoescape=True).parse(source)
    said = list(tree.find_all(nodes.Call))
    calls = [one for one in said if isinstance(one.node, nodes.Name) and one.node.name == "t"]
    within = {id(text) for call in calls for text in call.find_all(nodes.Const)}
    outside = (one for one in tree.find_all(nodes.Const) if id(one) not in within)
    found = [one.value for one in outside if isinstance(one.value, str) and CJK.search(one.value)]
    for call in calls:
        texts = [one.value if isinstance(one, nodes.Const) else None for one in call.args]
        found += [f"t{tuple(texts)}"] if is_one_sided(texts) else []
    return found


def is_one_sided(texts: list[str | None]) -> bool:
    """Return whether the pair is not Chinese and English, or has different placeholders."""
    if len(texts) != 2 or not all(isinstance(text, str) and text.strip() for text in texts):
        return True
    zh, en = (text or "" for text in texts)
    filled = [sorted(re.findall(r"\{(\w+)\}", text)) for text in (zh, en)]
    return not CJK.search(zh) or bool(CJK.search(en)) or filled[0] != filled[1]


STRING = r'"(?:[^"\\]|\\.)*"'
SAY = re.compile(rf"\bsay\(\s*(?:({STRING})\s*,\s*({STRING})\s*[,)])?", re.DOTALL)


def one_sided_script(source: str) -> list[str]:
    """Return every `say` of a script that lacks a language, and Chinese outside of one."""
    code = re.sub(r"/\*.*?\*/|^\s*//.*$|\s// .*$", "", source, flags=re.DOTALL | re.MULTILINE)
    found = []
    for match in SAY.finditer(code):
        texts = [text and text[1:-1] for text in match.groups()]
        defined = code[: match.start()].endswith("function ")
        if not defined and is_one_sided(texts):
            found.append(code[match.start() : match.start() + 80])
    rest = SAY.sub("", code)
    return found + [line.strip() for line in rest.splitlines() if CJK.search(line)]


def test_everything_a_page_says_is_said_in_both_languages() -> None:
    sources = {path.relative_to(ROOT).as_posix(): path.read_text("utf-8") for path in TEMPLATES}

    found = {name: bare_words(source) + one_sided(source) for name, source in sources.items()}

    assert len(sources) > 50
    faulty = {name: texts for name, texts in found.items() if texts}
    assert not faulty, f"write {{{{ t('中文', 'English') }}}} in place of: {faulty}"


def test_everything_a_script_says_is_said_in_both_languages() -> None:
    sources = {path.relative_to(ROOT).as_posix(): path.read_text("utf-8") for path in SCRIPTS}

    found = {
        # The unit 元 is part of a figure.
        name: [one for one in one_sided_script(source) if "${amount} 元" not in one]
        for name, source in sources.items()
    }

    assert len(sources) > 50
    faulty = {name: texts for name, texts in found.items() if texts}
    assert not faulty, f"write say('中文', 'English') in place of: {faulty}"


@pytest.mark.control
@pytest.mark.parametrize(
    "source",
    [
        "<p>Members</p>",
        "<p>会员</p>",
        '<img alt="A card">',
        '<button aria-label="Close">{{ icon("cross") }}</button>',
        "<p>{% if tongue() == 'en' %}Yes{% endif %}</p>",
        "{{ '会员' }}",
        "{{ t('会员') }}",
        "{{ t('会员', '') }}",
        "{{ t('Members', '会员') }}",
        "{{ t('共 {n} 张', 'some cards', n=2) }}",
        "{{ field('name', '姓名') }}",
    ],
)
def test_a_text_in_one_language_is_found(source: str) -> None:
    assert bare_words(source) + one_sided(source) != []


@pytest.mark.control
@pytest.mark.parametrize(
    "source",
    ['say("会员", "")', 'say("会员")', "say('会员', 'Member')", 'say(name, "x")', 'p("会员")'],
)
def test_a_text_of_a_script_in_one_language_is_found(source: str) -> None:
    assert one_sided_script(source) != []


def test_sound_texts_are_left_in_peace() -> None:
    template = "<p class='note'>{{ t('共 {n} 张', '{n} cards', n=2) }} · {{ name }}</p>"
    script = 'say("会员", "Member"); // 会员\nnotify(say("共 {n} 张",\n "{n} cards", { n }));'

    assert bare_words(template) + one_sided(template) + one_sided_script(script) == []


@pytest.mark.parametrize(
    ("asked", "cookie", "accepted", "language"),
    [
        ("en", "zh", "zh", "en"),
        ("", "en", "zh", "en"),
        ("fr", "xx", "en-GB,en;q=0.9,zh;q=0.5", "en"),
        ("", "", "fr", "zh"),
    ],
)
def test_the_link_comes_before_the_cookie_and_the_cookie_before_the_browser(
    app: App, asked: str, cookie: str, accepted: str, language: str
) -> None:
    headers = {"Cookie": f"hongka-lang={cookie}", "Accept-Language": accepted}

    with app.flask.test_request_context(f"/?lang={asked}", headers=headers):
        found = page_language(request)

    assert found == language


def test_a_text_names_what_it_is_about(app: App) -> None:
    with app.flask.test_request_context("/?lang=en&page=2"):
        said = t("共 {n} 张", "{n} cards", n=2)
        link = here(lang="zh")

    assert said == "2 cards"
    assert link == "/?lang=zh&page=2"


def test_figures_and_times_are_written_as_people_read_them() -> None:
    instant = datetime(2026, 4, 30, 16, 5, tzinfo=UTC)

    assert [money(3_000), money(-5), money(123_456_789)] == ["30.00", "−0.05", "1234567.89"]
    assert [grouped(-5), grouped(123_456_789)] == ["−0.05", "1,234,567.89"]
    assert [yuan(3_000, "zh"), yuan(300_050, "en")] == ["30 元", "¥3,000.50"]
    assert when(instant, "zh", SHANGHAI) == "2026年5月1日 00:05"
    assert when(instant, "en", SHANGHAI) == "1 May 2026, 00:05"
    assert day(date(2026, 12, 31), "en", SHANGHAI) == "31 December 2026"


def test_no_text_ends_the_script_it_stands_in() -> None:
    written = in_script({"name": "</script><script>&"})

    assert "<" not in written
    assert written == '{"name":"\\u003c/script\\u003e\\u003cscript\\u003e\\u0026"}'


def test_both_languages_of_a_template_are_read() -> None:
    assert len(TEMPLATES) >= 6
    assert len(SCRIPTS) >= 8
