"""What the journal keeps, and for how long (docs/decisions/0003)."""

from __future__ import annotations

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from otelrum.actions.views import Views
from otelrum.processors.rum_action.hints import UserHints
from otelrum.processors.rum_action.journal import COLLECT_EVERY_NS, Journal, JournalRow, RowKind, Step, Tick
from otelrum.processors.rum_action.payload import Kept
from tests.processors.rum_action.rows_in_memory import RowsInMemory

WAIT_NS = 16 * 10**9
KEPT_NS = 12 * WAIT_NS + 300 * 10**9
NOBODY = UserHints()


class Keeping:
    """A journal over rows in memory, driven by hand."""

    def __init__(self) -> None:
        self.rows = RowsInMemory()
        self.journal = Journal(self.rows, WAIT_NS)

    def keep(self, time_ns: int, items: int = 1) -> Kept:
        return asyncio.run(self.journal.keep(JournalRow(time_ns, "traces", NOBODY, b"x"), items))

    def release(self, kept: Kept) -> None:
        self.journal.safe([(kept, 0)])

    def kinds(self) -> list[int]:
        asyncio.run(self.rows.flush())
        return [row.kind for row in self.rows.safe.values()]


def test_a_request_is_kept_for_twelve_waits_and_five_minutes_after_all_of_it_is_safe() -> None:
    """A web vital of an action comes minutes after it, and a restart must know the action's window."""
    keeping = Keeping()
    keeping.release(keeping.keep(0))
    keeping.journal.tick(KEPT_NS)
    assert RowKind.REQUEST in keeping.kinds()
    keeping.journal.tick(KEPT_NS + COLLECT_EVERY_NS)
    assert RowKind.REQUEST not in keeping.kinds()


def test_what_is_not_safe_keeps_itself_and_what_came_so_long_before_it() -> None:
    keeping = Keeping()
    keeping.release(keeping.keep(0))
    held = keeping.keep(KEPT_NS)
    keeping.journal.tick(10 * KEPT_NS)
    assert keeping.kinds().count(RowKind.REQUEST) == 2
    keeping.release(held)
    keeping.journal.tick(11 * KEPT_NS)
    assert keeping.kinds().count(RowKind.REQUEST) == 0


def test_a_request_that_fed_a_view_is_pinned_as_long_as_its_session_lives() -> None:
    keeping = Keeping()
    kept, views = keeping.keep(0), Views()
    kept.fed_views.add(views)
    keeping.release(kept)
    keeping.journal.tick(2 * KEPT_NS)
    assert RowKind.PINNED in keeping.kinds() and RowKind.REQUEST not in keeping.kinds()
    views.is_evicted = True
    keeping.journal.tick(3 * KEPT_NS)
    assert RowKind.PINNED not in keeping.kinds()


def test_a_dropped_request_is_gone_at_once() -> None:
    keeping = Keeping()
    kept = keeping.keep(0)
    keeping.journal.remove(kept)
    assert keeping.kinds() == []
    keeping.journal.tick(2 * KEPT_NS)
    assert keeping.kinds() == []


def test_slices_of_one_release_are_one_step() -> None:
    keeping = Keeping()
    keeping.journal.step(Step("due", 5))
    for _ in range(3):
        keeping.journal.next(6)
    keeping.journal.tick(7)
    asyncio.run(keeping.rows.flush())
    (row,) = keeping.rows.safe.values()
    assert Tick.decoded(row.data).steps == [Step("due", 5), Step("next", 6, 3)]


@given(st.integers(0, 2**62), st.text(), st.text(), st.text(), st.binary())
def test_a_request_is_read_as_it_was_written(
    time_ns: int, pipeline: str, agent: str, address: str, data: bytes
) -> None:
    row = JournalRow(time_ns, pipeline, UserHints(agent, address), data)
    assert JournalRow.decoded(row.encoded()) == row
