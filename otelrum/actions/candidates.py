"""The actions that are not decided: which clicks make one (SPEC sections 5, 8 and 11)."""

from __future__ import annotations

from collections import defaultdict

from otelrum.actions.clicks import clicks_of
from otelrum.actions.endings import Endings
from otelrum.actions.facts import text
from otelrum.actions.frustration import RAGE, SCROLL, SELECTION, chains, is_rage
from otelrum.actions.model import Click, Event
from otelrum.actions.one_click import OneClick
from otelrum.actions.overlaps import may_overlap
from otelrum.actions.rules import Rules
from otelrum.actions.session import Session
from otelrum.actions.settings import MAX_OVERLAPS, Settings


class Candidate:
    """An action that is not decided: its clicks (several are a rage), and those that start none within it.

    A dropped one makes no action: its spans are of class other.
    """

    __slots__ = ("absorbed", "clicks", "is_dropped", "may_select", "start_ns", "view")

    def __init__(self, clicks: list[Click], is_dropped: bool = False) -> None:
        self.view = clicks[0].view
        self.clicks = clicks
        self.is_dropped = is_dropped
        self.absorbed: list[Click] = []
        self.may_select = False
        """A click of its chain made a selection."""
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


class Candidates:
    """What the undecided interactions of one session make at one moment."""

    def __init__(self, session: Session, endings: Endings, rule: OneClick, rules: Rules, settings: Settings) -> None:
        self._session = session
        self._endings = endings
        self._rule = rule
        self._rules = rules
        self._settings = settings

    def of(self, interactions: list[Event]) -> list[Candidate]:
        """Those of these interactions, page by page, oldest first."""
        pages: dict[str, list[Candidate]] = defaultdict(list)
        out: list[Candidate] = []
        for click in clicks_of(interactions, self._rule) if interactions else ():
            if self._rules.is_dropped(click, self._address_of(click.view)):
                out.append(Candidate([click], is_dropped=True))
            else:
                pages[click.view].append(Candidate([click]))
        return out + [one for view, candidates in pages.items() for one in self._of_page(view, candidates)]

    def _of_page(self, view: str, candidates: list[Candidate]) -> list[Candidate]:
        if self._settings.discard_overlaps:
            return self._chained(view, self._discarding(candidates))
        return self._bounded(view, self._chained(view, candidates))

    def _address_of(self, view_id: str) -> str:
        view = self._session.views.get(view_id)
        return text(view.attributes, "view.url") if view else ""

    # ------------------------------------------------------------------ chains
    def _chained(self, view: str, candidates: list[Candidate]) -> list[Candidate]:
        """Join the candidates of one rage. Clicks that are decided already may have selected, and join no more."""
        of_click = {candidate.clicks[0].head: candidate for candidate in candidates}
        decided = [click for action in self._session.actions if action.view == view for click in action.clicks]
        clicks = sorted([c.clicks[0] for c in candidates] + decided, key=lambda c: (c.start_ns, c.head.id))
        out: list[Candidate] = []
        for chain in chains(clicks, self._settings.max_duration_ns):
            may_select = any(self._session.has_made(click.gesture.id, SELECTION) for click in chain)
            open_ones = [click for click in chain if click.head in of_click]
            joined = [open_ones] if self._is_rage(open_ones, may_select) else [[click] for click in open_ones]
            for same in joined:
                candidate = Candidate(same)
                candidate.absorbed = [a for click in same for a in of_click[click.head].absorbed]
                candidate.may_select = may_select
                out.append(candidate)
        return sorted(out, key=lambda candidate: (candidate.start_ns, candidate.clicks[0].head.id))

    def _is_rage(self, chain: list[Click], may_select: bool) -> bool:
        if may_select or not is_rage([click.start_ns for click in chain]):
            return False
        return not any(
            self._session.has_made(click.gesture.id, SCROLL) or self._rules.ignores(click, RAGE) for click in chain
        )

    # ------------------------------------------------------------------ overlaps
    def _discarding(self, candidates: list[Candidate]) -> list[Candidate]:
        """`overlap: discard`: a click while an action is ongoing is an event of that one (section 5)."""
        out: list[Candidate] = []
        for candidate in candidates:
            if out and candidate.start_ns <= self._end_ns(out[-1]):
                out[-1].absorbed += candidate.clicks
            else:
                out.append(candidate)
        return out

    def _bounded(self, view: str, candidates: list[Candidate]) -> list[Candidate]:
        """At most 32 actions of a page overlap; a click beyond is an event of the latest (section 11)."""
        decided = [action.end_ns for action in self._session.actions if action.view == view and action.clicks]
        if len(candidates) + len(decided) <= MAX_OVERLAPS:
            return candidates
        at_most_ns = self._settings.max_duration_ns
        if not may_overlap(decided, [(c.start_ns, c.last_start_ns + at_most_ns) for c in candidates]):
            return candidates
        out: list[Candidate] = []
        ongoing = decided
        for candidate in candidates:
            ongoing = [end_ns for end_ns in ongoing if end_ns >= candidate.start_ns]
            if len(ongoing) >= MAX_OVERLAPS and out:
                out[-1].absorbed += candidate.clicks
            else:
                out.append(candidate)
                ongoing.append(self._end_ns(candidate))
        return out

    def _end_ns(self, candidate: Candidate) -> int:
        return max(end.time_ns for end in self._endings.of(candidate.clicks, candidate.events))
