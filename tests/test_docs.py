"""The documentation says what the code does."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args, get_origin

import pytest
import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter
from pydantic.fields import FieldInfo

from otelrum.actions import attributes
from otelrum.builtin import FACTORIES
from otelrum.collector import sections
from otelrum.collector.attribute_actions import ActionConfig
from otelrum.collector.config.loading import load
from otelrum.collector.config.read import read
from otelrum.collector.config.service import MetricReader, ServiceConfig
from otelrum.collector.config.without_effect import LIST
from otelrum.collector.factories import ComponentKind
from otelrum.collector.metric_names import METRICS, Metric
from otelrum.exporters.retry import RetryConfig
from otelrum.exporters.sending_queue import QueueConfig
from otelrum.processors.attributes.config import MatchConfig
from otelrum.processors.rum_action.user_agent import UserAgents

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "otelrum").rglob("*.md")])
README = (ROOT / "README.md").read_text()
CONFIGURATION = (ROOT / "docs" / "configuration.md").read_text()
ATTRIBUTES = (ROOT / "docs" / "attributes.md").read_text()
BACKENDS = (ROOT / "docs" / "backends.md").read_text()
METRICS_PAGE = (ROOT / "docs" / "metrics.md").read_text()

COMPONENT_FOLDERS = [
    ROOT / "otelrum" / kind / factory.type for kind in ComponentKind for factory in FACTORIES.rows[kind]
]
COMPONENTS = {
    f"`{factory.type}`" + (" receiver" if kind is ComponentKind.RECEIVERS else ""): factory.config
    for kind, rows in FACTORIES.rows.items()
    for factory in rows
}
TABLES: Mapping[str, type[BaseModel]] = {
    **COMPONENTS,
    "`service`": ServiceConfig,
    "`telemetry.metrics.readers`": MetricReader,
    # Sections that several components have are described once.
    "`sending_queue`": QueueConfig,
    "`retry_on_failure`": RetryConfig,
    "`tls` of a server": sections.ServerTls,
    "`tls` of an exporter": sections.ClientTls,
    "`keepalive` of the receiver": sections.ServerKeepalive,
    "`keepalive` of an exporter": sections.ClientKeepalive,
    "`cors`": sections.CorsConfig,
    "`auth`": sections.Auth,
    "`actions`": ActionConfig,
    "`include` and `exclude`": MatchConfig,
}


def section_of(field: FieldInfo) -> type[BaseModel] | None:
    """The model behind a key that is a section, there by default or not; a list of sections is none."""
    if get_origin(field.annotation) is list:
        return None
    kinds = [field.annotation, *get_args(field.annotation)]
    return next((kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)), None)


def settings(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, FieldInfo]]:
    """Each key that a table has to have a row for."""
    for name, field in model.model_fields.items():
        key = prefix + (field.alias or name)
        section = section_of(field)
        if section and section not in TABLES.values():
            yield from settings(section, f"{key}.")
        else:
            yield key, field


def rows(heading: str) -> dict[str, str]:
    """The defaults in the table under a heading, by setting."""
    part = re.search(rf"^##+ {re.escape(heading)}$(.*?)(?=^##|\Z)", CONFIGURATION, re.MULTILINE | re.DOTALL)
    assert part, f"docs/configuration.md has no section {heading}"
    return dict(re.findall(r"^\| `([^`]+)` \| (.+?) \|", part[1], re.MULTILINE))


@pytest.mark.parametrize("heading", TABLES)
def test_every_setting_is_described_and_no_other(heading: str) -> None:
    assert set(rows(heading)) == {key for key, _ in settings(TABLES[heading])}


EVERY_SETTING = [(heading, *setting) for heading, model in TABLES.items() for setting in settings(model)]


@pytest.mark.parametrize(
    ("heading", "key", "field"), EVERY_SETTING, ids=[f"{one[0]} {one[1]}" for one in EVERY_SETTING]
)
def test_defaults_are_described_as_they_are(heading: str, key: str, field: FieldInfo) -> None:
    documented = rows(heading)[key]
    default = field.get_default(call_default_factory=True, validated_data={})
    if documented == "required":
        assert field.is_required() or default == {}, "a default that is refused is none"
    elif documented == "below":
        assert default == section_of(field)()  # type: ignore[misc]
    elif documented == "none":
        assert default in (None, "", {}) or default.get_secret_value() == ""
    else:
        assert parsed(documented.strip("`"), field) == default


def parsed(text: str, field: FieldInfo) -> Any:
    kind: Any = field.rebuild_annotation()
    return TypeAdapter(kind, config=ConfigDict(strict=True)).validate_python(yaml.safe_load(text))


def row_of(metric: Metric) -> str:
    labels = ", ".join(f"`{label}`" for label in sorted(metric.labels)) or "–"
    return f"| `{metric.name}` | {metric.kind} | `{metric.unit}` | {labels} | {metric.description} |"


def quoted(words: str) -> str:
    return ", ".join(f"`{word}`" for word in words.split())


def test_what_is_taken_without_effect_is_listed_and_nothing_else() -> None:
    documented = CONFIGURATION.partition("## Taken without effect")[2].splitlines()
    expected = [f"| {quoted(row.sections)} | {quoted(row.keys)} | {row.instead} |" for row in LIST]
    assert [line for line in documented if line.startswith("| `")] == expected


def test_every_metric_is_described_as_it_is_and_no_other() -> None:
    documented = re.findall(r"^\| `ot.*\|$", METRICS_PAGE.partition("## All metrics")[2], re.MULTILINE)
    assert documented == [row_of(metric) for metric in METRICS]


def test_every_metric_that_a_text_names_is_there() -> None:
    names = {metric.name for metric in METRICS}
    for named in re.findall(r"\b(otel(?:col|rum)_[a-z_]+)(\*?)", METRICS_PAGE):
        assert named[0] in names or (named[1] and any(name.startswith(named[0]) for name in names)), named


@pytest.mark.parametrize("folder", COMPONENT_FOLDERS, ids=lambda folder: folder.name)
def test_every_component_has_a_readme_with_a_configuration_that_works(folder: Path) -> None:
    readme = (folder / "README.md").read_text()
    (example,) = re.findall(r"^```yaml\n(.*?)^```", readme, re.MULTILINE | re.DOTALL)
    (section, components), *_ = yaml.safe_load(example).items()
    assert section == folder.parent.name
    for id, own in components.items():
        factory = FACTORIES.find(ComponentKind(section), id.partition("/")[0])
        assert factory and factory.type == folder.name
        factory.config.model_validate(own or {})


def test_every_attribute_of_an_action_is_described_and_no_other() -> None:
    keys = {value for name, value in vars(attributes).items() if name.startswith("ACTION_")}
    assert set(re.findall(r"`(action\.[a-z_.]+)`", ATTRIBUTES)) == keys


def test_what_is_read_from_the_user_agent_is_described() -> None:
    found = UserAgents().parse("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/142.0.0.0 Safari/537.36")
    assert len(found) == 4
    assert all(f"`{key}`" in ATTRIBUTES for key in found)


@pytest.mark.parametrize("path", sorted((ROOT / "config").glob("*.yaml")), ids=lambda path: path.name)
def test_a_configuration_that_is_shipped_is_valid(path: Path) -> None:
    read(load([str(path)], [], {}), FACTORIES)


def test_the_configuration_in_the_readme_is_valid() -> None:
    (example,) = re.findall(r"^```yaml\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    read(load([f"yaml:{example}"], [], {}), FACTORIES)


@pytest.mark.parametrize("overlay", re.findall(r"^```yaml\n(?!# of the)(.*?)^```", BACKENDS, re.MULTILINE | re.DOTALL))
def test_each_configuration_for_a_backend_is_valid_over_the_default_one(overlay: str) -> None:
    read(load([str(ROOT / "config" / "otelrum.yaml"), f"yaml:{overlay}"], [], {}), FACTORIES)


def test_the_readme_shows_what_the_demo_prints() -> None:
    demo = subprocess.run(
        [sys.executable, str(ROOT / "examples" / "demo.py")], capture_output=True, text=True, check=True
    )
    printed = "\n".join(line.rstrip() for line in demo.stdout.splitlines())
    assert f"```\n{printed}\n```" in README


def test_the_readme_shows_a_result_within_25_lines() -> None:
    beginning = "\n".join(README.splitlines()[:25])
    assert "$ make demo" in beginning
    assert "left the exporter" in beginning


def test_the_readme_names_what_ci_runs() -> None:
    ran = re.findall(r"^(?:exec )?(make .*)$", (ROOT / ".ci" / "run").read_text(), re.MULTILINE)
    assert ran
    assert all(f"`{command}`" in README for command in ran)


def anchors(page: Path) -> set[str]:
    """What a link into a page may end in, made of its headings as GitHub makes it."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for file, anchor in re.findall(r"\]\(([^)#:]*)#?([^):]*)\)", page.read_text()):
        target = page.parent / file if file else page
        assert target.exists(), file
        assert not anchor or anchor in anchors(target), anchor


def test_each_decision_has_a_number_of_its_own_in_its_name_and_heading() -> None:
    decisions = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    assert [int(path.name[:4]) for path in decisions] == list(range(1, len(decisions) + 1))
    for path in decisions:
        assert path.read_text().startswith(f"# {int(path.name[:4])}. ")
