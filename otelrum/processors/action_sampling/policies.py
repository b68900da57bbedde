"""Which actions are kept: decided by what stands on an action's span, and by nothing else.

So the same action is decided alike on every replica, after every restart, and for each of its copies.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import NamedTuple

from otelrum.processors.action_sampling.config import (
    AnyPolicy,
    ErrorPolicy,
    FrustrationPolicy,
    LatencyPolicy,
    NamePolicy,
    ProbabilisticPolicy,
    Share,
)


class ActionFacts(NamedTuple):
    """What the policies ask of an action. `loading_ns` is -1 where it has no loading time."""

    id: str
    session: str
    name: str
    loading_ns: int
    errors: int
    is_frustrated: bool


Policy = Callable[[ActionFacts], bool]


class Policies:
    """An action is kept when one of them says so; without any, all are."""

    def __init__(self, configs: Sequence[AnyPolicy]) -> None:
        self._policies = [(config.name, _policy(config)) for config in configs]

    def keeping(self, action: ActionFacts) -> str | None:
        """The name of the first policy that keeps an action; empty where there are none, None where all let it go."""
        if not self._policies:
            return ""
        return next((name for name, keeps in self._policies if keeps(action)), None)


def is_in_share(share: Share, key: str) -> bool:
    """Whether a session, or what stands for one, is among those that are kept."""
    if share == "keep" or share == "drop":
        return share == "keep"
    digest = blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest) < share / 100 * (1 << 64)


def _policy(config: AnyPolicy) -> Policy:
    match config:
        case FrustrationPolicy():
            return lambda action: action.is_frustrated
        case ErrorPolicy():
            return lambda action: action.errors > 0
        case LatencyPolicy():
            threshold_ns = int(config.threshold.total_seconds() * 1e9)
            return lambda action: action.loading_ns >= threshold_ns
        case NamePolicy():
            pattern = re.compile("|".join(f"(?:{value})" for value in config.values))
            return lambda action: pattern.search(action.name) is not None
        case ProbabilisticPolicy():
            percentage = config.sampling_percentage
            return lambda action: is_in_share(percentage, action.session or action.id)
