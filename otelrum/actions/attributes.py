"""Actions as attributes: the only list of the keys that otelrum adds (SPEC section 6)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final

from otelrum.actions.details import Custom
from otelrum.actions.idle import EndReason
from otelrum.actions.model import Action, Click
from otelrum.actions.naming import NameSource

ACTION_ID: Final = "action.id"
ACTION_IDS: Final = "action.ids"
ACTION_TYPE: Final = "action.type"
ACTION_NAME: Final = "action.name"
ACTION_NAME_SOURCE: Final = "action.name_source"
ACTION_TARGET_NAME: Final = "action.target.name"
ACTION_TARGET_SELECTOR: Final = "action.target.selector"
ACTION_TARGET_WIDTH: Final = "action.target.width"
ACTION_TARGET_HEIGHT: Final = "action.target.height"
ACTION_POSITION_X: Final = "action.position.x"
ACTION_POSITION_Y: Final = "action.position.y"
ACTION_LOADING_TIME: Final = "action.loading_time"
ACTION_END_REASON: Final = "action.end_reason"
ACTION_RESOURCE_COUNT: Final = "action.resource.count"
ACTION_ERROR_COUNT: Final = "action.error.count"
ACTION_LONG_TASK_COUNT: Final = "action.long_task.count"
ACTION_FRUSTRATION_TYPE: Final = "action.frustration.type"

CUSTOM: Final = "custom"

NO_FIGURES: Final[Mapping[str, object]] = {}
"""The figures of an instant custom action: none."""


class Figures:
    """What was measured of one action."""

    __slots__ = ("end_reason", "errors", "frustrations", "long_tasks", "resources")

    def __init__(self, end_reason: EndReason, resources: int, errors: int, long_tasks: int) -> None:
        self.end_reason = end_reason
        self.resources = resources
        self.errors = errors
        self.long_tasks = long_tasks
        self.frustrations: Sequence[str] = ()


def action_attributes(action: Action, click: Click, figures: Figures, name: str) -> dict[str, object]:
    """The attributes of an automatic action's span."""
    target, gesture = click.target, click.gesture
    out: dict[str, object] = {
        ACTION_ID: action.id,
        ACTION_TYPE: click.event_type,
        ACTION_NAME: name,
        ACTION_TARGET_NAME: target.name,
        ACTION_TARGET_SELECTOR: target.selector,
        ACTION_NAME_SOURCE: str(NameSource.RULE if click.name else target.name_source),
    }
    pixels = (
        (ACTION_POSITION_X, gesture.x),
        (ACTION_POSITION_Y, gesture.y),
        (ACTION_TARGET_WIDTH, gesture.width),
        (ACTION_TARGET_HEIGHT, gesture.height),
    )
    out |= {key: math.floor(value + 0.5) for key, value in pixels if value is not None}
    return out | figure_attributes(action, figures)


def figure_attributes(action: Action, figures: Figures) -> dict[str, object]:
    """What was measured, of an automatic or a timed custom action."""
    out: dict[str, object] = {
        ACTION_END_REASON: str(figures.end_reason),
        ACTION_RESOURCE_COUNT: figures.resources,
        ACTION_ERROR_COUNT: figures.errors,
        ACTION_LONG_TASK_COUNT: figures.long_tasks,
    }
    if figures.end_reason is not EndReason.NO_ACTIVITY:
        out[ACTION_LOADING_TIME] = action.end_ns - action.start_ns
    if figures.frustrations:
        out[ACTION_FRUSTRATION_TYPE] = list(figures.frustrations)
    return out


def custom_attributes(id: str, ids: Sequence[str], custom: Custom, figures: Mapping[str, object]) -> dict[str, object]:
    """The attributes of a custom action's span, which keeps its own `action.type` (SPEC section 9).

    `ids` are the actions in whose windows it is, itself among them.
    """
    return {ACTION_NAME: custom.name, **custom.context, **figures, **member_attributes(id, ids)}


def member_attributes(main: str, ids: Sequence[str]) -> dict[str, object]:
    """The attributes of a span that is of these actions without being their head."""
    return {ACTION_ID: main, ACTION_IDS: list(ids)} if len(ids) > 1 else {ACTION_ID: main}
