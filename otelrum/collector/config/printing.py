"""A configuration and the table of components as YAML for people; secrets stay hidden."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import yaml
from pydantic import BaseModel, SecretStr

from otelrum.collector.component import Factory
from otelrum.collector.config.read import Configuration
from otelrum.collector.factories import ComponentKind, Factories

REDACTED = "[REDACTED]"

UNITS = ((1_000_000, "s"), (1_000, "ms"), (1, "us"))


def configuration_text(config: Configuration) -> str:
    """Every section with its defaults."""
    sections: dict[str, Any] = {
        str(kind): {str(id): _shown(declared.config) for id, declared in config.components[kind].items()}
        for kind in ComponentKind
    }
    return _yaml(sections | {"service": _shown(config.service)})


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


def _shown(value: Any) -> Any:
    match value:
        case BaseModel():
            fields = type(value).model_fields.items()
            return {field.alias or name: _shown(getattr(value, name)) for name, field in fields}
        case Mapping():
            return {str(key): _shown(entry) for key, entry in value.items()}
        case list() | tuple():
            return [_shown(entry) for entry in value]
        case SecretStr():
            return REDACTED if value.get_secret_value() else ""
        case timedelta():
            return duration_text(value)
    return value


def duration_text(duration: timedelta) -> str:
    """In the largest unit that needs no fraction."""
    microseconds = duration // timedelta(microseconds=1)
    size, unit = next((size, unit) for size, unit in UNITS if microseconds % size == 0)
    return f"{microseconds // size}{unit}"


def _yaml(value: Any) -> str:
    return yaml.safe_dump(value, sort_keys=False, allow_unicode=True)
