"""The configuration's rules: names, dropped actions, ignored frustration; and targets that the page hides."""

from __future__ import annotations

import pytest

from otelrum.actions.event_class import EventClass
from otelrum.actions.model import Event
from otelrum.actions.settings import DeadClick, IgnoreRule, NameRule
from tests.actions.made import Driven, click, click_record, decided, event, mutation, request


def name(rule: NameRule, *more: NameRule, target: str = "b", text: str = "Buy 3 shirts") -> object:
    driven = decided(click(0, target, id=1, page={"target.text": text}), names=(rule, *more))
    return driven.out[1].get("action.name"), driven.out[1].get("action.name_source")


# ------------------------------------------------------------------ names
def test_the_first_rule_that_fits_names_the_action_and_the_target_keeps_its_name() -> None:
    driven = decided(
        click(0, id=1, page={"target.text": "Buy"}),
        names=(NameRule(name="^Click on Buy$", set="Purchase"), NameRule(name="Buy", set="other")),
    )
    assert driven.out[1]["action.name"] == "Purchase" and driven.out[1]["action.target.name"] == "Buy"
    assert driven.out[1]["action.name_source"] == "rule"
    assert driven.assembler.counters.name_rules == [1, 0]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (NameRule(name=r"Buy \d+ (\w+)", set=r"Buy \1"), "Buy shirts"),
        (NameRule(name=r"(\w+)$", selector="#(b)", set=r"\1"), "shirts"),
        (NameRule(selector="#(.)", set=r"Row \1"), "Row b"),
        (NameRule(name="Buy", selector="#other", set="no"), "Click on Buy 3 shirts"),
        (NameRule(name="buy", set="no"), "Click on Buy 3 shirts"),
        (NameRule(view="^/cart$", set="no"), "Click on Buy 3 shirts"),
    ],
    ids=str,
)
def test_all_expressions_of_a_rule_must_fit_and_the_first_gives_the_groups(rule: NameRule, expected: str) -> None:
    assert name(rule)[0] == expected  # type: ignore[index]


def test_a_rule_may_ask_for_the_path_of_the_view_s_address() -> None:
    driven = Driven(names=(NameRule(view="step", set="no"), NameRule(view="^/cart$", set="Cart")))
    driven.take(event(EventClass.DOCUMENT, -500), attributes={"view.url": "https://x/cart?step=2#step"})
    driven.take(click(0, id=1))
    driven.drain()
    assert driven.out[1]["action.name"] == "Cart"


# ------------------------------------------------------------------ no action
HIDDEN = {"target.privacy": "hidden"}


def test_a_dropped_click_makes_no_action_and_gives_no_ids() -> None:
    driven = decided(
        click(0, id=1, page={"target.text": "Cookies"}),
        click(5, id=2, page={"target.text": "Cookies"}),
        request(10, id=3),
        names=(NameRule(name="Cookies", drop=True),),
    )
    assert driven.actions() == [] and all(driven.out[n] == {} for n in (1, 2, 3))
    assert driven.assembler.counters.name_rules == [1]


def test_a_hidden_target_makes_no_action_nor_do_the_listeners_of_its_gesture() -> None:
    driven = decided(
        click(0, id=1, gesture="g", page=HIDDEN), click(400, "other", id=2, gesture="g"), mutation(10, id=3)
    )
    assert driven.actions() == [] and all(driven.out[n] == {} for n in (1, 2, 3))


def test_what_comes_late_of_a_hidden_gesture_makes_no_action_either() -> None:
    driven = Driven()
    driven.take(click(0, id=1, gesture="g", page=HIDDEN))
    driven.wait(17)
    driven.take(click(4, id=2, gesture="g"), click(4, id=3, gesture="h"))
    driven.wait(20)
    assert driven.actions() == [3] and driven.out[2] == {}


def test_a_copy_of_a_dropped_click_is_a_copy() -> None:
    driven = Driven()
    driven.take(click(0, id=1, page=HIDDEN))
    driven.wait(17)
    driven.take(click(0, id=1, page=HIDDEN))
    driven.wait(0.2)
    assert driven.times == [1, 1]


def test_a_dropped_click_below_another_action_s_request_is_of_that_action() -> None:
    below = click(100, "d", id=3, parent=2, gesture="h", page=HIDDEN)
    driven = decided(click(0, id=1, gesture="g"), request(5, 300, id=2, parent=1), below)
    assert driven.actions() == [1] and driven.actions_of(3) == [1]


def test_a_dropped_click_is_no_click_to_a_chain() -> None:
    clicks: list[Event] = [click(n * 200, id=n + 1) for n in range(3)]
    driven = decided(*clicks, click(300, "x", id=9, page=HIDDEN))
    assert driven.out[1]["action.frustration.type"] == ["rage_click"]


def test_the_privacy_of_a_click_is_that_of_its_action_span() -> None:
    def span() -> Event:
        return click(0, id=1, page={"target.text": "Ann", "target.privacy": "mask"})

    driven = decided(span(), click(5, id=2, page={"target.text": "Ann"}))
    assert driven.out[1]["action.name"] == "Click on Masked Element"
    assert driven.out[1]["action.name_source"] == "mask_placeholder" and driven.out[1]["action.target.selector"] == "#b"
    named = decided(span(), click_record(3, name="Pay", id=3))
    assert named.out[1]["action.name"] == "Click on Pay", "given on purpose"


# ------------------------------------------------------------------ frustration
def signs(*events: Event, **settings: object) -> object:
    return decided(*events, dead_click=DeadClick.ALWAYS, **settings).out[1].get("action.frustration.type")


@pytest.mark.parametrize(
    "words", [["dead-click"], "rage-click dead-click", ["all"], ["what", 7, "dead-click"]], ids=str
)
def test_the_page_may_say_that_a_click_here_may_do_nothing(words: object) -> None:
    assert signs(click(0, id=1, page={"target.ignore_frustration": words})) is None


@pytest.mark.parametrize("words", [["rage-click"], "dead", 7, None, {"dead-click": True}], ids=str)
def test_other_words_ignore_nothing(words: object) -> None:
    assert signs(click(0, id=1, page={"target.ignore_frustration": words})) == ["dead_click"]


def test_a_chain_with_a_click_that_ignores_rage_is_none() -> None:
    last = click(400, id=3, page={"target.ignore_frustration": ["rage-click"]})
    driven = decided(click(0, id=1), click(200, id=2), last)
    assert driven.actions() == [1, 2, 3]


def test_an_error_is_counted_also_where_it_is_no_frustration() -> None:
    one = click(0, id=1, page={"target.ignore_frustration": "error-click"})
    driven = decided(one, request(5, 50, faults=[(20, "")]))
    assert driven.out[1]["action.error.count"] == 1 and "action.frustration.type" not in driven.out[1]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (IgnoreRule(selector="#b$", types=frozenset({"dead-click"})), None),
        (IgnoreRule(selector="#c$", types=frozenset({"dead-click"})), ["dead_click"]),
        (IgnoreRule(name="^Step$", types=frozenset({"all"})), None),
        (IgnoreRule(name="^Click", types=frozenset({"all"})), ["dead_click"]),
        (IgnoreRule(selector="#b", name="no", types=frozenset({"all"})), ["dead_click"]),
        (IgnoreRule(selector="#b", types=frozenset({"rage-click"})), ["dead_click"]),
        (IgnoreRule(types=frozenset({"dead-click"})), None),
    ],
    ids=str,
)
def test_the_configuration_may_say_so_too_by_selector_and_the_new_name(rule: IgnoreRule, expected: object) -> None:
    assert signs(click(0, id=1), names=(NameRule(selector="#b", set="Step"),), ignore_frustration=(rule,)) == expected
