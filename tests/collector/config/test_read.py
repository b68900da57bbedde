"""The whole configuration: each mistake is reported with its line and path, and all at once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from otelrum.builtin import FACTORIES
from otelrum.collector.component import ComponentId, PipelineId
from otelrum.collector.config.loading import load
from otelrum.collector.config.read import read
from otelrum.collector.errors import ConfigError
from otelrum.collector.factories import ComponentKind
from otelrum.otlp.batch import Signal
from tests.collector.scribes import Scribes

GOOD = """\
receivers:
  scribe:
processors:
  scribe/a:
  scribe/b: {number: 7}
exporters:
  writer:
    wait: 1m30s
extensions:
  scribe/x:
service:
  extensions: [scribe/x]
  pipelines:
    traces:
      receivers: [scribe]
      processors: [scribe/a, scribe/b]
      exporters: [writer]
"""


def problems(scribes: Scribes, text: str, *settings: str) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        scribes.configuration(text, *settings)
    return caught.value.problems


def test_a_good_configuration_is_read(scribes: Scribes) -> None:
    config = scribes.configuration(GOOD)
    pipeline = config.pipelines[PipelineId(Signal.TRACES)]
    assert pipeline.processors == (ComponentId("scribe", "a"), ComponentId("scribe", "b"))
    assert config.extensions == (ComponentId("scribe", "x"),)
    exporter = config.components[ComponentKind.EXPORTERS][ComponentId("writer")]
    assert exporter.factory.type == "scribe"
    assert exporter.config.model_dump()["wait"] == timedelta(seconds=90)
    assert exporter.place.line == 7


NO_DURATION = "is no duration: write a number with a unit, such as 300ms, 5s or 1h30m"


@pytest.mark.parametrize(
    ("setting", "problem"),
    [
        ("receivers.scribe.nubmer=1", "unknown key, did you mean 'number'?"),
        ("receivers.scribe.zzz=1", "unknown key"),
        ("receivers.scribe.number=x", "must be a whole number"),
        ("receivers.scribe.number=1.5", "must be a whole number"),
        ("receivers.scribe.number='1'", "must be a whole number"),
        ("receivers.scribe.text=1", "must be a text"),
        ("receivers.scribe.text=true", "must be a text"),
        ("receivers.scribe.fail_start=1", "must be true or false"),
        ("receivers.scribe.names=1", "must be a list"),
        ("receivers.scribe.names=[a, 1]", "::1: must be a text"),
        ("receivers.scribe.headers=[]", "must be a map"),
        ("receivers.scribe=5", "must be a map"),
        ("receivers.other=", "unknown receiver 'other', there are scribe, shared, traces_only, writer"),
        ("receivers./x=", "'' is no type: a letter, then up to 62 letters, digits and underscores"),
        ("receivers.scribe/=", "'scribe/' has nothing after the slash"),
        ("receivers. scribe =", "is here twice"),
        ("receivers=[scribe]", "must be a map of components"),
        ("recievers=", "unknown section, did you mean 'receivers'?"),
        (
            "zzz=",
            "unknown section, there are receivers, processors, exporters, connectors, extensions, service",
        ),
        ("receivers.scribbe=", "unknown receiver 'scribbe', did you mean 'scribe'?"),
        ("service=1", "must be a map"),
        ("service.foo=1", "unknown key"),
        ("service.extensions=[scribe]", "::0: extension 'scribe' is not configured, did you mean 'scribe/x'?"),
        ("service.pipelines.spans=", "'spans' is none of traces, metrics, logs"),
        ("service.pipelines.traces.exporters=[b]", "::0: exporter 'b' is not configured"),
        (
            "service.pipelines.traces.processors=[scribe/a, scribe/a]",
            "::1: processor 'scribe/a' is named twice",
        ),
        ("service.pipelines.traces.receivers=[]", "must name at least one receiver"),
        ("service.pipelines.traces.exporters=", "must name at least one exporter"),
        (
            "service.telemetry.logs.level=loud",
            "must be 'debug', 'info', 'warn', 'error', 'dpanic', 'panic' or 'fatal'",
        ),
        ("service.shutdown_timeout=5", f"5 {NO_DURATION}"),
    ],
)
def test_a_mistake_is_reported_with_its_path(scribes: Scribes, setting: str, problem: str) -> None:
    path, _, _ = setting.partition("=")
    beginning = f"--set {path}: {path.replace('.', '::')}"
    assert {f"{beginning}: {problem}", f"{beginning}{problem}"} & set(problems(scribes, GOOD, setting))


def test_every_mistake_is_reported_with_its_line_in_the_order_of_the_lines(scribes: Scribes) -> None:
    text = GOOD.replace("number: 7", "number: x, more: 1").replace("1m30s", "90").replace("[writer]", "[wrtier]")
    assert problems(scribes, text) == (
        "yaml:5: processors::scribe/b::number: must be a whole number",
        "yaml:5: processors::scribe/b::more: unknown key",
        f"yaml:8: exporters::writer::wait: 90 {NO_DURATION}",
        "yaml:17: service::pipelines::traces::exporters::0: exporter 'wrtier' is not configured, "
        "did you mean 'writer'?",
    )


def test_a_component_whose_own_section_is_wrong_still_counts_as_configured(scribes: Scribes) -> None:
    assert len(problems(scribes, GOOD, "receivers.scribe.foo=1", "exporters.writer.foo=1")) == 2


def test_a_component_that_no_pipeline_names_is_checked_too(scribes: Scribes) -> None:
    assert problems(scribes, GOOD, "exporters.scribe/unused.foo=1") == (
        "--set exporters.scribe/unused.foo: exporters::scribe/unused::foo: unknown key",
    )


def test_a_component_must_take_the_signal_of_its_pipeline(scribes: Scribes) -> None:
    text = GOOD.replace("scribe/a", "traces_only").replace("traces:", "logs:")
    assert problems(scribes, text) == (
        "yaml:16: service::pipelines::logs::processors: processor traces_only does not take logs",
    )


def test_an_empty_configuration_says_what_must_be_there(scribes: Scribes) -> None:
    with pytest.raises(ConfigError, match="service: at least one pipeline must be there"):
        scribes.configuration("")


@pytest.mark.parametrize(("key", "default"), [("number", 0), ("names", []), ("from", "here")])
def test_an_empty_key_has_its_default(scribes: Scribes, key: str, default: object) -> None:
    config = scribes.configuration(GOOD, f"receivers.scribe.{key}=")
    receiver = config.components[ComponentKind.RECEIVERS][ComponentId("scribe")].config
    assert receiver.model_dump(by_alias=True)[key] == default


def test_an_unknown_key_is_unknown_also_when_it_is_empty(scribes: Scribes) -> None:
    assert "receivers::scribe::foo: unknown key" in problems(scribes, GOOD, "receivers.scribe.foo=")[0]


def setting_from_a_variable(scribes: Scribes, key: str, value: str) -> object:
    tree = load([f"yaml:{GOOD}"], [f"receivers.scribe.{key}=${{N}}"], {"N": value})
    config = read(tree, scribes.factories).components[ComponentKind.RECEIVERS][ComponentId("scribe")].config
    return config.model_dump()[key]


@pytest.mark.parametrize(
    "value",
    ["0123", "k3y #1 of 2", "'quoted'", '"quoted"', "it's", "null", "~", "a: b", "[a", "- x", "true", " x ", "@"],
)
def test_a_text_takes_what_a_variable_says_letter_by_letter(scribes: Scribes, value: str) -> None:
    assert setting_from_a_variable(scribes, "text", value) == value


@pytest.mark.parametrize(
    ("key", "value", "meaning"),
    [
        ("number", "0123", 83),
        ("number", "7 # seven", 7),
        ("number", "", 0),
        ("number", "null", 0),
        ("fail_start", "true", True),
        ("wait", "1m", timedelta(minutes=1)),
        ("wait", "0", timedelta(0)),
        ("names", "a,b", ["a", "b"]),
        ("names", "a, b", ["a", "b"]),
        ("names", "[a, 'b']", ["a", "b"]),
        ("names", "one", ["one"]),
        ("names", "", []),
    ],
)
def test_everything_else_takes_what_a_variable_means(scribes: Scribes, key: str, value: str, meaning: object) -> None:
    assert setting_from_a_variable(scribes, key, value) == meaning


def test_a_list_may_be_written_as_a_text_with_commas(scribes: Scribes) -> None:
    config = scribes.configuration(GOOD, "service.pipelines.traces.processors=scribe/a,scribe/b")
    assert len(config.pipelines[PipelineId(Signal.TRACES)].processors) == 2


GUARDED_SETTINGS = {
    "processors.rum_action.privacy": "mask",
    "processors.rum_action.geo.drop_address": "true",
    "receivers.otlp.protocols.http.tls": "{cert_file: a, key_file: b}",
    "receivers.otlp.protocols.http.tls.client_ca_file": "ca.pem",
    "receivers.otlp.protocols.http.auth": "{authenticator: bearertokenauth}",
    "receivers.otlp.protocols.http.cors.allowed_origins": "https://shop.example",
    "exporters.otlp_grpc.tls": "{ca_file: ca.pem}",
}


@pytest.mark.parametrize("setting", GUARDED_SETTINGS)
@pytest.mark.parametrize(
    "value", ["${env:MODE}", "${env:EMPTY}", "${env:BLANK}", "${env:COMMENT}", "${env:MODE:-}", ""]
)
def test_what_protects_is_not_switched_off_by_a_variable_that_is_empty(setting: str, value: str) -> None:
    environment = {"EMPTY": "", "BLANK": "  ", "COMMENT": "# mask"}
    with pytest.raises(ConfigError, match=f"{setting.replace('.', '::')}: .* is empty, and .* must not depend on that"):
        read(load(["yaml:{}"], [f"{setting}={value}"], environment), FACTORIES)


def test_an_origin_that_lacks_its_variable_does_not_let_everybody_in() -> None:
    setting = "receivers.otlp.protocols.http.cors.allowed_origins=['https://*${env:DOMAIN}']"
    with pytest.raises(ConfigError, match=r"allowed_origins::0: \$\{env:DOMAIN\} is empty"):
        read(load(["yaml:{}"], [setting], {}), FACTORIES)


@pytest.mark.parametrize(
    ("setting", "path"),
    [
        ("exporters.otlp_http.sending_queue.storage=file_storge", "exporters::otlp_http::sending_queue::storage"),
        ("processors.rum_action.storage=file_storge", "processors::rum_action::storage"),
        ("receivers.otlp.protocols.http.auth.authenticator=file_storge", "receivers::otlp::protocols::http::auth"),
    ],
)
def test_an_extension_that_a_component_names_must_run(setting: str, path: str) -> None:
    """Found at the first request, its data would be lost until somebody looks."""
    text = """
receivers: {otlp: {protocols: {http: }}}
processors: {rum_action: }
exporters: {otlp_http: {endpoint: "http://a"}, debug: {}}
extensions: {file_storage: }
service:
  extensions: [file_storage]
  pipelines: {traces: {receivers: [otlp], processors: [rum_action], exporters: [otlp_http]}}
"""
    with pytest.raises(ConfigError) as caught:
        read(load([f"yaml:{text}"], [setting], {}), FACTORIES)
    (problem,) = caught.value.problems
    assert problem.startswith(f"--set {setting.partition('=')[0]}: {path}")
    assert problem.endswith(
        "extension 'file_storge' is not listed under service::extensions, did you mean 'file_storage'?"
    )
    unused = "service.pipelines.traces={receivers: [otlp], processors: [], exporters: [debug]}"
    if not setting.startswith("receivers"):
        read(load([f"yaml:{text}"], [setting, unused], {}), FACTORIES)


def test_a_secret_is_in_no_message(scribes: Scribes) -> None:
    found = problems(scribes, GOOD, "receivers.scribe.headers={token: [s3cret]}")
    assert "s3cret" not in "".join(found)


@pytest.mark.parametrize(
    ("metrics", "problem"),
    [
        ("{level: basic, readers: []}", "readers must not be empty unless level is none"),
        ("{address: 'localhost:1', readers: [{pull: {exporter: {prometheus: }}}]}", "take one"),
        ("{readers: [{}]}", "one of pull and periodic must be there"),
        ("{address: nowhere}", "'nowhere' has no port: write host:port, such as nowhere:4317"),
        ("{readers: [{pull: {exporter: {prometheus: {without_units: false}}}}]}", "must be True"),
    ],
)
def test_metrics_that_nobody_could_read_are_refused(scribes: Scribes, metrics: str, problem: str) -> None:
    assert problem in problems(scribes, GOOD, f"service.telemetry.metrics={metrics}")[0]


CONNECTED = """\
receivers: {scribe: }
exporters: {scribe/out: }
connectors: {scribe/c: }
service:
  pipelines:
    traces: {receivers: [scribe], exporters: [scribe/c]}
    metrics: {receivers: [scribe/c], exporters: [scribe/out]}
"""


def test_a_connector_is_an_exporter_of_one_pipeline_and_a_receiver_of_another(scribes: Scribes) -> None:
    config = scribes.configuration(CONNECTED)
    connector = ComponentId("scribe", "c")
    assert config.pipelines[PipelineId(Signal.TRACES)].exporters == (connector,)
    assert config.pipelines[PipelineId(Signal.METRICS)].receivers == (connector,)


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        (
            ("[scribe/c], exporters: [scribe/out]", "[scribe], exporters: [scribe/out]"),
            "yaml:3: connectors::scribe/c: an exporter of pipelines, but a receiver of none: what it makes",
        ),
        (
            ("exporters: [scribe/c]", "exporters: [scribe/out]"),
            "yaml:3: connectors::scribe/c: a receiver of pipelines, but an exporter of none: nothing comes to it",
        ),
        (
            ("metrics:", "logs:"),
            "yaml:7: service::pipelines::logs::receivers: connector scribe/c does not make logs",
        ),
        (
            ("scribe/c", "traces_only"),
            "yaml:7: service::pipelines::metrics::receivers: connector traces_only does not make metrics",
        ),
        (
            ("{scribe/out: }", "{scribe/out: , scribe/c: }"),
            "yaml:3: connectors::scribe/c: exporter 'scribe/c' has the same name",
        ),
        (("connectors: {scribe/c: }", "connectors: {other: }"), "yaml:3: connectors::other: unknown connector 'other'"),
    ],
)
def test_a_connector_that_cannot_connect_is_reported(scribes: Scribes, wrong: tuple[str, str], problem: str) -> None:
    assert problem in "\n".join(problems(scribes, CONNECTED.replace(*wrong)))


def test_a_connector_that_no_pipeline_names_is_left_out_as_any_component(scribes: Scribes) -> None:
    scribes.configuration(GOOD, "connectors.scribe/unused=")
