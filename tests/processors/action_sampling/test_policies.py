"""Which actions each policy keeps."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otelrum.processors.action_sampling.config import ActionSamplingConfig
from otelrum.processors.action_sampling.policies import ActionFacts, Policies, is_in_share

PLAIN = ActionFacts("id", "s", "Click on x", -1, 0, False)


def keeping(action: ActionFacts, *policies: dict[str, Any]) -> str | None:
    named = [{"name": f"p{n}", **policy} for n, policy in enumerate(policies)]
    return Policies(ActionSamplingConfig.model_validate({"actions": named}).actions).keeping(action)


@pytest.mark.parametrize(
    ("policy", "kept", "dropped"),
    [
        ({"type": "frustration"}, {"is_frustrated": True}, {}),
        ({"type": "error"}, {"errors": 1}, {"errors": 0}),
        ({"type": "latency", "threshold": "2s"}, {"loading_ns": 2 * 10**9}, {"loading_ns": 2 * 10**9 - 1}),
        ({"type": "latency", "threshold": "0s"}, {"loading_ns": 0}, {"loading_ns": -1}),
        ({"type": "name", "values": ["^a", "Pay$"]}, {"name": "Click on Pay"}, {"name": "Click on Pay now"}),
        ({"type": "probabilistic", "sampling_percentage": 100}, {}, None),
        ({"type": "probabilistic", "sampling_percentage": 0}, None, {}),
    ],
)
def test_a_policy_keeps_what_it_says(
    policy: dict[str, Any], kept: dict[str, Any] | None, dropped: dict[str, Any] | None
) -> None:
    assert kept is None or keeping(PLAIN._replace(**kept), policy) == "p0"
    assert dropped is None or keeping(PLAIN._replace(**dropped), policy) is None


def test_one_policy_is_enough_and_the_first_is_named() -> None:
    policies = {"type": "error"}, {"type": "frustration"}, {"type": "latency", "threshold": "0s"}
    assert keeping(PLAIN._replace(is_frustrated=True, loading_ns=5), *policies) == "p1"


def test_without_policies_all_are_kept() -> None:
    assert keeping(PLAIN) is not None


@given(st.text(), st.floats(0, 100), st.floats(0, 100))
def test_who_is_among_few_is_among_more_too(session: str, one: float, other: float) -> None:
    few, more = sorted((one, other))
    assert is_in_share(few, session) <= is_in_share(more, session)


@pytest.mark.parametrize("percentage", [1.0, 10.0, 50.0])
def test_a_percentage_is_one_of_sessions(percentage: float) -> None:
    kept = sum(is_in_share(percentage, f"session {n}") for n in range(20_000))
    assert kept / 200 == pytest.approx(percentage, rel=0.1)


def test_a_session_is_decided_by_its_id_and_an_action_without_one_by_its_own() -> None:
    policy = {"type": "probabilistic", "sampling_percentage": 50}
    of_session = {keeping(PLAIN._replace(id=str(n)), policy) for n in range(50)}
    without = {keeping(PLAIN._replace(id=str(n), session=""), policy) for n in range(50)}
    assert len(of_session) == 1 and len(without) == 2
