"""A configuration and the table of components as YAML for people, who may feed it in again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Literal

import yaml
from pydantic import BaseModel, SecretStr

from otelrum.collector.component import Factory
from otelrum.collector.config.read import Configuration
from otelrum.collector.factories import ComponentKind, Factories

REDACTED = "[REDACTED]"

UNITS = ((1_000_000, "s"), (1_000, "ms"), (1, "us"))


def configuration_text(
    config: Configuration, *, secrets: bool = False, format: Literal["yaml", "json"] = "yaml"
) -> str:
    """Every section with its defaults, as a configuration that means the same; secrets only where asked for."""
    show = _Shown(secrets)
    sections: dict[str, Any] = {
        str(kind): {str(id): show.value(declared.config) for id, declared in config.components[kind].items()}
        for kind in ComponentKind
    }
    shown = sections | {"service": show.value(config.service)}
    return _yaml(shown) if format == "yaml" else json.dumps(shown, indent=2, ensure_ascii=False) + "\n"


def components_text(factories: Factories) -> str:
    """Every type, its older names, and the signals that it takes and, a connector, makes."""
    return _yaml({str(kind): [_row(factory) for factory in factories.rows[kind]] for kind in ComponentKind})


def _row(factory: Factory) -> dict[str, Any]:
    row: dict[str, Any] = {"type": factory.type}
    if factory.aliases:
        row["aliases"] = list(factory.aliases)
    if factory.signals:
        row["signals"] = sorted(str(signal) for signal in factory.signals)
    if factory.made_signals:
        row["made_signals"] = sorted(str(signal) for signal in factory.made_signals)
    return row


class _Shown:
    """Values of a configuration as YAML has them."""

    def __init__(self, secrets: bool) -> None:
        self._secrets = secrets

    def value(self, value: Any) -> Any:
        match value:
            case BaseModel():
                fields = type(value).model_fields.items()
                shown = {field.alias or name: self.value(getattr(value, name)) for name, field in fields}
                return {key: entry for key, entry in shown.items() if entry is not None}
            case Mapping():
                return {str(key): self.value(entry) for key, entry in value.items()}
            case list() | tuple():
                return [self.value(entry) for entry in value]
            case SecretStr():
                return self._secret(value.get_secret_value())
            case timedelta():
                return duration_text(value)
            case str():
                return _escaped(value)
        return value

    def _secret(self, secret: str) -> str:
        return _escaped(secret) if self._secrets or not secret else REDACTED


def _escaped(text: str) -> str:
    """As it must be written so that nothing is filled in."""
    return text.replace("$", "$$")


def duration_text(duration: timedelta) -> str:
    """In the largest unit that needs no fraction."""
    microseconds = duration // timedelta(microseconds=1)
    size, unit = next((size, unit) for size, unit in UNITS if microseconds % size == 0)
    return f"{microseconds // size}{unit}"


def _yaml(value: Any) -> str:
    return yaml.safe_dump(value, sort_keys=False, allow_unicode=True)
