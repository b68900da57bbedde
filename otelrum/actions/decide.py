"""From the interactions of a page to decided actions: which clicks make one, when it ends, what it counts."""

from __future__ import annotations

import hashlib
import uuid
from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from otelrum.actions.attributes import Figures, action_attributes
from otelrum.actions.clicks import Click, clicks_of, interaction
from otelrum.actions.event_class import EventClass
from otelrum.actions.frustration import CLICK, frustrations, may_rage, rages
from otelrum.actions.idle import Interval, activity_end
from otelrum.actions.model import Action, Event, SessionKey
from otelrum.actions.session import Session, Spans
from otelrum.actions.settings import CLOCK_STEP_NS, MAX_OVERLAPS, DeadClick, Settings
from otelrum.actions.window import Window, errors_in

NAMESPACE: Final = uuid.UUID("d62edfc8-40c0-4064-a3bf-91a6d82e463a")
"""Of every `action.id` (SPEC section 6)."""
_NAMESPACE: Final = NAMESPACE.bytes


class Candidate:
    """An action that is not decided: its clicks (several are a rage), and those that start none within it."""

    __slots__ = ("absorbed", "clicks", "start_ns", "view")

    def __init__(self, view: str, clicks: list[Click], absorbed: list[Click]) -> None:
        self.view = view
        self.clicks = clicks
        self.absorbed = absorbed
        self.start_ns = clicks[0].start_ns

    @property
    def last_start_ns(self) -> int:
        last_ns = self.start_ns
        for click in self.clicks + self.absorbed:
            last_ns = max(last_ns, click.start_ns)
        return last_ns

    @property
    def events(self) -> list[Event]:
        return [event for click in self.clicks + self.absorbed for event in click.events]

    def due_ns(self, wait_ns: int) -> int:
        """`decision_wait` after the first span of its last click came, at most twice that after the first."""
        first_ns = last_ns = self.clicks[0].arrived_ns
        for click in self.clicks + self.absorbed:
            first_ns, last_ns = min(first_ns, click.arrived_ns), max(last_ns, click.arrived_ns)
        return min(last_ns + wait_ns, first_ns + 2 * wait_ns)


class Decider:
    """Candidates and decisions of one session at one moment."""

    def __init__(self, session: Session, spans: Spans, settings: Settings) -> None:
        self._session = session
        self._spans = spans
        self._settings = settings
        self.window = Window(session, spans, settings, _reach(session.undecided, settings))

    # ------------------------------------------------------------------ candidates
    def candidates(self) -> list[Candidate]:
        """What the undecided interactions make, page by page."""
        of_view: dict[str, list[Event]] = defaultdict(list)
        for event in self._session.undecided:
            of_view[self.window.view_of(event)].append(event)
        return [candidate for view, events in of_view.items() for candidate in self._of_page(view, events)]

    def _of_page(self, view: str, events: list[Event]) -> list[Candidate]:
        tasks = [(task.start_ns, task.end_ns) for task in self.window.page(view).tasks] if len(events) > 1 else []
        clicks = clicks_of(events, tasks, self._spans, self._settings)
        if self._settings.discard_overlaps:
            return self._rages(view, self._discarding(view, clicks))
        return self._bounded(view, self._rages(view, [Candidate(view, [click], []) for click in clicks]))

    def _rages(self, view: str, candidates: list[Candidate]) -> list[Candidate]:
        """Join the candidates of one rage."""
        if not may_rage([candidate.start_ns for candidate in candidates]):
            return candidates
        of_click = {candidate.clicks[0].head: candidate for candidate in candidates}
        out = []
        for clicks in rages((c.clicks[0] for c in candidates), self._settings.max_duration_ns):
            absorbed = [a for click in clicks for a in of_click[click.head].absorbed]
            out.append(Candidate(view, clicks, absorbed))
        return out

    def _discarding(self, view: str, clicks: list[Click]) -> list[Candidate]:
        """`overlap: discard`: a click while an action is ongoing is an event of that one (section 5)."""
        out: list[Candidate] = []
        for click in clicks:
            latest = out[-1] if out else None
            if latest is not None and click.start_ns <= self._end_of(latest)[0]:
                latest.absorbed.append(click)
            else:
                out.append(Candidate(view, [click], []))
        return out

    def _bounded(self, view: str, candidates: list[Candidate]) -> list[Candidate]:
        """At most 32 actions of a page overlap; a click beyond is an event of the latest (section 11)."""
        decided = [action.end_ns for action in self._session.actions if action.view == view]
        if len(candidates) + len(decided) <= MAX_OVERLAPS:
            return candidates
        at_most_ns = self._settings.max_duration_ns
        if not _may_overlap(decided, [(c.start_ns, c.last_start_ns + at_most_ns) for c in candidates]):
            return candidates
        out: list[Candidate] = []
        ongoing = decided
        for candidate in candidates:
            ongoing = [end_ns for end_ns in ongoing if end_ns >= candidate.start_ns]
            if len(ongoing) >= MAX_OVERLAPS and out:
                out[-1].absorbed += candidate.clicks
            else:
                out.append(candidate)
                ongoing.append(self._end_of(candidate)[0])
        return out

    # ------------------------------------------------------------------ decisions
    def decide(self, candidate: Candidate) -> tuple[Action, dict[str, object]]:
        """The action and the attributes of its head (its view's not among them)."""
        head = candidate.clicks[0].head
        end_ns, is_active = self._end_of(candidate)
        action = Action(action_id(self._session.key, head), head, candidate.view, candidate.start_ns, end_ns)
        view_end_ns = self._view_end(candidate.view, head)
        action.errors_until_ns = end_ns + self._settings.idle_ns
        if view_end_ns is not None:
            action.errors_until_ns = min(action.errors_until_ns, max(view_end_ns, end_ns))
        action.spans = candidate.events
        for event in action.spans:
            event.action = action
        figures = self._figures(candidate, action, is_active)
        return action, action_attributes(action, candidate.clicks[0], figures, self._settings.name_template)

    def _end_of(self, candidate: Candidate) -> tuple[int, bool]:
        """When it ends, and whether any of its clicks had activity (sections 5 and 8)."""
        activity, mine = self.window.activity(candidate.view, candidate.events)
        long_tasks = self.window.page(candidate.view).busy_tasks
        idle_ns, max_duration_ns = self._settings.idle_ns, self._settings.max_duration_ns
        ends_ns, is_active = [candidate.start_ns], False
        for click in candidate.clicks:
            first_ns = click.start_ns - CLOCK_STEP_NS
            seen: Iterable[Interval] = activity.stretches(first_ns, click.start_ns + max_duration_ns)
            early = [(e.start_ns, e.end_ns) for e in mine if e.is_request and e.start_ns < first_ns and e.keeps_busy]
            if early:
                seen = sorted([*early, *seen])
            view_end_ns = self._view_end(candidate.view, click.head)
            end_ns = activity_end(click.start_ns, seen, long_tasks, idle_ns, max_duration_ns, view_end_ns)
            ends_ns.append(click.start_ns if end_ns is None else end_ns)
            is_active |= end_ns is not None
        return max(ends_ns), is_active

    def _view_end(self, view_id: str, head: Event) -> int | None:
        """The start of the next view, or the first change of route in this one (sections 5 and 12)."""
        views, t0_ns = self._session.views, head.start_ns
        view = views.get(view_id)
        tab = head.tab or (view.tab if view else "")
        ends_ns = [views.end_after(t0_ns, view_id, tab, lambda: self.window.whole_page(view_id).latest_life_ns)]
        if view is not None:
            ends_ns += [n for n in view.navigations_ns if n >= t0_ns - CLOCK_STEP_NS]
        known = [end_ns for end_ns in ends_ns if end_ns is not None]
        return min(known) if known else None

    def _figures(self, candidate: Candidate, action: Action, is_active: bool) -> Figures:
        resources = errors = 0
        action.members = self.window.members(action)
        for event in action.members:
            errors += errors_in(action, event)
            if event.kind == EventClass.RESOURCE and event.end_ns <= action.end_ns and _started_in(action, event):
                resources += 1
        for event in action.spans:
            errors += errors_in(action, event)
        long_tasks = self.window.count_long_tasks(action)
        is_dead = not is_active and self._may_be_dead(candidate)
        signs = frustrations(len(candidate.clicks) > 1, is_dead, errors)
        return Figures(is_active, resources, errors, long_tasks, signs)

    def _may_be_dead(self, candidate: Candidate) -> bool:
        """Whether a click without activity is dead, and that can be known (section 8)."""
        click = candidate.clicks[0]
        setting = self._settings.dead_click
        if setting is DeadClick.NEVER or click.event_type != CLICK or click.target.may_do_nothing:
            return False
        if setting is DeadClick.ALWAYS or self.window.whole_page(candidate.view).has_mutation:
            return True
        if any(interaction(event).sees_mutations for event in candidate.events):
            return True
        view = self._session.views.get(candidate.view)
        return self._session.views.mutated if view is None else view.mutated


def _may_overlap(ongoing_ns: list[int], times: list[Interval]) -> bool:
    """Whether too many may be ongoing when one of these starts; the first are the ends of earlier ones."""
    for start_ns, end_ns in times:
        ongoing_ns = [other_ns for other_ns in ongoing_ns if other_ns >= start_ns]
        if len(ongoing_ns) >= MAX_OVERLAPS:
            return True
        ongoing_ns.append(end_ns)
    return False


def _reach(clicks: list[Event], settings: Settings) -> Interval | None:
    """Where actions of these may lie."""
    if not clicks:
        return None
    first_ns = last_ns = clicks[0].start_ns
    for click in clicks:
        first_ns, last_ns = min(first_ns, click.start_ns), max(last_ns, click.start_ns)
    return first_ns - CLOCK_STEP_NS, last_ns + settings.max_extent_ns


def _started_in(action: Action, event: Event) -> bool:
    return action.start_ns - CLOCK_STEP_NS <= event.start_ns <= action.end_ns


def action_id(key: SessionKey, head: Event) -> str:
    """UUIDv5 of the span's ids, or of what tells a record apart (SPEC section 6)."""
    if head.is_record:
        selector = interaction(head).target.selector
        name = f"{key.service}\n{key.session}\n{head.view}\n{head.start_ns}\n{selector}"
    else:
        name = head.id.hex()
    digest = hashlib.sha1(_NAMESPACE + name.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()
    variant = "89ab"[int(digest[16], 16) & 3]  # RFC 9562 section 4.1
    return f"{digest[:8]}-{digest[8:12]}-5{digest[13:16]}-{variant}{digest[17:20]}-{digest[20:32]}"
