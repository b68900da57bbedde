"""What a command line says about the configuration, and what becomes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from otelrum.collector.config.durability import durability_warnings
from otelrum.collector.config.loading import load
from otelrum.collector.config.plain_tokens import plain_token_warnings
from otelrum.collector.config.read import Configuration, read
from otelrum.collector.errors import ConfigError
from otelrum.collector.factories import Factories


@dataclass(frozen=True, slots=True)
class Loaded:
    """A configuration without mistakes, and what its author would want to know, a sentence each."""

    configuration: Configuration
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ConfigSources:
    """The values of `--config`, `--set` and `--feature-gates`, each in its order."""

    sources: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    gates: tuple[str, ...] = ()

    def __add__(self, more: ConfigSources) -> ConfigSources:
        return ConfigSources(self.sources + more.sources, self.settings + more.settings, self.gates + more.gates)

    def load(self, environment: Mapping[str, str], factories: Factories) -> Loaded:
        """Read everything, as it is now. Raises ConfigError with every mistake."""
        if not self.sources:
            raise ConfigError("at least one --config must be given")
        warnings = [f"--feature-gates {gate}: there is no such gate here" for gate in self.gates]
        tree = load(self.sources, self.settings, environment, warnings.append)
        config = read(tree, factories, warnings.append)
        return Loaded(config, (*warnings, *durability_warnings(config), *plain_token_warnings(config)))
