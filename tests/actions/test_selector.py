from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otelrum.actions.selector import MAX_XPATH, css_escape, css_selector

# CSS Syntax Level 3, "consume an escaped code point" and "ident-token"
ESCAPE = re.compile(r"\\(?:([0-9a-f]{1,6}) |([^0-9a-fA-F\n]))", re.DOTALL)
IDENTIFIER = re.compile(
    rf"(?:--|-?(?:[A-Za-z_\x80-\U0010ffff]|{ESCAPE.pattern}))(?:[-\w\x80-\U0010ffff]|{ESCAPE.pattern})*",
    re.DOTALL,
)
XPATH_PARTS = st.sampled_from(
    [
        "/",
        "//",
        "div",
        "*",
        "[2]",
        "[@id=",
        '"a"',
        "'b'",
        "]",
        "[name()=",
        "text()",
        "::",
        "\x1f",
        "[",
        '"',
        "é",
    ]
)


@pytest.mark.parametrize(
    ("xpath", "selector"),
    [
        ('//*[@id="list"]/li[2]/button', "#list > li:nth-of-type(2) > button"),
        ("//html/body/div[2]/button", "html > body > div:nth-of-type(2) > button"),
        ("//html", "html"),
        ("/div/button", "div > button"),  # in a shadow root the path begins without the document
        ('//*[@id="icon"]/svg/path[3]', "#icon > svg > path:nth-of-type(3)"),
        ("//html/body/my-button", "html > body > my-button"),
    ],
)
def test_what_the_stock_instrumentation_writes_becomes_a_selector(xpath: str, selector: str) -> None:
    assert css_selector(xpath, "X") == selector


@pytest.mark.parametrize(
    ("xpath", "selector"),
    [
        ("//*[@id='a']", "#a"),
        ('//html/body/form[@id="pay"]/input', "html > body > form#pay > input"),
        ('//html/body//*[@id="a"]/i', "html > body #a > i"),
        ('//*[@id="list"]//button', "#list button"),
        ("//button", "button"),
        ("//html/body/*[2]", "html > body > *:nth-child(2)"),
        ("//html/*", "html > *"),
        ("//html/svg:rect", "html > svg\\:rect"),
    ],
)
def test_what_pages_write_by_hand_becomes_a_selector(xpath: str, selector: str) -> None:
    assert css_selector(xpath, "X") == selector


@pytest.mark.parametrize("step", ['*[name()="svg"]', "*[name()='svg']", '*[local-name()="svg"]', "svg"])
@pytest.mark.parametrize(("index", "suffix"), [("", ""), ("[2]", ":nth-of-type(2)")])
def test_a_namespaced_element_is_the_element_of_that_name(step: str, index: str, suffix: str) -> None:
    assert css_selector(f'//*[@id="icon"]/{step}{index}/path', "X") == f"#icon > svg{suffix} > path"


@pytest.mark.parametrize("last", ["text()", "comment()", "text()[2]", "comment()[12]"])
def test_a_text_or_a_comment_at_the_end_is_its_element(last: str) -> None:
    assert css_selector(f'//*[@id="b"]/{last}', "X") == "#b"


@pytest.mark.parametrize(
    "xpath",
    [
        "",
        "/",
        "//",
        "/text()",
        "button",
        '//*[@id="b',
        '//*[@id=""]',
        '//*[@id="say "hi""]',
        '//*[@id="b"]/',
        '//*[@id="b"]/ancestor::div',
        '//*[@id="b"]/text()/i',
        '//*[@id="b"]/..',
        "//div[0]",
        "//div[last()]",
        "//div[@class='x']",
        "//div[1234567890]",
        '//*[@id="b"][2]',  # the second of all with this id: CSS has no word for it
        "//*[@id='b' or '1'='1']",
        "///div",
        "//div}body{color:red",
        "//div b",
        None,
    ],
)
def test_an_xpath_that_is_no_path_of_elements_gives_the_tag(xpath: str | None) -> None:
    assert css_selector(xpath, "BUTTON") == "button"
    assert css_selector(xpath, None) == css_selector(xpath, "") == "*"


def test_the_tag_is_an_identifier_too() -> None:
    assert css_selector(None, "A} *{") == "a\\}\\ \\*\\{"


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("plain-id_1", "plain-id_1"),
        ("a.b", "a\\.b"),
        (":r1:", "\\:r1\\:"),
        ("a/b", "a\\/b"),
        ("1a", "\\31 a"),
        ("12", "\\31 2"),
        ("-1a", "-\\31 a"),
        ("-", "\\-"),
        ("--", "--"),
        ("-a", "-a"),
        ("a\0b", "a\ufffdb"),
        ("a\x01\x1f\x7f", "a\\1 \\1f \\7f "),
        ("Größe→購", "Größe→購"),
        ("\x80", "\x80"),
    ],
)
def test_ids_are_escaped_as_cssom_says(text: str, escaped: str) -> None:
    assert css_escape(text) == escaped
    assert css_selector(f'//*[@id="{text}"]', "X") == f"#{escaped}"


def test_a_long_path_is_translated_up_to_the_limit_and_no_further() -> None:
    steps = MAX_XPATH // len("/div")
    assert css_selector("/div" * steps, "B").count("div") == steps
    assert css_selector("/div" * (steps + 1), "B") == "b"


@given(st.lists(XPATH_PARTS, max_size=40).map("".join) | st.text(), st.none() | st.text())
def test_any_text_gives_a_selector_of_bounded_length(xpath: str, tag: str | None) -> None:
    selector = css_selector(xpath, tag)
    assert selector
    assert len(selector) <= 4 * max(len(xpath), len((tag or "*").lower()))


@given(st.text(min_size=1).filter(lambda text: '"' not in text))
def test_a_css_parser_reads_the_same_id_back(text: str) -> None:
    selector = css_selector(f'//*[@id="{text}"]', None)
    assert IDENTIFIER.fullmatch(selector[1:])
    assert selector[0] + ESCAPE.sub(_meant, selector[1:]) == "#" + text.replace("\0", "\ufffd")


def _meant(escape: re.Match[str]) -> str:
    return chr(int(escape[1], 16)) if escape[1] else escape[2]
