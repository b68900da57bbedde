from __future__ import annotations

import pytest

from otelrum.actions.naming import NameSource
from otelrum.actions.target import Target, record_target, span_target

STOCK = {"event_type": "click", "target_element": "BUTTON", "target_xpath": '//*[@id="b"]'}
CLICK_RECORD: dict[str, object] = {
    "browser.tag_name": "BUTTON",
    "browser.css_selector": "#list > button.pay",
    "browser.element.attributes": {},
}


def test_a_stock_span_gives_a_selector_for_everything() -> None:
    assert span_target(STOCK, mask=False) == Target("#b", "#b", NameSource.SELECTOR, may_do_nothing=False)


def test_a_name_from_the_page_leaves_the_selector_as_it_is() -> None:
    target = span_target({**STOCK, "target.text": "Pay", "target.id": "other"}, mask=False)
    assert (target.selector, target.name) == ("#b", "Pay")
    assert span_target({**STOCK, "target.text": "Pay"}, mask=True).name == "#b"


@pytest.mark.parametrize("xpath", ["", 5, None, '//*[@id="b'])
def test_without_a_readable_xpath_the_tag_is_the_selector(xpath: object) -> None:
    target = span_target({"target_element": "MY-BUTTON", "target_xpath": xpath}, mask=False)
    assert (target.selector, target.name) == ("my-button", "my-button")


def test_a_record_brings_its_own_selector() -> None:
    target = record_target(CLICK_RECORD, mask=False)
    assert target == Target("#list > button.pay", "#list > button.pay", NameSource.SELECTOR, False)


@pytest.mark.parametrize("selector", [None, "", "  ", 7])
def test_a_record_without_a_selector_has_its_tag(selector: object) -> None:
    assert record_target({**CLICK_RECORD, "browser.css_selector": selector}, mask=False).selector == "button"
    assert record_target({"browser.css_selector": selector}, mask=False).selector == "*"


@pytest.mark.parametrize("mask", [False, True])
def test_a_record_is_named_by_data_otel_action_name(mask: bool) -> None:
    record = {**CLICK_RECORD, "browser.element.attributes": {"action-name": "Pay  now", "feature": "cart"}}
    target = record_target(record, mask)
    assert (target.name, target.name_source) == ("Pay now", NameSource.CUSTOM_ATTRIBUTE)


@pytest.mark.parametrize("element", [None, "x", ["x"], {"action-name": 5}, {"action-name": " "}])
def test_a_record_without_a_custom_name_is_named_by_its_selector(element: object) -> None:
    record = {**CLICK_RECORD, "browser.element.attributes": element}
    assert record_target(record, mask=False).name == "#list > button.pay"


def test_a_record_of_a_field_may_do_nothing() -> None:
    assert record_target({"browser.tag_name": "INPUT"}, mask=False).may_do_nothing


def test_of_a_click_seen_twice_the_records_custom_name_counts_where_the_span_has_none() -> None:
    named = record_target({**CLICK_RECORD, "browser.element.attributes": {"action-name": "Pay"}}, mask=False)
    plain = span_target({**STOCK, "target.text": "Go"}, mask=False)
    assert plain.named_by(named) == Target("#b", "Pay", NameSource.CUSTOM_ATTRIBUTE, may_do_nothing=False)
    custom = span_target({**STOCK, "data-dd-action-name": "Order"}, mask=False)
    assert custom.named_by(named) == custom
    assert plain.named_by(record_target(CLICK_RECORD, mask=False)) == plain


@pytest.mark.parametrize(
    "attributes",
    [
        {"target_element": "INPUT"},
        {"target_element": "TEXTAREA"},
        {"target_element": "SELECT"},
        {"target_element": "CANVAS"},
        {"target_element": "canvas"},
        {"target_element": "A"},
        {"target_element": "A", "target.href": "/next"},
        {"target_element": "A", "target.href": 0},
        {"target_element": "DIV", "target.contenteditable": "true"},
        {"target_element": "DIV", "target.contenteditable": ""},
        {"target_element": "DIV", "target.contenteditable": True},
    ],
)
def test_fields_links_and_editable_texts_may_do_nothing(attributes: dict[str, object]) -> None:
    assert span_target(attributes, mask=False).may_do_nothing


@pytest.mark.parametrize(
    "attributes",
    [
        {},
        {"target_element": "BUTTON"},
        {"target_element": "LABEL"},
        {"target_element": "INPUT", "target.type": "button"},
        {"target_element": "INPUT", "target.type": "SUBMIT"},
        {"target_element": "INPUT", "target.type": "reset"},
        {"target_element": "A", "target.href": ""},
        {"target_element": "DIV", "target.contenteditable": "false"},
        {"target_element": "DIV", "target.contenteditable": False},
        {"target_element": "DIV", "target.contenteditable": 1},
    ],
)
def test_buttons_and_links_to_nowhere_must_do_something(attributes: dict[str, object]) -> None:
    assert not span_target(attributes, mask=False).may_do_nothing
