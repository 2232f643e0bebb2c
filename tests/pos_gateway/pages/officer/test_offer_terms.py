"""The terms of every kind in the offer form: requested, shown, read, in rows for lists."""

from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.benefits import Benefit, Words
from ledger.benefits.fields import fields_of
from ledger.benefits.terms import Rules
from ledger.errors import TermsInvalid
from pos_gateway.pages.officer.offer_terms import read_terms, shown_terms, typed_terms
from tests.support.app_staff import StaffApp
from tests.support.benefit_terms import every_published_kind, file_of
from tests.support.sample_kind import Sample, Step, Weather, sample_registered

FIELDS = fields_of(Sample)


class Form(HTMLParser):
    """The inputs of a page by name, as a browser sends them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self.buttons: list[str] = []
        self._select = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attrs}
        if tag == "select":
            self._select = named["name"]
        elif tag == "option" and ("selected" in named or self._select not in self.values):
            self.values[self._select] = named["value"]
        elif tag == "button" and named.get("name") == "rows":
            self.buttons.append(named["value"])
        elif tag == "input" and named["type"] not in {"checkbox", "radio"}:
            self.values.setdefault(named["name"], named["value"])  # dialogs follow the form

    def without(self, *names: str) -> dict[str, str]:
        """Return the values without the inputs with these prefixes."""
        return {name: one for name, one in self.values.items() if not name.startswith(names)}


def flat(typed: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Return texts as a browser sends them."""
    if isinstance(typed, str):
        yield name, typed
        return
    for key, one in typed.items() if isinstance(typed, dict) else enumerate(typed):
        yield from flat(one, f"{name}_{key}".lstrip("_"))


@pytest.fixture
def sample() -> Iterator[type[Sample]]:
    with sample_registered() as registered:
        yield registered


def publish(staff_app: StaffApp, example: Benefit) -> Form:
    """Return the form of an offer of this benefit."""
    assert fields_of(type(example)), "says in words what a field of the kind lacks"
    staff_app.services.ledger.officers.offers.publish_offer(
        "offered",
        title="例子",
        kind=example.KIND,
        terms=msgspec.to_builtins(example),
        rules=Rules(),
    )
    staff_app.sign_in("reviewer")
    return Form(staff_app.see("/desk/offers/offered").text)


@every_published_kind
def test_every_kind_has_a_form_that_gives_its_example_back(
    staff_app: StaffApp, cls: type[Benefit]
) -> None:
    form = publish(staff_app, cls.example())
    before = staff_app.position

    kept = staff_app.told("/desk/offers/offered", **form.values)
    new = staff_app.told("/desk/offers/new", **form.values | {"offer_id": "another"})

    asked = form.without("try_", "union", "csrf", "deed")
    assert kept is None, f"{file_of(cls)}: the form does not take example() back: {kept}: {asked}"
    assert new is None, f"{file_of(cls)}: the form does not publish example(): {new}: {asked}"
    assert staff_app.services.ledger.offer("another").benefit == cls.example(), file_of(cls)
    assert staff_app.position == before + 1, "the same terms are a change"


@every_published_kind
def test_a_new_form_asks_for_every_field_of_a_kind(staff_app: StaffApp, cls: type[Benefit]) -> None:
    staff_app.sign_in("reviewer")

    form = Form(staff_app.see(f"/desk/offers/new?kind={cls.KIND}").text)

    for field in fields_of(cls):
        asked = [name for name in (*form.values, *form.buttons) if field.name in name]
        assert asked, f"{file_of(cls)}: the form does not ask for {field.name}"


TEXTS = st.text("理发 h", max_size=3).map(str.strip)


@st.composite
def samples(draw: st.DrawFn) -> Sample:
    step = st.builds(
        Step, threshold_minor=st.integers(0, 10_000), basis_points=st.integers(0, 10_000)
    )
    return Sample(
        steps=tuple(draw(st.lists(step, min_size=1, max_size=4))),
        best=draw(st.none() | step),
        lucky=tuple(draw(st.lists(st.integers(0, 100), max_size=3))),
        weather=draw(st.none() | st.sampled_from(Weather)),
        note=draw(TEXTS),
        name=Words(draw(TEXTS) or "名", draw(TEXTS) or "name"),
    )


@given(samples())
def test_terms_that_are_shown_are_read_again_as_they_were(found: Sample) -> None:
    shown = dict(flat(shown_terms(FIELDS, msgspec.to_builtins(found))))

    read = read_terms(FIELDS, typed_terms(FIELDS, shown))

    assert msgspec.convert(read, Sample) == found


def test_rows_and_groups_left_blank_are_no_terms() -> None:
    form = {"steps_0_threshold_minor": "100", "steps_0_basis_points": "10"}
    blank = {"steps_1_threshold_minor": "", "steps_1_basis_points": " ", "lucky_0": ""}

    read = read_terms(FIELDS, typed_terms(FIELDS, form | blank | {"best_basis_points": ""}))

    assert read == {"steps": [{"threshold_minor": 100_00, "basis_points": 1_000}]}


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"steps_0_basis_points": ""}, "steps_0_basis_points"),
        ({"steps_0_threshold_minor": "x"}, "steps_0_threshold_minor"),
        ({"steps_0_threshold_minor": "1.001"}, "steps_0_threshold_minor"),
        ({"steps_0_threshold_minor": "", "steps_0_basis_points": ""}, "steps"),
        ({"best_basis_points": "5"}, "best_threshold_minor"),
        ({"lucky_0": "7", "lucky_1": "7.5"}, "lucky_1"),
        ({"name_en": "haircut"}, "name_zh"),
    ],
)
def test_a_term_that_is_missing_or_wrong_is_named_by_its_input(
    changed: dict[str, str], field: str
) -> None:
    form = {"steps_0_threshold_minor": "100", "steps_0_basis_points": "10"}

    with pytest.raises(TermsInvalid) as refused:
        read_terms(FIELDS, typed_terms(FIELDS, form | changed))

    assert refused.value.particulars["field"] == field


@pytest.mark.parametrize("path", ["/desk/offers/new", "/desk/offers/offered"])
def test_rows_are_added_and_removed_and_nothing_typed_is_lost(
    staff_app: StaffApp, sample: type[Sample], path: str
) -> None:
    form = publish(staff_app, sample.example())
    typed = form.values | {"title": "阶梯", "lucky_4": "8", "try_yuan": "250"}
    before = staff_app.position

    added = Form(staff_app.send(path, **typed, rows="add:steps").text)
    filled = added.values | {"steps_1_threshold_minor": "300", "steps_1_basis_points": "20"}
    removed = Form(staff_app.send(path, **filled, rows="remove:steps_0").text)

    assert "add:steps" in form.buttons
    assert {"steps_1_threshold_minor": "", "lucky_0": "8"}.items() <= added.values.items()
    assert {"title": "阶梯", "try_yuan": "250"}.items() <= removed.values.items()
    assert removed.values["steps_0_threshold_minor"] == "300"
    assert "steps_1_threshold_minor" not in removed.values
    assert staff_app.position == before


def test_an_offer_of_a_kind_that_is_no_longer_known_is_not_shown_as_a_form(
    staff_app: StaffApp,
) -> None:
    with sample_registered() as sample:
        publish(staff_app, sample.example())

    assert staff_app.see("/desk/offers/offered").status_code == 422
