"""An edge, a broker and three workers, of which some are killed, stopped, added and taken away all the time.

    python -m tests.torture.fleet [--kills 30] [--rebalances 10] [--spans 200000] [--users 250] [--seed 1] \\
        [--strategy range] [--recorded]

The broker is restarted, and the backend is away, gone, slow, throttling or forgetful meanwhile. Trouble goes on until
so many spans are acknowledged. With --recorded users do what is in tests/golden/captures, log records too. Exit
status 1 when anything that was acknowledged is missing, or copies differ, or a span says something else than it must:
by the rules, and as one process without Kafka says it of what the topic has. Needs what `make test-kafka` fetches;
`make compile` makes it quicker.
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
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from otelrum.receivers.kafka.messages import record_of
from tests.kafka.broker import Broker
from tests.kafka.client import read_all
from tests.kafka.fleet import TOPIC, Edge, Worker
from tests.torture.backend import Backend, Mood
from tests.torture.one_process import one_process, unlike
from tests.torture.recorded import RecordedUser, recordings
from tests.torture.run import Account, Acting, Crowd, faults
from tests.torture.users import User

WORKERS = 3
PARTITIONS = 6
PATIENCE_S = 120.0
REQUESTS = (4, 20)
"""Of an action: pages that are busy, so that the spans are many and those who send them few."""


@dataclass(frozen=True)
class Plan:
    """What is to be done at least, and to whom."""

    kills: int = 30
    rebalances: int = 10
    spans: int = 200_000
    users: int = 250
    seed: int = 1
    strategy: str = "range"
    recorded: bool = False

    def crowd(self) -> list[Acting]:
        """Its users."""
        if self.recorded:
            found = recordings()
            return [RecordedUser(number, self.seed, found) for number in range(self.users)]
        return [User(number, self.seed, REQUESTS) for number in range(self.users)]


class Fleet:
    """Everything that is tortured."""

    def __init__(self, folder: Path, broker: Broker, plan: Plan) -> None:
        self.account, self.backend = Account(), Backend()
        self._strategy = plan.strategy
        self._folder, self._broker = folder, broker
        self._chance = random.Random(plan.seed)
        broker.create_topic(TOPIC, PARTITIONS)
        self._edge = Edge(folder, broker.address)
        self._edge.start()
        self._workers = [self._worker(f"worker-{number}") for number in range(WORKERS)]
        for worker in self._workers:
            worker.start()
        self._crowd = Crowd(plan.crowd(), self._edge.port, self.account)
        self.rebalances = self.restarts = 0

    def trouble(self, plan: Plan) -> None:
        """Kills and rebalances in any order, and a restart of the broker in their midst."""
        troubles = [self._kill] * plan.kills + [self._rebalance] * plan.rebalances
        self._chance.shuffle(troubles)
        troubles.insert(len(troubles) // 2, self._restart_broker)
        for number, trouble in enumerate(itertools.cycle(troubles)):
            if number >= len(troubles) and len(self.account.acknowledged) >= plan.spans:
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


@dataclass(frozen=True)
class Outcome:
    """What came of it."""

    fleet: Fleet
    actions: int
    found: Counter[str]
    """What is wrong, by kind."""


def torture(plan: Plan) -> Outcome:
    """Do all of it, and account for it."""
    with tempfile.TemporaryDirectory() as made, Broker(Path(made)) as broker:
        fleet = Fleet(Path(made), broker, plan)
        fleet.trouble(plan)
        fleet.finish()
        expected = one_process(map(record_of, read_all(broker.address, TOPIC, PARTITIONS)))
    got = fleet.backend.got
    found = Counter({"missing": len(fleet.account.acknowledged - got.keys())})
    if not plan.recorded:
        # A client that was not answered in time sends again, later than these 4 s of memory reach; the 32 s of the
        # default do. Such a copy passes as it came, by contract (SPEC section 11): one process says so too.
        found = faults(fleet.account, fleet.backend, but=fleet.account.sent_again)
    found.update(unlike(expected, got))
    actions = sum("action.type" in copies[0] for copies in expected.values())
    return Outcome(fleet, actions, found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for field in fields(Plan):
        how: dict[str, Any] = {"action": "store_true"} if field.default is False else {"type": type(field.default)}
        parser.add_argument(f"--{field.name}", default=field.default, **how)
    outcome = torture(Plan(**vars(parser.parse_args())))
    fleet, account, backend = outcome.fleet, outcome.fleet.account, outcome.fleet.backend
    copies = sum(len(copies) - 1 for copies in backend.got.values())
    moods = ", ".join(f"{mood.value} {count}" for mood, count in account.moods.most_common())
    print(f"{account.kills} kills, {fleet.rebalances} rebalances, {fleet.restarts} broker restarts; backend: {moods}")
    print(f"{outcome.actions} actions, {account.refused} requests sent again")
    print(f"{len(account.acknowledged)} spans and records acknowledged, {copies} copies ({backend.denied} denied)")
    print(f"{account.unpromised} spans of actions without a promise differ from an undisturbed run")
    for kind, number in outcome.found.items():
        print(f"{number} {kind}")
    sys.exit(1 if sum(outcome.found.values()) else 0)


if __name__ == "__main__":
    main()
