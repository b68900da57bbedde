"""`${env:NAME}`, `${NAME:-default}`, `${NAME:+text}`, `${file:path}`, `${yaml:text}` in configurations; `$$` is `$`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path as FilePath

from otelrum.collector.config.nodes import Location, Warn

OPENING = "${"
BRACE = re.compile(r"[{}]")
BRACE_OR_DEFAULT = re.compile(r"[{}]|:-")
NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")


@dataclass(frozen=True, slots=True)
class Filled:
    """A text with everything filled in; `empty` is a substitution in it that gave nothing, if one did."""

    text: str
    empty: str = ""


class Substitution:
    """Fills in texts from the environment and from files. What it filled in is not filled in again."""

    def __init__(self, environment: Mapping[str, str], warn: Warn) -> None:
        self._environment = environment
        self._warn = warn

    def whole(self, text: str, place: Location) -> Filled | None:
        """What replaces a text that is one substitution and nothing else; None when it is not."""
        if not text.startswith(OPENING) or _closing(text, 2) != len(text) - 1:
            return None
        return self.within(text, place)

    def within(self, text: str, place: Location) -> Filled:
        """The text with everything filled in. Raises ValueError, OSError."""
        filled, empty = "", ""
        for part, expression in _parts(text):
            value = part if expression is None else self._value(expression, place)
            filled += value
            if expression is not None and not value:
                empty = part
        return Filled(filled, empty)

    def _value(self, expression: str, place: Location) -> str:
        scheme, colon, rest = expression.partition(":")
        if not colon or rest.startswith(("-", "+")) or OPENING in scheme:
            scheme, rest = "env", expression
        match scheme:
            case "env":
                return self._variable(rest, place)
            case "file":
                return FilePath(self.within(rest, place).text).read_text(encoding="utf-8").rstrip("\r\n")
            case "yaml":
                return self.within(rest, place).text
        raise ValueError(f"${{{expression}}}: {scheme!r} is not one of env, file and yaml")

    def _variable(self, expression: str, place: Location) -> str:
        """The default counts only where the variable is not set; one that is set and empty is empty.

        With `:+text` a variable that is set and not empty gives that text, any other the default, as in a shell.
        """
        name, default = _name_and_default(expression)
        name, has_text, text = name.partition(":+")
        name = self.within(name, place).text
        if not NAME.fullmatch(name):
            raise ValueError(f"{name!r} is no name of an environment variable")
        if has_text:
            return self.within(text if self._environment.get(name) else default or "", place).text
        if name in self._environment:
            return self._environment[name]
        if default is None:
            self._warn(f"{place}: the environment variable {name} is not set")
            return ""
        return self.within(default, place).text


def _parts(text: str) -> Iterator[tuple[str, str | None]]:
    """The plain parts of a text, and its substitutions with what stands between the braces."""
    at = 0
    while (dollar := text.find("$", at)) >= 0:
        yield text[at:dollar], None
        if text.startswith(OPENING, dollar):
            end = _closing(text, dollar + 2)
            yield text[dollar : end + 1], text[dollar + 2 : end]
            at = end + 1
        else:
            yield "$", None
            at = dollar + (2 if text.startswith("$$", dollar) else 1)
    yield text[at:], None


def _closing(text: str, at: int) -> int:
    """Where the brace that was opened before `at` is closed. Raises ValueError where it never is."""
    depth = 1
    for brace in BRACE.finditer(text, at):
        depth += 1 if brace[0] == "{" else -1
        if not depth:
            return brace.start()
    raise ValueError("${ without its closing brace; a dollar sign itself is written $$")


def _name_and_default(expression: str) -> tuple[str, str | None]:
    """What stands before and after the first `:-` outside of braces."""
    depth = 0
    for mark in BRACE_OR_DEFAULT.finditer(expression):
        if mark[0] == ":-" and not depth:
            return expression[: mark.start()], expression[mark.end() :]
        depth += {"{": 1, "}": -1, ":-": 0}[mark[0]]
    return expression, None
