"""An edge, a broker and three workers, of which some are killed, stopped, added and taken away all the time.

    python -m tests.torture.fleet [--kills 30] [--rebalances 10] [--spans 200000] [--users 250] [--seed 1] \\
        [--strategy range]

The broker is restarted, and the backend is away, gone, slow, throttling or forgetful meanwhile. Trouble goes on until
so many spans are acknowledged. Exit status 1 when anything that was acknowledged is missing, or copies differ, or a
span says something else than it must: by the rules, and as one process without Kafka says it of what the topic has.
Needs what `make test-kafka` fetches; `make compile` makes it quicker.
"""

from __future__ import annotations

import argparse
import itertools
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from otelrum.receivers.kafka.messages import record_of
from tests.kafka.broker import Broker
from tests.kafka.client import read_all
from tests.kafka.fleet import TOPIC, Edge, Worker
from tests.torture.backend import Backend, Mood
from tests.torture.one_process import one_process, unlike
from tests.torture.run import Account, Crowd, faults
from tests.torture.users import User

WORKERS = 3
PARTITIONS = 6
PATIENCE_S = 120.0
REQUESTS = (4, 20)
"""Of an action: pages that are busy, so that the spans are many and those who send them few."""


class Fleet:
    """Everything that is tortured."""

    def __init__(self, folder: Path, broker: Broker, users: int, seed: int, strategy: str) -> None:
        self.account, self.backend = Account(), Backend()
        self._strategy = strategy
        self._folder, self._broker = folder, broker
        self._chance = random.Random(seed)
        broker.create_topic(TOPIC, PARTITIONS)
        self._edge = Edge(folder, broker.address)
        self._edge.start()
        self._workers = [self._worker(f"worker-{number}") for number in range(WORKERS)]
        for worker in self._workers:
            worker.start()
        self._crowd = Crowd((User(n, seed, REQUESTS) for n in range(users)), self._edge.port, self.account)
        self.rebalances = self.restarts = 0

    def trouble(self, kills: int, rebalances: int, spans: int) -> None:
        """At least so many kills and rebalances, in any order, and a restart of the broker in their midst."""
        troubles = [self._kill] * kills + [self._rebalance] * rebalances
        self._chance.shuffle(troubles)
        troubles.insert(len(troubles) // 2, self._restart_broker)
        for number, trouble in enumerate(itertools.cycle(troubles)):
            if number >= len(troubles) and len(self.account.acknowledged) >= spans:
                return
            self._change_mood()
            time.sleep(self._chance.uniform(0.5, 3.0))
            trouble()

    def finish(self) -> None:
        """Let everything arrive."""
        self.backend.feel(Mood.WELL)
        self._crowd.end()
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until and not self.account.acknowledged <= self.backend.got.keys():
            time.sleep(0.2)
        for worker in self._workers:
            worker.end(signal.SIGTERM)
        self._edge.end(signal.SIGTERM)
        self.backend.stop()

    def _worker(self, instance: str) -> Worker:
        return Worker(self._folder, self._broker.address, self.backend.port, instance, strategy=self._strategy)

    def _kill(self) -> None:
        """Most come back at once, as a static member; some only when the group has noticed."""
        worker = self._chance.choice(self._workers)
        worker.end(signal.SIGKILL)
        self.account.kills += 1
        time.sleep(self._chance.choice((0.0, 0.0, 8.0)))
        worker.start()

    def _rebalance(self) -> None:
        """One more joins, or one leaves; as a dynamic member, for which the group rebalances at once."""
        self.rebalances += 1
        if len(self._workers) > WORKERS:
            self._workers.pop().end(signal.SIGTERM)
            return
        self._workers.append(self._worker(""))
        self._workers[-1].start()

    def _restart_broker(self) -> None:
        self._broker.stop()
        self._broker.start()
        self.restarts += 1

    def _change_mood(self) -> None:
        mood = Mood.WELL if self._chance.random() < 0.6 else self._chance.choice(list(Mood))
        self.backend.feel(mood)
        self.account.moods[mood] += 1


def torture(
    kills: int, rebalances: int, users: int, seed: int, spans: int = 0, strategy: str = "range"
) -> tuple[Fleet, Counter[str]]:
    """What was done, and what is wrong by kind."""
    with tempfile.TemporaryDirectory() as made, Broker(Path(made)) as broker:
        fleet = Fleet(Path(made), broker, users, seed, strategy)
        fleet.trouble(kills, rebalances, spans)
        fleet.finish()
        reported = one_process(map(record_of, read_all(broker.address, TOPIC, PARTITIONS)))
    # A client that was not answered in time sends again, later than these 4 s of memory reach; the 32 s of the
    # default do. Such a copy passes as it came, by contract (SPEC section 11): one process says so too.
    found = faults(fleet.account, fleet.backend, but=fleet.account.sent_again)
    found.update(unlike(reported, fleet.backend.got))
    return fleet, found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--rebalances", type=int, default=10)
    parser.add_argument("--spans", type=int, default=200_000)
    parser.add_argument("--users", type=int, default=250)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--strategy", default="range")
    asked = parser.parse_args()
    fleet, found = torture(asked.kills, asked.rebalances, asked.users, asked.seed, asked.spans, asked.strategy)
    account, got = fleet.account, fleet.backend.got
    copies = sum(len(copies) - 1 for copies in got.values())
    moods = ", ".join(f"{mood.value} {count}" for mood, count in account.moods.most_common())
    print(f"{account.kills} kills, {fleet.rebalances} rebalances, {fleet.restarts} broker restarts; backend: {moods}")
    print(f"{len(account.expected)} actions, {account.refused} requests sent again")
    print(f"{len(account.acknowledged)} spans acknowledged, {copies} copies ({fleet.backend.denied} denied)")
    print(f"{account.unpromised} spans of actions without a promise differ from an undisturbed run")
    for kind, number in found.items():
        print(f"{number} {kind}")
    sys.exit(1 if sum(found.values()) else 0)


if __name__ == "__main__":
    main()
