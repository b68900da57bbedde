"""Mistakes in a configuration, collected so that a user hears of all of them at once."""

from __future__ import annotations

from collections.abc import Collection
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from otelrum.collector.config.nodes import Node, Path, Place, path_text
from otelrum.collector.errors import ConfigError

Model = TypeVar("Model", bound=BaseModel)

# What pydantic calls a mistake, where a user of YAML would call it something else.
WORDS = {
    "extra_forbidden": "unknown key",
    "missing": "is missing",
    "model_type": "must be a map",
    "dict_type": "must be a map",
    "list_type": "must be a list",
    "string_type": "must be a text",
    "bool_type": "must be true or false",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
}

# Where a text is wanted, and nothing else will do.
TEXT_WANTED = ("string_type", "literal_error")


class Problems:
    """What is wrong in one configuration, each with file, line and path."""

    def __init__(self, tree: Node) -> None:
        self._tree = tree
        self._found: dict[tuple[Place, str], None] = {}

    def add(self, path: Path, message: str) -> None:
        """One mistake at a path, or at the nearest place above it that was written."""
        text = f"{path_text(path)}: {message}" if path else message
        self._found[self._tree.at(path).place, text] = None

    def check(self, model: type[Model], path: Path) -> Model | None:
        """What stands at a path as this model; None when something is wrong there."""
        node = self._tree.at(path)
        try:
            return _validated(model, node)
        except ValidationError as error:
            # A string takes the very text of a substitution: 0123 stays 0123, a number would be 83.
            strings = {wrong["loc"] for wrong in _details(error) if wrong["type"] in TEXT_WANTED}
        try:
            return _validated(model, node, strings)
        except ValidationError as error:
            for wrong in _details(error):
                self.add((*path, *wrong["loc"]), _words(wrong))
            return None

    def raise_any(self) -> None:
        """Raises ConfigError with every mistake, in the order of the files and their lines."""
        if self._found:
            ordered = sorted(self._found, key=lambda found: (found[0].source, found[0].line))
            raise ConfigError(*(f"{place}: {text}" for place, text in ordered))


def _validated(model: type[Model], node: Node, as_text: Collection[Path] = ()) -> Model:
    """An empty section has all defaults."""
    plain = node.plain(as_text)
    return model.model_validate({} if plain is None else plain)


def _details(error: ValidationError) -> list[ErrorDetails]:
    return error.errors(include_url=False, include_context=False, include_input=False)


def _words(wrong: ErrorDetails) -> str:
    message = wrong["msg"].removeprefix("Value error, ")
    return WORDS.get(wrong["type"], message)
