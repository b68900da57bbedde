"""News reaches every listener, and nobody pays where nobody listens."""

from __future__ import annotations

from otelrum.collector.feed import Feed, Missed, News


class Listening:
    def __init__(self, actions_a_second: int) -> None:
        self.actions_a_second = actions_a_second
        self.heard: list[News] = []

    def hear(self, news: News) -> None:
        self.heard.append(news)


def test_every_listener_hears_everything_until_it_leaves() -> None:
    feed, first, second = Feed(), Listening(1), Listening(1)
    feed.listen(first)
    feed.listen(second)
    feed.publish(Missed(1))
    feed.leave(first)
    feed.publish(Missed(2))
    assert (first.heard, second.heard) == ([Missed(1)], [Missed(1), Missed(2)])


def test_as_many_actions_are_of_use_as_the_most_demanding_listener_asks_for() -> None:
    feed = Feed()
    assert (feed.is_heard, feed.actions_a_second) == (False, 0)
    feed.listen(Listening(20))
    feed.listen(Listening(100))
    assert (feed.is_heard, feed.actions_a_second) == (True, 100)


def test_who_never_listened_may_leave() -> None:
    feed = Feed()
    feed.leave(Listening(1))
    assert not feed.is_heard
