"""Why is an action as it is? Sentences and a time line, made of what was decided (SPEC sections 5 and 8)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from otelrum.actions.attributes import ACTION_END_REASON, ACTION_ERROR_COUNT, ACTION_FRUSTRATION_TYPE
from otelrum.actions.details import UserActivity
from otelrum.actions.frustration import CLICK
from otelrum.actions.idle import EndReason
from otelrum.actions.labels import label, ms, short
from otelrum.actions.model import Action, Event
from otelrum.actions.page import Page
from otelrum.actions.settings import SECOND, DeadClick, Settings
from otelrum.actions.timeline import Line, Quiet, Timeline
from otelrum.actions.window import is_error_of

MAX_LINES: Final = 200
"""More than anybody reads; a page of 50,000 events must not make a text of megabytes."""


class Explanation(NamedTuple):
    """All that is said of an action beyond its attributes."""

    lines: Sequence[Line]
    more_lines: int
    """How many there are beyond MAX_LINES."""
    quiet: Sequence[Quiet]
    why_ended: str
    near_miss: str
    """The longest pause that did not end it; empty where there was none."""
    frustration: Sequence[str]
    events: Sequence[Event]
    """What the lines are made of."""


def explain(action: Action, added: Mapping[str, object], page: Page, settings: Settings) -> Explanation:
    """`added` are the attributes of the action's span, `page` is its own, as it was known at the decision."""
    reason = str(added.get(ACTION_END_REASON, ""))
    timeline = Timeline(action, reason, page, settings)
    lines, quiet = timeline.lines(), timeline.quiet()
    return Explanation(
        lines[:MAX_LINES],
        max(0, len(lines) - MAX_LINES),
        quiet[-MAX_LINES:],
        _why_ended(action, reason, timeline, settings),
        _near_miss(action, timeline, quiet, settings),
        _frustration(action, reason, added, settings),
        timeline.events,
    )


# ---------------------------------------------------------------------- the end
def _why_ended(action: Action, reason: str, timeline: Timeline, settings: Settings) -> str:
    idle, at = ms(settings.idle_ns), ms(action.end_ns - action.start_ns)
    match reason:
        case EndReason.NO_ACTIVITY:
            return f"No activity: nothing happened within {idle} of the click{_and_then(action, timeline, settings)}."
        case EndReason.IDLE:
            if not timeline.last:
                return f"What the press set off was over at the click, and nothing more came within {idle}."
            then = _and_then(action, timeline, settings)
            return f"Ended after {at}: {label(timeline.last[-1].event)} was last, then nothing for {idle}{then}."
        case EndReason.MAX_DURATION:
            which = "".join(f"; {label(one.event)} was still running" for one in timeline.running()[:1])
            return f"Cut after {at}: the page was not quiet for {idle} by then{which}."
        case EndReason.VIEW:
            return f"Ended after {at}: another view began."
        case EndReason.PAGE_EXIT:
            return f"Ended after {at}: the page was left."
        case EndReason.EXPLICIT:
            return f"Lasted {at}, as the page said."
    return "A moment: the page said that it happened, not how long it took."


def _and_then(action: Action, timeline: Timeline, settings: Settings) -> str:
    """What made the wait longer, and what came when it was over."""
    wait_ns, following = timeline.wait_end_ns(), timeline.following()
    blocked_ns = wait_ns - action.end_ns - settings.idle_ns
    text = f" (and {ms(blocked_ns)} more, because the browser was blocked)" if blocked_ns > 0 else ""
    if following is None:
        return text
    return f"{text}; the next was {label(following.event)}, {ms(following.start_ns - wait_ns)} too late"


def _near_miss(action: Action, timeline: Timeline, quiet: list[Quiet], settings: Settings) -> str:
    pauses = [gap for gap in quiet if not gap.is_end and gap.end_ns - gap.start_ns <= settings.idle_ns]
    if not pauses:
        return ""
    gap = max(pauses, key=lambda one: one.end_ns - one.start_ns)
    length_ns = gap.end_ns - gap.start_ns
    until = next((label(one.event) for one in timeline.activity if one.start_ns == gap.end_ns), "something")
    at, missing = ms(gap.start_ns - action.start_ns), ms(settings.idle_ns - length_ns)
    return f"Its longest pause was {ms(length_ns)}, from {at} until {until}: {missing} more would have ended it."


# ---------------------------------------------------------------------- frustration
def _frustration(action: Action, reason: str, added: Mapping[str, object], settings: Settings) -> list[str]:
    types = added.get(ACTION_FRUSTRATION_TYPE, ())
    assert isinstance(types, list | tuple)
    out = [_why_rage(action)] if "rage_click" in types else []
    if "dead_click" in types:
        out.append("Dead: nothing happened, and a click on this target should do something.")
    elif reason == EndReason.NO_ACTIVITY:
        out.append(f"Not dead: {_why_not_dead(action, settings)}.")
    if added.get(ACTION_ERROR_COUNT):
        out.append(f"Errors: {added[ACTION_ERROR_COUNT]}. {_faults(action)}.")
    return out


def _why_rage(action: Action) -> str:
    starts = ", ".join(ms(click.start_ns - action.start_ns) for click in action.clicks)
    return f"Rage: {len(action.clicks)} clicks on the same target, three of them within {ms(SECOND)}: at {starts}."


def _why_not_dead(action: Action, settings: Settings) -> str:
    click = action.clicks[0]
    made = {event.detail.type for event in action.members if isinstance(event.detail, UserActivity)}
    if click.event_type != CLICK:
        return f"only clicks can be, and this is a {short(click.event_type)}"
    if click.target.may_do_nothing or (click.target.is_choice and not click.gesture.id):
        return "a click on such a target may rightly do nothing"
    if made:
        return f"the user did something with it ({short(', '.join(sorted(made)))})"
    if settings.dead_click is DeadClick.NEVER:
        return "the setting dead_click is never"
    if click.target.ignores or settings.ignore_frustration:
        return "the page or the configuration wants no such sign here"
    return "it cannot be known, because the page has not reported any change of itself"


def _faults(action: Action) -> str:
    """The first errors of an action."""
    events = {event for click in action.clicks for event in click.events} | action.members | {action.head}
    faults = sorted(fault for event in events for fault in event.faults if is_error_of(action, fault))
    return "; ".join(f"{short(one.message) or 'one'} at {ms(one.time_ns - action.start_ns)}" for one in faults[:3])
