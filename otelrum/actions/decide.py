"""Decides actions: when one ends, what is of it, and what its span says (SPEC sections 5 to 9)."""

from __future__ import annotations

import hashlib
import uuid
from typing import Final

from otelrum.actions.attributes import (
    NO_FIGURES,
    Figures,
    action_attributes,
    custom_attributes,
    figure_attributes,
    member_attributes,
)
from otelrum.actions.candidates import Candidate, Candidates
from otelrum.actions.clock_step import opens_ns
from otelrum.actions.details import Custom, Interaction
from otelrum.actions.endings import Endings, is_active, latest
from otelrum.actions.event_class import EventClass
from otelrum.actions.frustration import CLICK, DEAD, ERROR, INPUT, SCROLL, frustrations
from otelrum.actions.idle import End, EndReason, Interval
from otelrum.actions.lineage import Spans
from otelrum.actions.model import Action, Click, Event, SessionKey, interaction
from otelrum.actions.one_click import OneClick
from otelrum.actions.page import Pages
from otelrum.actions.rules import Rules
from otelrum.actions.session import Session
from otelrum.actions.settings import ERROR_DELAY_NS, DeadClick, Settings
from otelrum.actions.window import NOWHERE, Windows, errors_in, starts_in

NAMESPACE: Final = uuid.UUID("d62edfc8-40c0-4064-a3bf-91a6d82e463a")
"""The namespace of every `action.id` (SPEC section 6)."""
_NAMESPACE: Final = NAMESPACE.bytes


class Decider:
    """Candidates and decisions of one session at one moment."""

    def __init__(self, session: Session, spans: Spans, settings: Settings, rules: Rules, starts: list[Event]) -> None:
        """`starts` are the interactions and custom actions that it is about; none for any."""
        self._session = session
        self._settings = settings
        self._rules = rules
        self.pages = Pages(session, spans, settings, _extent(starts, settings))
        self.windows = Windows(session, spans, settings, self.pages)
        self.rule = OneClick(spans, settings, self.pages.view_of, self.pages.long_tasks)
        self._endings = Endings(session, self.pages, settings)

    def candidates(self, interactions: list[Event]) -> list[Candidate]:
        """The actions that these undecided interactions make."""
        return Candidates(self._session, self._endings, self.rule, self._rules, self._settings).of(interactions)

    # ------------------------------------------------------------------ clicks
    def decide(self, candidate: Candidate) -> tuple[Action, dict[str, object]]:
        """The action and the attributes of its head (its view's not among them)."""
        click = candidate.clicks[0]
        ends = self._endings.of(candidate.clicks, candidate.events)
        end = latest(ends)
        action = Action(action_id(self._session.key, click.head), click.head, click.view, click.start_ns, end.time_ns)
        action.errors_until_ns = end.time_ns + ERROR_DELAY_NS
        left = self._endings.left(click)
        if left is not None:
            action.errors_until_ns = min(action.errors_until_ns, max(left.time_ns, end.time_ns))
        action.member = member_attributes(action.id, [action.id])
        action.clicks = candidate.clicks + candidate.absorbed
        for event in candidate.events:
            event.action = action
        figures = self._figures(action, candidate.events, end)
        is_dead = self._is_dead(candidate, ends)
        has_error = figures.errors > 0 and not self._rules.ignores(click, ERROR)
        figures.frustrations = frustrations(len(candidate.clicks) > 1, is_dead, has_error)
        action.members.update(self._session.made_by([one.gesture.id for one in action.clicks]))
        return action, action_attributes(action, click, figures, self._rules.name(click))

    def _figures(self, action: Action, own: list[Event], end: End) -> Figures:
        """What is counted of an action; `own` are the spans that make it."""
        resources = errors = 0
        action.members = self.windows.members(action)
        for event in action.members:
            errors += errors_in(action, event)
            if event.kind == EventClass.RESOURCE and event.is_counted and event.end_ns <= action.end_ns:
                resources += starts_in(action, event)
        for event in own:
            errors += errors_in(action, event)
        if self._session.views.reports_frames:
            long_tasks = self.windows.count_frames(action, self._endings.stop_ns(end, action.view))
        else:
            long_tasks = self.windows.count_long_tasks(action)
        return Figures(end.reason, resources, errors, long_tasks)

    # ------------------------------------------------------------------ dead clicks
    def _is_dead(self, candidate: Candidate, ends: list[End]) -> bool:
        """Whether one of its clicks is dead, and that can be known (section 8)."""
        if candidate.may_select or not any(map(self._is_dead_click, candidate.clicks, ends)):
            return False
        setting = self._settings.dead_click
        return setting is DeadClick.ALWAYS or (setting is DeadClick.AUTO and self._sees_mutations(candidate))

    def _is_dead_click(self, click: Click, end: End) -> bool:
        target = click.target
        if is_active(end) or click.event_type != CLICK or target.may_do_nothing:
            return False
        if target.is_choice and not click.gesture.id:  # nobody would report that it changed something
            return False
        if any(self._session.has_made(click.gesture.id, type) for type in (INPUT, SCROLL)):
            return False
        return not self._rules.ignores(click, DEAD)

    def _sees_mutations(self, candidate: Candidate) -> bool:
        if self.pages.whole_page(candidate.view).has_mutation:
            return True
        if any(interaction(event).sees_mutations for event in candidate.events):
            return True
        view = self._session.views.get(candidate.view)
        return self._session.views.mutated if view is None else view.mutated

    # ------------------------------------------------------------------ what is of actions
    def of_member(self, event: Event) -> dict[str, object] | None:
        """What an event gets that makes no action; None when it is of none (SPEC section 6)."""
        actions = self.windows.all_of(event)
        if not actions:
            return None
        if len(actions) == 1:
            return actions[0].member
        return member_attributes(self.windows.main_of(event, actions).id, [action.id for action in actions])

    # ------------------------------------------------------------------ custom actions
    def decide_custom(self, event: Event) -> Action:
        """The action of a timed custom action: its window is its span's (section 9)."""
        id, view = action_id(self._session.key, event), self.pages.view_of(event)
        action = Action(id, event, view, event.start_ns, event.end_ns)
        action.errors_until_ns = event.end_ns
        action.member = member_attributes(id, [id])
        event.action = action
        if not self.windows.have_room(action):
            action.view = NOWHERE
        figures = self._figures(action, [event], End(event.end_ns, EndReason.EXPLICIT))
        figures.frustrations = frustrations(False, False, figures.errors > 0)
        action.figures = figure_attributes(action, figures)
        return action

    def decide_instant(self, event: Event) -> Action:
        """The action of an instant custom action: a moment, of which nothing else is (section 9)."""
        return Action(
            action_id(self._session.key, event), event, self.pages.view_of(event), event.start_ns, event.start_ns
        )

    def custom_attributes(self, event: Event) -> dict[str, object]:
        """The attributes of a custom action's span (its view's not among them)."""
        assert isinstance(event.detail, Custom)
        action = event.action
        id = action_id(self._session.key, event) if action is None else action.id
        of = [(other.start_ns, other.head.id, other.id) for other in self.windows.all_of(event)]
        ids = [found for _, _, found in sorted([*of, (event.start_ns, event.id, id)])]
        return custom_attributes(id, ids, event.detail, NO_FIGURES if action is None else action.figures)


def _extent(starts: list[Event], settings: Settings) -> Interval | None:
    """Where the actions of these may lie, with what happened before their clicks."""
    if not starts:
        return None
    first_ns = last_ns = starts[0].start_ns
    for event in starts:
        first_ns, last_ns = min(first_ns, _earliest_ns(event)), max(last_ns, event.end_ns)
    return opens_ns(first_ns), last_ns + settings.max_extent_ns


def _earliest_ns(event: Event) -> int:
    press_ns = event.detail.gesture.press_ns if isinstance(event.detail, Interaction) else None
    return event.start_ns - (press_ns or 0)


def action_id(key: SessionKey, head: Event) -> str:
    """UUIDv5 of the span's ids, or of what distinguishes a record (SPEC section 6).

    Made by hand, as `uuid.uuid5` makes it, in a third of its time.
    """
    if head.is_record:
        assert isinstance(head.detail, Interaction | Custom)
        selector = head.detail.target.selector if isinstance(head.detail, Interaction) else ""
        name = f"{head.detail.service}\n{key.session}\n{head.view}\n{head.start_ns}\n{selector}"
    else:
        name = head.id.hex()
    digest = hashlib.sha1(_NAMESPACE + name.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()
    variant = "89ab"[int(digest[16], 16) & 3]  # RFC 9562 section 4.1
    return f"{digest[:8]}-{digest[8:12]}-5{digest[13:16]}-{variant}{digest[17:20]}-{digest[20:32]}"
