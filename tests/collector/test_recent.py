"""What was put is known for a time, and no longer than twice that; memory has a bound."""

from __future__ import annotations

from otelrum.collector.recent import Recent


def test_a_key_is_known_for_the_time_and_not_for_more_than_twice_as_long() -> None:
    recent: Recent[int] = Recent(100, 10)
    recent.put(b"early", 1, 0)
    recent.put(b"late", 2, 99)
    recent.put(b"x", 0, 199)
    assert recent.get(b"late") == 2
    recent.put(b"x", 0, 299)
    assert recent.get(b"early") is None


def test_after_a_long_silence_nothing_is_known() -> None:
    recent: Recent[int] = Recent(100, 10)
    recent.put(b"early", 1, 0)
    recent.put(b"x", 0, 1000)
    assert recent.get(b"early") is None


def test_of_more_than_may_be_kept_the_oldest_are_dropped() -> None:
    recent: Recent[int] = Recent(100, 10)
    for n in range(100):
        recent.put(bytes([n]), n, 0)
    known = [n for n in range(100) if recent.get(bytes([n])) is not None]
    assert known == list(range(80, 100))


def test_what_is_dropped_or_put_again_is_as_it_was_said_last() -> None:
    recent: Recent[int] = Recent(100, 2)
    for n, key in enumerate([b"a", b"b", b"c", b"a"]):
        recent.put(key, n, 0)
    assert recent.get(b"a") == 3
    recent.drop(b"a")
    recent.drop(b"never there")
    assert recent.get(b"a") is None
