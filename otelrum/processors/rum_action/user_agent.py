"""Browser and operating system out of a `User-Agent` text (SPEC section 10)."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ua_parser import OS, Resolver, UserAgent

# Real texts stay below 500 characters; what a hostile client adds is neither read nor remembered.
_MAX_TEXT = 1024
# Some thousand browser versions are alive at a time: at most 4 MiB of texts.
_REMEMBERED = 4096


class UserAgents:
    """ua-parser with its tables loaded at the first text: 0.1 s and 20 MiB that not everybody needs."""

    def __init__(self, remembered: int = _REMEMBERED) -> None:
        self._remembered = functools.lru_cache(remembered)(self._read)

    def parse(self, text: str) -> Mapping[str, str]:
        """`user_agent.name`, `user_agent.version`, `os.name`, `os.version`, as far as known.

        The mapping is shared between calls: do not change it.
        """
        return self._remembered(text[:_MAX_TEXT])

    def _read(self, text: str) -> Mapping[str, str]:
        from ua_parser import Domain

        found = _resolver()(text, Domain.USER_AGENT | Domain.OS)
        return {**_facts("user_agent", found.user_agent), **_facts("os", found.os)}


@functools.cache
def _resolver() -> Resolver:
    from ua_parser import BestAvailableResolver, load_lazy_builtins

    browsers, systems, _ = load_lazy_builtins()
    return BestAvailableResolver((browsers, systems, []))  # devices would double time and memory


def _facts(prefix: str, found: UserAgent | OS | None) -> dict[str, str]:
    if found is None:
        return {}
    numbers = (found.major, found.minor, found.patch, found.patch_minor)
    version = ".".join(number for number in numbers if number)
    return {f"{prefix}.name": found.family} | ({f"{prefix}.version": version} if version else {})
