"""Compiles the hot path with mypyc (docs/decisions/0005); everything else about packaging is in pyproject.toml.

OTELRUM_COMPILE=0 leaves the source to be interpreted. OTELRUM_COMPILE=separate makes a C file of each module: a change
of one is compiled in seconds. Otherwise all modules are one unit, which is smaller and faster. Where compiling fails,
the build fails: a slow collector must not be a surprise.
"""

from __future__ import annotations

import os
import sys
from hashlib import sha256
from pathlib import Path

from setuptools import setup
from setuptools.command.build_ext import build_ext

PACKAGE = Path("otelrum")
ROOMS = (
    "actions",
    "connectors/rum_actions",
    "otlp",
    "processors/action_sampling",
    "processors/rum_action",
    "receivers/otlp",
)
NOT_COMPILED = {"__init__.py", "config.py"}  # pydantic reads the classes of a config.py as they are
HOT = [
    *(path for room in ROOMS for path in sorted((PACKAGE / room).glob("*.py")) if path.name not in NOT_COMPILED),
    PACKAGE / "collector/observed.py",
]
MODE = os.environ.get("OTELRUM_COMPILE", "1")
WITHOUT_LIBRARIES = (
    "--ignore-missing-imports",
    "--allow-subclassing-any",
    "--allow-untyped-decorators",
    "--no-warn-return-any",
    "--no-warn-unused-ignores",
)
"""Where pip builds, no library is installed: what comes of them is any object. `make check` knows their types."""
BUILDS = {"build_ext", "bdist_wheel", "editable_wheel"}
"""The arguments of setuptools when something is built, and not only asked about."""


class build_checkout(build_ext):
    """Notes beside modules that are compiled into a checkout which source they were made of."""

    def copy_extensions_to_source(self) -> None:
        super().copy_extensions_to_source()
        made = {Path(self.get_ext_fullpath(extension.name)) for extension in self.extensions}
        for old in {path.resolve() for path in PACKAGE.rglob("*.so")} - {path.resolve() for path in made}:
            old.unlink()
        record = [f"{sha256(path.read_bytes()).hexdigest()}  {path.relative_to(PACKAGE)}\n" for path in HOT]
        (PACKAGE / "compiled.sha256").write_text("".join(record))


def extensions() -> list[object]:
    """The modules to compile; none where nothing is built."""
    if MODE == "0" or BUILDS.isdisjoint(sys.argv):
        return []
    from mypyc.build import mypycify

    sources = [*WITHOUT_LIBRARIES, *(str(path) for path in HOT)]
    if MODE == "separate":
        return mypycify(sources, opt_level="1", debug_level="0", separate=True)
    return mypycify(sources, opt_level="1", debug_level="0", group_name="otelrum.hot")


setup(ext_modules=extensions(), cmdclass={"build_ext": build_checkout})
