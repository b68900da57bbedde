"""The command line: run, validate, components, print-config."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import click
import uvloop

from otelrum.builtin import FACTORIES
from otelrum.collector.building import build_graph
from otelrum.collector.clock import SystemClock
from otelrum.collector.config.durability import durability_warnings
from otelrum.collector.config.loading import load
from otelrum.collector.config.printing import components_text, configuration_text
from otelrum.collector.config.read import Configuration, read
from otelrum.collector.errors import ConfigError, OtelrumError
from otelrum.collector.logs import set_up_logs
from otelrum.collector.metric_readers import exposures
from otelrum.collector.service import Service, stop_on_signals
from otelrum.collector.telemetry import Telemetry
from otelrum.otlp import fields

log = logging.getLogger(__name__)

Command = Callable[..., Any]


def configured(command: Command) -> Command:
    """The options that say what the configuration is."""
    for option in (
        click.option("--set", "settings", multiple=True, metavar="A.B=VALUE", help="One value, over all files."),
        click.option("--config", "sources", multiple=True, metavar="FILE", help="Later files win over earlier ones."),
    ):
        command = option(command)
    return command


@dataclass(frozen=True, slots=True)
class ConfigSources:
    """What the command line says about the configuration."""

    sources: tuple[str, ...]
    settings: tuple[str, ...]

    def __add__(self, more: ConfigSources) -> ConfigSources:
        return ConfigSources(self.sources + more.sources, self.settings + more.settings)

    def configuration(self) -> Configuration:
        """Raises ConfigError."""
        if not self.sources:
            raise ConfigError("at least one --config must be given")
        return read(load(self.sources, self.settings, os.environ), FACTORIES)


class Commands(click.Group):
    """What goes wrong is told on stderr, exit status 1; mistakes in the configuration a line each."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except ConfigError as error:
            click.echo(str(error), err=True)
        except (OtelrumError, OSError) as error:
            click.echo(f"Error: {error}", err=True)
        ctx.exit(1)


@click.group(cls=Commands, invoke_without_command=True)
@configured
@click.option("--shutdown-timeout", metavar="DURATION", help="Wins over service::shutdown_timeout.")
@click.version_option(package_name="otelrum")
@click.pass_context
def cli(
    context: click.Context, sources: tuple[str, ...], settings: tuple[str, ...], shutdown_timeout: str | None
) -> None:
    """A collector that finds what users did in what their browsers tell. Without a command it runs."""
    context.obj = ConfigSources(sources, settings)
    if shutdown_timeout:
        context.obj += ConfigSources((), (f"service.shutdown_timeout={shutdown_timeout}",))
    if context.invoked_subcommand is None:
        uvloop.run(serve(context.obj, context.obj.configuration()))


@cli.command()
@configured
@click.pass_obj
def validate(given: ConfigSources, sources: tuple[str, ...], settings: tuple[str, ...]) -> None:
    """Check a configuration; nothing is opened."""
    config = (given + ConfigSources(sources, settings)).configuration()
    uvloop.run(try_out(config))
    for gap in durability_warnings(config):
        click.echo(f"Warning: {gap}", err=True)


@cli.command("print-config")
@configured
@click.pass_obj
def print_config(given: ConfigSources, sources: tuple[str, ...], settings: tuple[str, ...]) -> None:
    """Show the configuration with everything merged, filled in and by default; secrets are not shown."""
    click.echo(configuration_text((given + ConfigSources(sources, settings)).configuration()), nl=False)


@cli.command()
def components() -> None:
    """List what a configuration can name."""
    click.echo(components_text(FACTORIES), nl=False)


async def serve(given: ConfigSources, config: Configuration) -> None:
    """Run until a signal or a failure ends it; SIGHUP begins anew with the configuration as it is then."""
    following: Configuration | None = config
    while following is not None:
        following = await serve_once(given, following)
    # The process takes its memory with it: to look through a million objects first would take seconds.
    gc.freeze()


async def serve_once(given: ConfigSources, config: Configuration) -> Configuration | None:
    """Run one service; the configuration of the next one, if there is to be one."""
    end_logs = set_up_logs(config.service.telemetry.logs)
    try:
        if fields.__file__.endswith(".py"):
            log.warning("the hot path is not compiled, so a span costs three times the CPU: install with a C compiler")
        clock, telemetry = SystemClock(), Telemetry()
        graph = build_graph(config, clock, telemetry)
        for gap in durability_warnings(config):
            log.warning("%s", gap)
        shown = exposures(config.service.telemetry, telemetry, clock)
        service = Service(graph, shown, config.service.shutdown_timeout.total_seconds())
        stop_on_signals(service)
        following: list[Configuration] = []
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, read_again, given, service, following)
        await service.run()
        return following[0] if following else None
    finally:
        end_logs()


def read_again(given: ConfigSources, service: Service, following: list[Configuration]) -> None:
    """A configuration with a mistake changes nothing."""
    if service.is_ending:
        return
    try:
        config = given.configuration()
        build_graph(config, SystemClock(), Telemetry())
    except (OtelrumError, OSError) as error:
        log.error("keeping the configuration that was read before: %s", error)
        return
    log.info("beginning anew with the configuration as it is now")
    following.append(config)
    service.stop()


async def try_out(config: Configuration) -> None:
    """Make every component and throw it away; in a running loop, because they will be made in one."""
    build_graph(config, SystemClock(), Telemetry())
