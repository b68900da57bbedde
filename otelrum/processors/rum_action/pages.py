"""Where an item names its page: the first of some attributes that is a text (SPEC section 3)."""

from __future__ import annotations


def first_text(facts: dict[str, object], names: list[str]) -> str:
    """The first of these attributes that is a text and not empty; others count as missing (SPEC section 2)."""
    for name in names:
        value = facts.get(name)
        if value and isinstance(value, str):
            return value
    return ""
