"""What an event gets when it is let go: an action's attributes, a member's, or none (SPEC sections 6, 9, 10)."""

from __future__ import annotations

from collections.abc import Callable

from otelrum.actions.attributes import custom_attributes, member_attributes
from otelrum.actions.clicks import interaction
from otelrum.actions.counters import Counters, Reason
from otelrum.actions.decide import action_id
from otelrum.actions.inherit import Inheritance
from otelrum.actions.model import Custom, Event
from otelrum.actions.session import Session
from otelrum.actions.window import Window

Added = dict[str, object] | None

Complete = Callable[[Event, dict[str, object]], dict[str, object]]
"""Given an action's span and its attributes, those of its view among them: what it gets in the end."""


class Attribution:
    """Gives attributes to events."""

    def __init__(self, inheritance: Inheritance, complete: Complete, counters: Counters) -> None:
        self._inheritance = inheritance
        self._complete = complete
        self._counters = counters

    def of_member(self, session: Session, event: Event, window: Window) -> Added:
        """What an event gets that is no interaction; None when it is of no action."""
        actions = window.all_of(event)
        if isinstance(event.detail, Custom):
            id = action_id(session.key, event)
            added = custom_attributes(id, event.detail.name, event.detail.context)
            added |= member_attributes(id, [*(action.id for action in actions), id])
            self._counters.decided["custom", Reason.WAITED] += 1
            return self.of_head(session, event, added, window.view_of(event))
        if not actions:
            return None
        if len(actions) == 1:
            return actions[0].member
        return member_attributes(window.main_of(event, actions), [action.id for action in actions])

    def of_head(self, session: Session, event: Event, added: dict[str, object], view_id: str) -> Added:
        """An action's attributes with those of its view."""
        is_custom = isinstance(event.detail, Custom)
        agent = event.detail.user_agent if isinstance(event.detail, Custom) else interaction(event).user_agent
        view = session.view_at(view_id, event.start_ns)
        inherited = self._inheritance.of_view(view, session, agent, is_custom)
        return self._complete(event, inherited | added)
