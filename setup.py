"""Compiles the hot path with mypyc (docs/decisions/0005); without a C compiler the same source is interpreted.

Everything else that packaging needs to know is in pyproject.toml.
"""

from __future__ import annotations

import os
import sys
from glob import glob

from setuptools import setup

HOT = [
    *sorted(glob("otelrum/actions/*.py")),
    *(
        f"otelrum/otlp/{name}.py"
        for name in (
            "groups",
            "edit",
            "fields",
            "json_fields",
            "batch",
            "requests",
            "spans",
            "values",
        )
    ),
    *(
        f"otelrum/processors/rum_action/{name}.py"
        for name in (
            "bridge",
            "enrich",
            "payload",
            "processor",
            "release",
            "resources",
            "sender",
            "reading",
        )
    ),
    *(
        f"otelrum/receivers/otlp/{name}.py"
        for name in ("cors", "http", "http_connection", "intake", "limits", "success")
    ),
    "otelrum/collector/observed.py",
]


BUILDS = {"build_ext", "bdist_wheel", "editable_wheel"}
"""What setuptools is told when something is built, and not only asked about."""


def compiled() -> list[object]:
    """The extensions, each of which may fail to build."""
    if BUILDS.isdisjoint(sys.argv) or os.environ.get("OTELRUM_COMPILE") == "0":
        return []
    try:
        from mypyc.build import mypycify

        extensions = mypycify(HOT, group_name="otelrum.hot", opt_level="3", debug_level="0")
    except (ImportError, SystemExit):  # no mypy, or none of the packages whose types it must know
        return []
    for extension in extensions:
        extension.optional = True
    return extensions


setup(ext_modules=compiled())
