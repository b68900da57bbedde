"""Runs services one after the other: SIGHUP begins anew, and what cannot start gives way to the one before."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
from collections.abc import Callable
from dataclasses import replace

from otelrum.collector.building import build_graph
from otelrum.collector.clock import SystemClock
from otelrum.collector.config.machine import check_machine
from otelrum.collector.config.read import Configuration
from otelrum.collector.config.sources import Loaded
from otelrum.collector.errors import OtelrumError
from otelrum.collector.logs import set_up_logs
from otelrum.collector.metric_readers import metric_readers
from otelrum.collector.service import Service, stop_on_signals
from otelrum.collector.telemetry import Telemetry
from otelrum.otlp import fields

log = logging.getLogger(__name__)

WENT_BACK = "going on with the configuration that was read before: the newer one could not start"

Load = Callable[[], Loaded]


class Failed(Exception):
    """A service ended in an error; its log says why."""


class CouldNotStart(Exception):
    """A service never began, and its log says why."""


def try_out(config: Configuration) -> None:
    """Make every component and throw it away. Raises ConfigError; a loop must run, because one will."""
    check_machine(config)
    build_graph(config, SystemClock(), Telemetry())
    metric_readers(config.service.telemetry, Telemetry(), SystemClock())


async def serve(load: Load, first: Loaded) -> None:
    """Run until a signal or a failure ends it. Raises Failed, or what the first one could not start for."""
    fallback: Loaded | None = None
    current: Loaded | None = first
    while current is not None:
        try:
            following = await _serve_once(load, current)
        except Failed:
            raise
        except Exception as error:  # it never began: whatever was wrong, the one before is not
            if fallback is None:
                raise
            current = replace(fallback, warnings=(*fallback.warnings, f"{WENT_BACK}: {error}"))
            fallback = None
        else:
            fallback, current = current, following
    # The process takes its memory with it: to look through a million objects first would take seconds.
    gc.freeze()


async def _serve_once(load: Load, loaded: Loaded) -> Loaded | None:
    """Run one service; what the next one is made of, if there is to be one."""
    config = loaded.configuration
    end_logs = set_up_logs(config.service.telemetry.logs)
    try:
        for warning in (*loaded.warnings, *_warnings_of_the_installation()):
            log.warning("%s", warning)
        clock, telemetry = SystemClock(), Telemetry()
        graph = build_graph(config, clock, telemetry)
        readers = metric_readers(config.service.telemetry, telemetry, clock)
        service = Service(graph, readers, config.service.shutdown_timeout.total_seconds())
        following: list[Loaded] = []
        stop_on_signals(service, following.clear)
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, _begin_anew, load, service, following)
        await _run(service)
        return following[0] if following else None
    finally:
        end_logs()


async def _run(service: Service) -> None:
    """Raises Failed or CouldNotStart, after the log says why."""
    try:
        await service.run()
    except Exception as error:
        if isinstance(error, OtelrumError | OSError):
            log.error("%s", error)
        else:
            log.exception("an error that nobody foresaw")
        raise (Failed if service.has_started else CouldNotStart)(str(error)) from error


def _begin_anew(load: Load, service: Service, following: list[Loaded]) -> None:
    """A configuration with a mistake changes nothing."""
    if service.is_ending:
        return
    try:
        loaded = load()
        try_out(loaded.configuration)
    except (OtelrumError, OSError, ValueError) as error:
        log.error("keeping the configuration that was read before: %s", error)
        return
    log.info("beginning anew with the configuration as it is now")
    following.append(loaded)
    service.stop()


def _warnings_of_the_installation() -> list[str]:
    if not fields.__file__.endswith(".py"):
        return []
    return ["the hot path is not compiled, so a span costs three times the CPU: `make compile`, or a wheel"]
