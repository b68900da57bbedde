"""Mistakes in a configuration, collected so that a user hears of all of them at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from otelrum.collector.config.nodes import Node, Path, Place, Reading, path_text
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

# Settings that open something when they are empty. A variable that nobody set must not do that.
GUARDED = frozenset({"privacy", "auth", "tls", "allowed_origins", "drop_address"})


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
        self._check_guarded(node, path)
        try:
            return _validated(model, node, {})
        except ValidationError as error:
            readings = {wrong["loc"]: _other_reading(node.at(wrong["loc"]), wrong["type"]) for wrong in _details(error)}
        try:
            return _validated(model, node, readings)
        except ValidationError as error:
            for wrong in _details(error):
                self.add((*path, *wrong["loc"]), _words(wrong))
            return None

    def _check_guarded(self, node: Node, path: Path) -> None:
        for below, each in node.below(path):
            if each.empty and (key := next((key for key in below if key in GUARDED), None)):
                self.add(below, f"{each.empty} is empty, and {key} must not depend on that: set it, or write a value")

    def raise_any(self) -> None:
        """Raises ConfigError with every mistake, in the order of the files and their lines."""
        if self._found:
            ordered = sorted(self._found, key=lambda found: (found[0].source, found[0].line))
            raise ConfigError(*(f"{place}: {text}" for place, text in ordered))


def _validated(model: type[Model], node: Node, readings: Mapping[Path, Reading]) -> Model:
    """An empty section has all defaults."""
    plain = node.plain(readings)
    return model.model_validate({} if plain is None else plain)


def _other_reading(node: Node, mistake: str) -> Reading:
    """How a scalar is to be read that was wrong as it was read first."""
    if mistake == "string_type" or (mistake == "literal_error" and node.reading is Reading.VALUE):
        return Reading.TEXT
    if mistake == "list_type" and isinstance(node.value, str):
        return Reading.PARTS
    return Reading.VALUE


def _details(error: ValidationError) -> list[ErrorDetails]:
    return error.errors(include_url=False, include_context=False, include_input=False)


def _words(wrong: ErrorDetails) -> str:
    message = wrong["msg"].removeprefix("Value error, ")
    return WORDS.get(wrong["type"], message)
