"""From the XPath that a browser sent to the CSS selector of the same element (SPEC section 7)."""

from __future__ import annotations

import re
from typing import Final

# Browsers stop nesting at 512 elements, and a step is seldom longer than 40 characters. Far beyond
# that nothing was written by a page; the bound keeps work and memory in proportion to real input.
MAX_XPATH: Final = 131_072

# One step of what getElementXPath of @opentelemetry/sdk-trace-web writes, and of what pages write by
# hand for namespaced elements. Possessive quantifiers: a quote that never closes is looked for once.
_STEP: Final = re.compile(
    r"""
    ( //? )
    (?: ( [A-Za-z_\x80-\U0010ffff][-.\w\x80-\U0010ffff]*+ (?: :[-.\w\x80-\U0010ffff]++ )? )
      | \* (?: \[(?:local-)?name\(\)= ( "[^"]++" | '[^']++' ) \] )?
    )
    (?: \[@id= ( "[^"]++" | '[^']++' ) \]
      | \[ ( [1-9][0-9]{0,8} ) \]
    )?
    (?= / | \Z )
    """,
    re.VERBOSE,
)
_LAST_STEP_IS_NO_ELEMENT: Final = re.compile(r"//?(?:text|comment)\(\)(?:\[[1-9][0-9]{0,8}\])?\Z")
_TO_ESCAPE: Final = re.compile(r"[^-0-9A-Z_a-z\x80-\U0010ffff]|\A[0-9]|(?<=\A-)[0-9]|\A-\Z")


def css_selector(xpath: str | None, tag: str | None) -> str:
    """The CSS selector of an element; its tag in lower case, or `*`, where the XPath is of no use.

    Never raises; at most four times as long as the XPath.
    """
    return _translated(xpath or "") or css_escape((tag or "").lower()) or "*"


def css_escape(identifier: str) -> str:
    """The text as a CSS identifier: `CSS.escape` (CSSOM, "serialize an identifier")."""
    if identifier.isidentifier():  # of Python, which needs no escape in CSS either: most tags and ids
        return identifier
    return _TO_ESCAPE.sub(_escaped, identifier)


def _translated(xpath: str) -> str:
    """The selector of all steps, empty when there is none or one of them is not understood."""
    if len(xpath) > MAX_XPATH:
        return ""
    end = _LAST_STEP_IS_NO_ELEMENT.search(xpath)
    path = xpath[: end.start()] if end else xpath
    parts: list[str] = []
    position = 0
    while position < len(path):
        step = _STEP.match(path, position)
        if step is None:
            return ""
        slashes, tag, quoted_tag, quoted_id, index = step.groups(default="")
        if position:  # the first step is the root of the selector, wherever it stands in the page
            parts.append(" > " if slashes == "/" else " ")
        parts.append(_compound(tag or quoted_tag[1:-1], quoted_id[1:-1], index))
        position = step.end()
    return "".join(parts)


def _compound(tag: str, element_id: str, index: str) -> str:
    """One step: at most one of id and index is set."""
    element = css_escape(tag)
    if element_id:
        return f"{element}#{css_escape(element_id)}"
    if index:
        return f"{element}:nth-of-type({index})" if tag else f"*:nth-child({index})"
    return element or "*"


def _escaped(match: re.Match[str]) -> str:
    char = match[0]
    if char == "\0":
        return "\ufffd"
    if char < " " or char == "\x7f" or char.isdigit():
        return f"\\{ord(char):x} "
    return f"\\{char}"
