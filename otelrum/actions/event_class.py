"""The classes of spans and log records: the words in which all rules speak (SPEC sections 2 and 12)."""

from __future__ import annotations

from typing import Final


class EventClass:
    """What a span or record is (SPEC sections 2 and 12): numbers, because every rule asks for it."""

    INTERACTION: Final = 1
    CUSTOM: Final = 2
    RESOURCE: Final = 3
    LONG_TASK: Final = 4
    MUTATION: Final = 5
    ERROR: Final = 6
    DESCENDANT: Final = 7
    """Some other span that has a parent: it may descend from an action."""
    DOCUMENT: Final = 8
    """`documentLoad`."""
    NAVIGATION: Final = 9
    """A change of route in the same document."""
    NAVIGATION_TIMING: Final = 10
    OTHER: Final = 11
    FRAME: Final = 12
    """A long animation frame."""
    USER_ACTIVITY: Final = 13
    """An input, a scroll or a selection that a gesture made."""
    PAGE_EXIT: Final = 14
    """The document goes or is hidden."""
    REPEAT: Final = 15
    """A request that its parent reports, too: a member, and nothing else."""
    INP: Final = 16
    """A web vital: how long an interaction took until the next paint, reported when the page is hidden."""
    WEB_VITAL: Final = 17
    """Any other."""


PASSING: Final = frozenset({
    EventClass.DOCUMENT, EventClass.NAVIGATION, EventClass.NAVIGATION_TIMING, EventClass.OTHER, EventClass.WEB_VITAL,
})  # fmt: skip
"""Classes that go on at once; the rest is held (SPEC section 11)."""

STARTS: Final = frozenset({EventClass.INTERACTION, EventClass.CUSTOM})
"""What makes an action."""

FEED_NO_VIEW: Final = STARTS | {EventClass.USER_ACTIVITY}
"""Their attributes are of what the user did, not of the view (SPEC section 10): `user.*` is inherited."""

REPORTED_LATE: Final = frozenset({EventClass.LONG_TASK, EventClass.FRAME})
"""Reported after their end with the view id of then: they open no view (SPEC section 3)."""
