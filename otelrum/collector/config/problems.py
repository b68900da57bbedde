"""Mistakes in a configuration, collected so that a user hears of all of them at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from otelrum.collector.config.nodes import Location, Node, Path, ScalarKind, path_text
from otelrum.collector.errors import ConfigError

Model = TypeVar("Model", bound=BaseModel)

# What pydantic calls a mistake, where a user of YAML would call it something else.
WORDS = {
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
        self._found: dict[tuple[Location, str], None] = {}

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
                self.add((*path, *wrong["loc"]), _words(wrong, model))
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


def _validated(model: type[Model], node: Node, readings: Mapping[Path, ScalarKind]) -> Model:
    """An empty section has all defaults."""
    plain = node.plain(readings)
    return model.model_validate({} if plain is None else plain)


def _other_reading(node: Node, mistake: str) -> ScalarKind:
    """How a scalar is to be read that was wrong as it was read first."""
    if mistake == "string_type" or (mistake == "literal_error" and node.reading is ScalarKind.VALUE):
        return ScalarKind.TEXT
    if mistake == "list_type" and isinstance(node.value, str):
        return ScalarKind.PARTS
    return ScalarKind.VALUE


def _details(error: ValidationError) -> list[ErrorDetails]:
    return error.errors(include_url=False, include_context=False, include_input=False)


def _words(wrong: ErrorDetails, model: type[BaseModel]) -> str:
    if wrong["type"] == "extra_forbidden":
        return f"unknown key{did_you_mean(wrong['loc'][-1], keys_at(model, wrong['loc'][:-1]))}"
    message = wrong["msg"].removeprefix("Value error, ").replace("Input should be", "must be", 1)
    return WORDS.get(wrong["type"], message)


def did_you_mean(word: object, known: Iterable[str]) -> str:
    """The known word that is nearest to a mistaken one, as the end of a sentence; empty where none is near."""
    near = get_close_matches(str(word), [str(each) for each in known], n=1)
    return f", did you mean {near[0]!r}?" if near else ""


def keys_at(model: type[BaseModel], path: Path) -> list[str]:
    """The keys that a section at this path below a model can have."""
    models = [model]
    for key in path:
        fields = [field for each in models for name, field in each.model_fields.items() if (field.alias or name) == key]
        models = [found for field in fields for found in _models_in(field.annotation)] or models
    return [field.alias or name for each in models for name, field in each.model_fields.items()]


def _models_in(annotation: object) -> list[type[BaseModel]]:
    """The models of an annotation such as `dict[str, Section | None]`; a key or an index leads to them too."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [found for part in get_args(annotation) for found in _models_in(part)]
