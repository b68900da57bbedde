"""What of a configuration can be known to fail on this machine: certificates, files, addresses that are not its own.

Nothing is bound for long or written. A port that somebody else has is found at the start: it may be this process.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path as FilePath
from typing import get_args

from otelrum.collector.addresses import host_and_port
from otelrum.collector.config.nodes import Path
from otelrum.collector.config.problems import Problems
from otelrum.collector.config.read import Configuration
from otelrum.collector.errors import ConfigError, OtelrumError
from otelrum.collector.listening import addresses
from otelrum.collector.sections import ClientTls, OnMachine, Section, ServerTls, Setting
from otelrum.collector.tls import client_context, server_context


def check_machine(config: Configuration) -> None:
    """Raises ConfigError with everything that could not start here, each with its line."""
    problems = Problems(config.tree)
    for path, section in _sections(config):
        for setting in section.walk():
            try:
                _try(setting)
            except (OtelrumError, OSError, ValueError) as error:
                problems.add((*path, *setting.keys), str(error))
    problems.raise_any()


def _sections(config: Configuration) -> Iterator[tuple[Path, Section]]:
    for path, declared in config.running():
        yield path, declared.config
    if config.service.telemetry.metrics.level != "none":
        yield ("service", "telemetry", "metrics"), config.service.telemetry.metrics


def _try(setting: Setting) -> None:
    match setting.value:
        case ServerTls() as tls:
            server_context(tls)
        case ClientTls(insecure=False) as tls if tls.ca_file or tls.cert_file:
            client_context(tls)
        case str() as text if text:
            for kind in _kinds(setting):
                _try_text(kind, text, setting.section)


def _kinds(setting: Setting) -> Iterator[OnMachine]:
    """What the text of a setting names; of `X | None` it is X that knows it."""
    annotations: list[Iterable[object]] = [setting.field.metadata]
    annotations += [getattr(part, "__metadata__", ()) for part in get_args(setting.field.annotation)]
    return (each for metadata in annotations for each in metadata if isinstance(each, OnMachine))


def _try_text(kind: OnMachine, text: str, section: Section) -> None:
    match kind:
        case OnMachine.ADDRESS:
            addresses(host_and_port(text)[0])
        case OnMachine.HOST:
            addresses(text)
        case OnMachine.FILE:
            FilePath(text).open("rb").close()
        case OnMachine.FOLDER if not getattr(section, "create_directory", False) and not FilePath(text).is_dir():
            raise ConfigError(f"{text} is no folder: make it, or set create_directory: true")
