"""What a user can set on `action_sampling` (SPEC section 15)."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from otelrum.collector.sections import SESSION_ATTRIBUTES, Duration, Section

Percentage = Annotated[float, Field(ge=0, le=100)]
Share = Literal["keep", "drop"] | Percentage


def _checked_pattern(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"{pattern!r} is no regular expression: {error}") from error
    return pattern


class PolicyConfig(Section):
    """What every policy has; the name is for metrics."""

    name: str = Field(min_length=1)


class FrustrationPolicy(PolicyConfig):
    """Actions with a frustration, of any type."""

    type: Literal["frustration"]


class ErrorPolicy(PolicyConfig):
    """Actions with an error."""

    type: Literal["error"]


class LatencyPolicy(PolicyConfig):
    """Actions whose loading time is `threshold` or longer."""

    type: Literal["latency"]
    threshold: Duration


class NamePolicy(PolicyConfig):
    """Actions in whose name one of these regular expressions is found."""

    type: Literal["name"]
    values: list[Annotated[str, AfterValidator(_checked_pattern)]] = Field(min_length=1)


class ProbabilisticPolicy(PolicyConfig):
    """Actions of so many sessions in a hundred; of an action without a session its id counts."""

    type: Literal["probabilistic"]
    sampling_percentage: Percentage


AnyPolicy = Annotated[
    FrustrationPolicy | ErrorPolicy | LatencyPolicy | NamePolicy | ProbabilisticPolicy, Field(discriminator="type")
]


class UnattachedConfig(Section):
    """Spans and records of no action, by their class (SPEC section 2)."""

    resource: Share = "keep"
    mutation: Share = "keep"
    user_activity: Share = "keep"
    long_task: Share = "keep"
    error: Share = "keep"
    other: Share = "keep"

    @property
    def keeps_all(self) -> bool:
        return all(share == "keep" for share in self.model_dump().values())


class ActionSamplingConfig(Section):
    """What is not given is kept."""

    actions: list[AnyPolicy] = []
    unattached: UnattachedConfig = UnattachedConfig()
    helpers: Literal["keep", "drop"] = "keep"
    session_attributes: list[str] = list(SESSION_ATTRIBUTES)
    interaction_scopes: list[str] = ["@opentelemetry/instrumentation-user-interaction"]
    storage: str | None = None

    @property
    def needs_storage(self) -> bool:
        """Whether a decision must outlive the process where what was decided does."""
        return bool(self.actions)
