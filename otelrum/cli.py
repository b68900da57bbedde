"""The command line: run, validate, components, print-config with the OpenTelemetry Collector's words; see actions."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, Literal

import click
import uvloop

from otelrum.builtin import FACTORIES
from otelrum.collector.config.printing import components_text, configuration_text
from otelrum.collector.config.sources import ConfigSources, Loaded
from otelrum.collector.errors import ConfigError, OtelrumError
from otelrum.collector.serving import CouldNotStart, Failed, serve, try_out
from otelrum.commands.check import check
from otelrum.commands.explain import explain
from otelrum.commands.tail import tail
from otelrum.compiled import variant

Command = Callable[..., Any]


class Commands(click.Group):
    """Errors go to stderr, exit status 1; mistakes in the configuration a line each."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except ConfigError as error:
            click.echo(str(error), err=True)
        except (OtelrumError, OSError) as error:
            click.echo(f"Error: {error}", err=True)
        except (Failed, CouldNotStart):
            pass  # the log has said why
        ctx.exit(1)


def _load(sources: ConfigSources) -> Loaded:
    """Raises ConfigError."""
    return sources.load(os.environ, FACTORIES)


def _note(context: click.Context, option: click.Parameter, values: tuple[str, ...]) -> None:
    """The options may stand before and after a command: all count, in their order."""
    options = context.ensure_object(dict)
    options[option.name] = (*options.get(option.name, ()), *values)


def configured(command: Command) -> Command:
    """The options that say what the configuration is; the command gets its ConfigSources."""
    for name, metavar, help in (
        ("--feature-gates", "GATES", "Taken with a warning: there are none."),
        ("--set", "A.B=VALUE", "One value, over all files."),
        ("--config", "FILE", "Later files win over earlier ones."),
    ):
        option = click.option(name, multiple=True, metavar=metavar, help=help, callback=_note, expose_value=False)
        command = option(command)
    return command


def _sources(context: click.Context) -> ConfigSources:
    options = context.ensure_object(dict)
    gates = [gate for text in options.get("feature_gates", ()) for gate in text.split(",") if gate]
    return ConfigSources(options.get("config", ()), options.get("set", ()), tuple(gates))


@click.group(cls=Commands, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@configured
@click.option("--shutdown-timeout", metavar="DURATION", help="Wins over service::shutdown_timeout.")
@click.version_option(None, "-v", "--version", package_name="otelrum", message=f"%(prog)s %(version)s ({variant()})")
@click.pass_context
def cli(context: click.Context, shutdown_timeout: str | None) -> None:
    """A collector that finds what users did in the telemetry of their browsers. Without a command it runs."""
    if shutdown_timeout:
        options = context.ensure_object(dict)
        options["set"] = (*options.get("set", ()), f"service.shutdown_timeout={shutdown_timeout}")
    if context.invoked_subcommand is None:
        sources = _sources(context)
        uvloop.run(serve(lambda: _load(sources), _load(sources)))


@cli.command()
@configured
@click.pass_context
def validate(context: click.Context) -> None:
    """Check a configuration and the files and addresses that it names; nothing starts."""
    loaded = _load(_sources(context))
    uvloop.run(_tried(loaded))
    for warning in loaded.warnings:
        click.echo(f"Warning: {warning}", err=True)
    click.echo("The configuration is valid.")


async def _tried(loaded: Loaded) -> None:
    try_out(loaded.configuration)


@cli.command("print-config")
@configured
@click.option("--mode", type=click.Choice(["redacted", "unredacted"]), default="redacted", help="How secrets look.")
@click.option("--format", type=click.Choice(["yaml", "json"]), default="yaml")
@click.option("--validate/--no-validate", expose_value=False, help="Taken without effect: it is always checked.")
@click.pass_context
def print_config(
    context: click.Context, mode: Literal["redacted", "unredacted"], format: Literal["yaml", "json"]
) -> None:
    """Show the configuration with everything merged, filled in and by default: a configuration again."""
    shown = configuration_text(_load(_sources(context)).configuration, secrets=mode == "unredacted", format=format)
    click.echo(shown, nl=False)


cli.add_command(print_config, "print-initial-config")
cli.add_command(tail)
cli.add_command(explain)
cli.add_command(check)


@cli.command()
@configured
def components() -> None:
    """List what a configuration can name."""
    click.echo(components_text(FACTORIES), nl=False)


@cli.command("help")
@click.argument("command", required=False)
@click.pass_context
def help_command(context: click.Context, command: str | None) -> None:
    """Say what there is to say of a command."""
    above = context.parent
    assert above is not None, "it is a command of a group"
    found = cli.get_command(above, command) if command else cli
    if found is None:
        raise click.UsageError(f"there is no command {command!r}")
    click.echo(found.get_help(click.Context(found, parent=above if command else None, info_name=command or "otelrum")))
