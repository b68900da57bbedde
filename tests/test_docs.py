"""The documentation says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from otelrum.actions import attributes
from otelrum.processors.rum_action.config import RumActionConfig

ROOT = Path(__file__).resolve().parent.parent
KEYS = {value for name, value in vars(attributes).items() if name.startswith("ACTION_")}


def text(name: str) -> str:
    return (ROOT / "docs" / name).read_text()


def test_every_attribute_of_an_action_is_described_and_no_other() -> None:
    described = set(re.findall(r"`(action\.[a-z_.]+)`", text("attributes.md")))
    assert described == KEYS


@pytest.mark.parametrize("key", ["user_agent.name", "user_agent.version", "os.name", "os.version"])
def test_what_is_read_from_the_user_agent_is_described(key: str) -> None:
    assert f"`{key}`" in text("attributes.md")


def settings(model: type[BaseModel], prefix: str = "") -> list[str]:
    found = []
    for name, field in model.model_fields.items():
        key = prefix + (field.alias or name)
        nested = field.annotation
        is_section = isinstance(nested, type) and issubclass(nested, BaseModel)
        found += settings(nested, f"{key}.") if is_section else [key]  # type: ignore[arg-type]
    return found


@pytest.mark.parametrize("setting", settings(RumActionConfig))
def test_every_setting_of_rum_action_is_described(setting: str) -> None:
    short = setting.replace("attributes", "", 1) if setting.startswith("attributes.") else setting
    assert f"`{setting}`" in text("configuration.md") or f"`{short}`" in text("configuration.md")


@pytest.mark.parametrize("setting", ["idle", "same_click", "max_duration", "decision_wait", "max_held_mib"])
def test_defaults_are_described_as_they_are(setting: str) -> None:
    row = next(line for line in text("configuration.md").splitlines() if line.startswith(f"| `{setting}` |"))
    assert RumActionConfig.model_validate({setting: parsed(row.split("`")[3])}) == RumActionConfig()


def parsed(told: str) -> object:
    return int(told) if told.isdecimal() else told


def test_the_readme_names_both_commands_and_ci_runs_no_other() -> None:
    readme = (ROOT / "README.md").read_text()
    assert "make demo" in "\n".join(readme.splitlines()[:25])
    ran = re.findall(r"^make .*$", (ROOT / ".ci" / "run").read_text(), re.MULTILINE)
    assert ran and all(command in readme for command in ran)
