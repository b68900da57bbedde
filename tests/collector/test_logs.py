"""The collector's own log."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from otelrum.collector.config.service import LogsConfig
from otelrum.collector.logs import QUIET, set_up_logs

log = logging.getLogger("otelrum.test")


@pytest.fixture(autouse=True)
def _handlers_of_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    for handler in set(root.handlers) - set(handlers):
        root.removeHandler(handler)
        handler.close()
    root.setLevel(level)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.NOTSET)


def lines(path: Path) -> list[str]:
    return path.read_text().splitlines()


def test_a_line_for_people_says_when_how_bad_and_who(tmp_path: Path) -> None:
    set_up_logs(LogsConfig(output_paths=[str(tmp_path / "log")]))
    log.warning("careful with %s", "fire")
    (line,) = lines(tmp_path / "log")
    assert line.endswith(" WARNING otelrum.test: careful with fire")


def test_json_lines_are_one_object_each_also_with_a_stack_trace(tmp_path: Path) -> None:
    set_up_logs(LogsConfig(encoding="json", output_paths=[str(tmp_path / "log")]))
    try:
        raise ValueError("two\nlines")
    except ValueError:
        log.exception("it is %s", "broken")
    (line,) = lines(tmp_path / "log")
    read = json.loads(line)
    assert (read["level"], read["logger"], read["msg"]) == ("error", "otelrum.test", "it is broken")
    assert read["stacktrace"].endswith("ValueError: two\nlines")
    assert read["ts"].endswith("+00:00")


@pytest.mark.parametrize(("level", "count"), [("debug", 4), ("info", 3), ("WARN", 2), ("error", 1)])
def test_what_is_below_the_level_is_not_written(tmp_path: Path, level: str, count: int) -> None:
    set_up_logs(LogsConfig.model_validate({"level": level, "output_paths": [str(tmp_path / "log")]}))
    for write in (log.debug, log.info, log.warning, log.error):
        write("something")
    assert len(lines(tmp_path / "log")) == count


@pytest.mark.parametrize(("level", "count"), [("info", 0), ("debug", 1)])
def test_a_line_for_each_request_is_only_written_for_who_debugs(tmp_path: Path, level: str, count: int) -> None:
    set_up_logs(LogsConfig.model_validate({"level": level, "output_paths": [str(tmp_path / "log")]}))
    logging.getLogger("httpx").info("HTTP Request: POST ...")
    assert len(lines(tmp_path / "log")) == count


def test_every_output_gets_every_line(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    set_up_logs(LogsConfig(output_paths=["stderr", "stdout", str(tmp_path / "log")]))
    log.info("hello")
    out, err = capfd.readouterr()
    assert out == err == (tmp_path / "log").read_text()
    assert out.endswith("hello\n")
