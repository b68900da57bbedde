"""The account of the torture sees what is wrong."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.torture.backend import Backend
from tests.torture.run import Account, faults
from tests.torture.undisturbed import undisturbed
from tests.torture.users import User


@pytest.fixture
def well() -> Iterator[tuple[Account, Backend]]:
    """An action of which all has come, as in a run without trouble."""
    account, backend = Account(), Backend()
    account.requests, expected = User(1, seed=1).act(0.0)
    account.expected.append(expected)
    account.acknowledged.update(span for request in account.requests for span in request.spans)
    for span, attributes in undisturbed(account.requests).items():
        backend.got[span].append(attributes)
    yield account, backend
    backend.stop()


def test_nothing_is_wrong_with_an_undisturbed_run(well: tuple[Account, Backend]) -> None:
    assert not sum(faults(*well).values())


def test_a_span_that_did_not_come_is_missing(well: tuple[Account, Backend]) -> None:
    account, backend = well
    del backend.got[account.expected[0].members[0]]
    assert +faults(account, backend) == {"missing": 1}


def test_a_copy_with_other_attributes_differs(well: tuple[Account, Backend]) -> None:
    account, backend = well
    copies = backend.got[account.expected[0].head]
    copies.append(copies[0] | {"action.loading_time": 1})
    assert +faults(account, backend) == {"copies that differ": 1}


@pytest.mark.parametrize("changed", [{"action.name": "another"}, {"action.id": "another"}, {"more": 1}])
def test_any_attribute_that_is_not_as_in_an_undisturbed_run_is_reported(
    well: tuple[Account, Backend], changed: dict[str, object]
) -> None:
    account, backend = well
    member = account.expected[0].members[0]
    backend.got[member][0] |= changed
    assert faults(account, backend)["spans that differ from an undisturbed run"] == 1


def test_who_waited_for_too_long_was_promised_no_figures_but_his_spans(well: tuple[Account, Backend]) -> None:
    account, backend = well
    head, *members = account.expected[0].spans
    backend.got[head][0] |= {"action.loading_time": 1}
    account.waited_s[members[0]] = 0.9
    assert faults(account, backend)["figures that differ"] == 1
    account.waited_s[members[0]] = 1.1
    assert not sum(faults(account, backend).values())
    del backend.got[members[0]]
    assert faults(account, backend)["missing"] == 1


def test_what_was_ended_by_a_stop_is_decided_early_by_contract(well: tuple[Account, Backend]) -> None:
    account, backend = well
    account.stopped_s.append((1.0, 1.1))
    backend.got[account.expected[0].head][0] |= {"action.loading_time": 1}
    assert not sum(faults(account, backend).values())
