"""Actions as attributes: the only list of the keys that otelrum adds (SPEC section 6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from otelrum.actions.clicks import Click
from otelrum.actions.model import Action
from otelrum.actions.naming import action_name

ACTION_ID: Final = "action.id"
ACTION_IDS: Final = "action.ids"
ACTION_TYPE: Final = "action.type"
ACTION_NAME: Final = "action.name"
ACTION_NAME_SOURCE: Final = "action.name_source"
ACTION_TARGET_NAME: Final = "action.target.name"
ACTION_TARGET_SELECTOR: Final = "action.target.selector"
ACTION_LOADING_TIME: Final = "action.loading_time"
ACTION_RESOURCE_COUNT: Final = "action.resource.count"
ACTION_ERROR_COUNT: Final = "action.error.count"
ACTION_LONG_TASK_COUNT: Final = "action.long_task.count"
ACTION_FRUSTRATION_TYPE: Final = "action.frustration.type"

CUSTOM: Final = "custom"


class Figures:
    """What was measured of one action."""

    __slots__ = ("errors", "frustrations", "is_active", "long_tasks", "resources")

    def __init__(
        self, is_active: bool, resources: int, errors: int, long_tasks: int, frustrations: Sequence[str]
    ) -> None:
        self.is_active = is_active
        self.resources = resources
        self.errors = errors
        self.long_tasks = long_tasks
        self.frustrations = frustrations


def action_attributes(action: Action, click: Click, figures: Figures, template: str) -> dict[str, object]:
    """The attributes of an automatic action's span."""
    target = click.target
    out: dict[str, object] = {
        ACTION_ID: action.id,
        ACTION_TYPE: click.event_type,
        ACTION_NAME: action_name(template, click.event_type, target.name),
        ACTION_TARGET_NAME: target.name,
        ACTION_TARGET_SELECTOR: target.selector,
        ACTION_NAME_SOURCE: str(target.name_source),
        ACTION_RESOURCE_COUNT: figures.resources,
        ACTION_ERROR_COUNT: figures.errors,
        ACTION_LONG_TASK_COUNT: figures.long_tasks,
    }
    if figures.is_active:
        out[ACTION_LOADING_TIME] = action.end_ns - action.start_ns
    if figures.frustrations:
        out[ACTION_FRUSTRATION_TYPE] = list(figures.frustrations)
    return out


def custom_attributes(id: str, name: str, context: Mapping[str, object]) -> dict[str, object]:
    """The attributes of a custom action's span (SPEC section 9)."""
    return {ACTION_ID: id, ACTION_TYPE: CUSTOM, ACTION_NAME: name, **context}


def member_attributes(main: Action | str, ids: Sequence[str]) -> dict[str, object]:
    """The attributes of a span that is of actions without being their head."""
    id = main if isinstance(main, str) else main.id
    return {ACTION_ID: id, ACTION_IDS: list(ids)} if len(ids) > 1 else {ACTION_ID: id}
