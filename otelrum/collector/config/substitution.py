"""`${env:NAME}`, `${NAME:-default}`, `${file:path}`, `${yaml:text}` in a configuration; `$$` is `$`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path as FilePath

# The brackets are not nested: that keeps what a file means readable.
MARK = re.compile(r"\$\$|\$\{([^{}]*)\}")
NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")

Warn = Callable[[str], None]


class Substitution:
    """Fills in texts from the environment and from files."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment

    def whole(self, text: str, warn: Warn) -> str | None:
        """What replaces a text that is one substitution and nothing else; None when it is not."""
        mark = MARK.fullmatch(text)
        return self._value(mark[1], warn) if mark and mark[1] is not None else None

    def within(self, text: str, warn: Warn) -> str:
        """The text with everything filled in. Raises ValueError, OSError."""
        return MARK.sub(lambda mark: "$" if mark[1] is None else self._value(mark[1], warn), text)

    def _value(self, expression: str, warn: Warn) -> str:
        scheme, colon, rest = expression.partition(":")
        if not colon or rest.startswith("-"):
            scheme, rest = "env", expression
        match scheme:
            case "env":
                return self._variable(rest, warn)
            case "file":
                return FilePath(rest).read_text().rstrip("\n")
            case "yaml":
                return rest
        raise ValueError(f"${{{expression}}}: {scheme!r} is not one of env, file and yaml")

    def _variable(self, expression: str, warn: Warn) -> str:
        """The default counts only where the variable is not set; one that is set and empty is empty."""
        name, has_default, default = expression.partition(":-")
        if not NAME.fullmatch(name):
            raise ValueError(f"{name!r} is no name of an environment variable")
        if name not in self._environment and not has_default:
            warn(f"the environment variable {name} is not set")
        return self._environment.get(name, default)
