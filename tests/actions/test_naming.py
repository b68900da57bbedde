from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otelrum.actions.naming import (
    CUT,
    MAX_NAME,
    Name,
    NameSource,
    action_name,
    check_template,
    target_name,
    tidy,
)

BEST_FIRST_FOR_A_DIV = {
    "data-dd-action-name": NameSource.CUSTOM_ATTRIBUTE,
    "data-action-name": NameSource.CUSTOM_ATTRIBUTE,
    "target.label": NameSource.TEXT_CONTENT,
    "target.aria_label": NameSource.STANDARD_ATTRIBUTE,
    "target.labelled_by": NameSource.TEXT_CONTENT,
    "target.alt": NameSource.STANDARD_ATTRIBUTE,
    "target.name": NameSource.STANDARD_ATTRIBUTE,
    "target.title": NameSource.STANDARD_ATTRIBUTE,
    "target.placeholder": NameSource.STANDARD_ATTRIBUTE,
    "target.text": NameSource.TEXT_CONTENT,
}


def test_each_source_counts_when_no_better_one_has_a_text() -> None:
    attributes: dict[str, object] = {key: f"by {key}" for key in BEST_FIRST_FOR_A_DIV}
    attributes["target_element"] = "DIV"
    for key, source in BEST_FIRST_FOR_A_DIV.items():
        assert target_name(attributes, "#s", mask=False) == (f"by {key}", source)
        attributes[key] = " \n"
    assert target_name(attributes, "#s", mask=False) == ("#s", NameSource.SELECTOR)


@pytest.mark.parametrize("kind", ["button", "submit", "reset", "Submit"])
def test_an_input_that_is_a_button_is_named_by_its_value(kind: str) -> None:
    attributes = {"target_element": "INPUT", "target.type": kind, "target.value": "Send", "target.alt": "x"}
    assert target_name(attributes, "#s", mask=False) == ("Send", NameSource.TEXT_CONTENT)


@pytest.mark.parametrize("kind", ["password", "text", "checkbox", None])
def test_what_was_typed_into_a_field_is_never_a_name(kind: str | None) -> None:
    attributes = {"target_element": "INPUT", "target.type": kind, "target.value": "hunter2"}
    assert target_name(attributes, "#s", mask=False) == ("#s", NameSource.SELECTOR)


@pytest.mark.parametrize(
    "attributes",
    [{"target_element": tag} for tag in ("BUTTON", "A", "a", "LABEL")]
    + [{"target_element": "DIV", "target.role": r} for r in ("button", "link", "tab", "menuitem", "option")],
)
def test_the_text_of_a_control_comes_before_its_aria_label(attributes: dict[str, object]) -> None:
    attributes = {**attributes, "target.text": "Menu", "target.aria_label": "Open menu"}
    assert target_name(attributes, "#s", mask=False) == ("Menu", NameSource.TEXT_CONTENT)


@pytest.mark.parametrize("tag", ["INPUT", "SELECT", "TEXTAREA"])
def test_the_content_of_a_field_is_no_name(tag: str) -> None:
    attributes = {"target_element": tag, "target.text": "Austria Belgium"}
    assert target_name(attributes, "#s", mask=False) == ("#s", NameSource.SELECTOR)


def test_a_known_id_comes_before_the_selector() -> None:
    assert target_name({"target.id": "check:out"}, "main > a", mask=False) == (
        "#check\\:out",
        NameSource.SELECTOR,
    )


def test_a_mask_leaves_only_custom_names_and_selectors() -> None:
    attributes = {key: f"by {key}" for key in BEST_FIRST_FOR_A_DIV if key.startswith("target.")}
    assert target_name(attributes, "#s", mask=True) == ("#s", NameSource.SELECTOR)
    assert target_name({**attributes, "data-action-name": "Pay"}, "#s", mask=True) == (
        "Pay",
        NameSource.CUSTOM_ATTRIBUTE,
    )


@pytest.mark.parametrize("wrong", [42, True, 1.5, b"x", ["x"], {"x": "y"}, None])
def test_a_value_that_is_no_text_counts_as_missing(wrong: object) -> None:
    attributes = {"target_element": wrong, "target.type": wrong, "target.text": wrong, "target.id": wrong}
    assert target_name(attributes, "#s", mask=False) == ("#s", NameSource.SELECTOR)


def test_a_name_of_100_characters_stays_and_of_101_is_cut() -> None:
    assert tidy("購" * MAX_NAME) == "購" * MAX_NAME
    assert tidy("購" * (MAX_NAME + 1)) == "購" * MAX_NAME + CUT


def test_white_space_of_any_script_becomes_single_spaces_before_the_cut() -> None:
    assert tidy(" a\u00a0\u00a0b\u2003\n\tc ") == "a b c"
    assert tidy("a  " * 50) == "a " * 49 + "a"


def test_a_selector_is_cut_like_any_name() -> None:
    assert target_name({}, "#" + "x" * 200, mask=False).text == "#" + "x" * 99 + CUT


def test_an_action_is_named_by_verb_and_target() -> None:
    assert action_name("{verb} on {target}", "click", "Pay") == "Click on Pay"
    assert action_name("{verb} on {target}", "éclair", "Pay") == "Éclair on Pay"
    assert action_name("{{{target}}}!", "click", "Pay") == "{Pay}!"


@pytest.mark.parametrize("target", ["{verb}", "{target}", "{0}", "{", "}", "{target.__class__}"])
def test_braces_in_a_target_are_text(target: str) -> None:
    assert action_name("{verb} on {target}", "click", target) == f"Click on {target}"


@pytest.mark.parametrize("template", ["{verb} on {target}", "{target}", "click", "", "{{verb}}"])
def test_a_template_of_verb_and_target_is_accepted(template: str) -> None:
    assert check_template(template) == template


@pytest.mark.parametrize(
    "template",
    [
        "{name}",
        "{}",
        "{0}",
        "{",
        "}",
        "{target.__class__}",
        "{target[0]}",
        "{verb!r}",
        "{verb:>9}",
        "{ verb}",
    ],
)
def test_a_template_that_asks_for_anything_else_is_refused(template: str) -> None:
    with pytest.raises(ValueError, match=r"verb|[{}]"):
        check_template(template)


VALUES = st.none() | st.text() | st.integers() | st.lists(st.text(), max_size=2)
KEYS = st.sampled_from(["target_element", "target.type", "target.role", "target.id", *BEST_FIRST_FOR_A_DIV])


@given(st.dictionaries(KEYS, VALUES), st.text(min_size=1), st.booleans())
def test_any_attributes_give_a_tidy_name_of_bounded_length(
    attributes: dict[str, object], selector: str, mask: bool
) -> None:
    name = target_name(attributes, selector, mask)
    assert isinstance(name, Name)
    assert len(name.text) <= MAX_NAME + len(CUT)
    kept = name.text.removesuffix(CUT)
    assert tidy(kept) == kept.rstrip()


@given(st.text())
def test_a_tidy_name_is_tidy(name: str) -> None:
    once = tidy(name).removesuffix(CUT)
    assert tidy(once) == once.rstrip()
