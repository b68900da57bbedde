"""The collector's own log: where it goes and how a line looks."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable
from datetime import UTC, datetime

from otelrum.collector.config.service import LogsConfig

LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warn": logging.WARNING}

# What these say below that is a line for each request that is sent, or that a stranger sends.
QUIET = {"httpx": logging.WARNING, "uvicorn.error": logging.ERROR}


class JsonLines(logging.Formatter):
    """One JSON object a line, with the keys of the OpenTelemetry Collector's log."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "level": record.levelname.lower(),
            "ts": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "logger": record.name,
            "msg": record.getMessage(),
        }
        if record.exc_info:
            line["stacktrace"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def set_up_logs(config: LogsConfig) -> Callable[[], None]:
    """What ends it again. Raises OSError when a file of `output_paths` cannot be opened."""
    formatter: logging.Formatter = JsonLines()
    if config.encoding == "console":
        formatter = logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s")
    root = logging.getLogger()
    root.setLevel(LEVELS.get(config.level, logging.ERROR))
    if config.level != "debug":
        for name, level in QUIET.items():
            logging.getLogger(name).setLevel(level)
    handlers = [_handler(path) for path in config.output_paths]
    for handler in handlers:
        handler.setFormatter(formatter)
        root.addHandler(handler)

    def end() -> None:
        for handler in handlers:
            root.removeHandler(handler)
            handler.close()

    return end


def _handler(path: str) -> logging.Handler:
    match path:
        case "stderr":
            return logging.StreamHandler(sys.stderr)
        case "stdout":
            return logging.StreamHandler(sys.stdout)
    return logging.FileHandler(path)
