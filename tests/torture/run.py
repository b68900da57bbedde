"""Kills otelrum again and again under load, and accounts for every span that it acknowledged.

    python -m tests.torture.run [--kills 200] [--stops 20] [--users 40] [--seed 1]

While it kills and stops it, it fills the disk, and the backend is away, gone, slow, throttling or forgetful, all at
random moments. `make torture` runs it for some minutes. Exit status 1 when anything that was acknowledged is missing,
or copies differ, or a span says something else than it must, by the rules and by an undisturbed run on the same input.
To fill a disk takes the right to mount a small one.
"""

from __future__ import annotations

import argparse
import heapq
import random
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Collection, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import grpc

from otelrum.otlp.batch import Signal
from tests.small_disk import fill, mounted
from tests.torture.backend import Backend, Mood
from tests.torture.undisturbed import undisturbed
from tests.torture.users import Expected, Request, User
from tests.torture.victim import EXPORTS, Victim, configured, free_port

SENDERS = 4
PAUSE_S = 6.0
"""Between two actions of one user: longer than a decision, what is remembered of it, and a restart."""
PATIENCE_S = 60.0
BEARABLE_S = 1.0
"""Half of `decision_wait`. Of a client that waits longer an action may be decided without what it has not sent yet."""
DISK_MIB = 64
FILLED_S = (0.1, 0.6)
"""How long the disk is full: refused so long, a client is back before half of `decision_wait` is over."""


@dataclass
class Account:
    """What was done, what was acknowledged, and what must come of it."""

    acknowledged: set[bytes] = field(default_factory=set)
    requests: list[Request] = field(default_factory=list)
    expected: list[Expected] = field(default_factory=list)
    refused: int = 0
    kills: int = 0
    stopped_s: list[tuple[float, float]] = field(default_factory=list)
    """When it was asked to stop, and when it had ended: what is held then is decided early, by contract."""
    waited_s: dict[bytes, float] = field(default_factory=dict)
    """By span: how long after its time its request was acknowledged."""
    sent_again: set[bytes] = field(default_factory=set)
    """Spans whose client was not answered at once, so that they may have come twice."""
    unpromised: int = 0
    """Spans that differ from an undisturbed run, by contract."""
    fills: int = 0
    moods: Counter[Mood] = field(default_factory=Counter)

    def was_decided_early(self, expected: Expected) -> bool:
        return any(expected.at_s <= end_s and begin_s < expected.at_s + PAUSE_S for begin_s, end_s in self.stopped_s)

    def waited(self, expected: Expected) -> bool:
        """Whether a client could not deliver for longer than figures bear (docs/reliability.md)."""
        return any(self.waited_s.get(span, 0.0) > BEARABLE_S for span in expected.spans)

    def without_promise(self) -> set[bytes]:
        """The spans of actions that were decided early, or whose client had to wait too long."""
        found = (one for one in self.expected if self.was_decided_early(one) or self.waited(one))
        return {span for expected in found for span in expected.spans}


class Acting(Protocol):
    """A user: who acts, with what requests, and what must come of it where that is known beforehand."""

    def act(self, now_s: float) -> tuple[list[Request], Expected | None]: ...


class Crowd:
    """Users who act, and senders who send until they hear yes."""

    def __init__(self, users: Iterable[Acting], port: int, account: Account) -> None:
        self._port = port
        self._account = account
        self._lock = threading.Condition()
        self._due: list[tuple[float, int, Request]] = []
        self._order = 0
        self._open = 0
        self._ending = False
        self._threads = [threading.Thread(target=self._send, daemon=True) for _ in range(SENDERS)]
        self._threads.append(threading.Thread(target=self._act, args=(list(users),), daemon=True))
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        """No more actions; wait until all that was begun is acknowledged."""
        with self._lock:
            self._ending = True
            self._lock.notify_all()
        for thread in self._threads:
            thread.join(PATIENCE_S)

    def _act(self, users: list[Acting]) -> None:
        turns = [(time.monotonic() + PAUSE_S * n / len(users), n, user) for n, user in enumerate(users)]
        heapq.heapify(turns)
        while not self._ending:
            at_s, number, user = heapq.heappop(turns)
            time.sleep(max(0.0, at_s - time.monotonic()))
            requests, expected = user.act(time.monotonic())
            with self._lock:
                self._account.expected += [expected] if expected else []
                self._account.requests += requests
                for request in requests:
                    self._order += 1
                    heapq.heappush(self._due, (request.at_s, self._order, request))
                self._lock.notify_all()
            heapq.heappush(turns, (at_s + PAUSE_S, number, user))

    def _take(self) -> Request | None:
        with self._lock:
            while True:
                if self._due and self._due[0][0] <= time.monotonic():
                    return heapq.heappop(self._due)[2]
                if self._ending and not self._due:
                    return None
                self._lock.wait(0.05)

    def _send(self) -> None:
        channel = grpc.insecure_channel(f"127.0.0.1:{self._port}", options=[("grpc.max_reconnect_backoff_ms", 200)])
        calls: dict[Signal, grpc.UnaryUnaryMultiCallable[bytes, bytes]] = {
            signal: channel.unary_unary(method) for signal, method in EXPORTS.items()
        }
        while (request := self._take()) is not None:
            while not self._is_taken(calls[request.signal], request):
                self._account.sent_again.update(request.spans)
                time.sleep(0.1)
            with self._lock:
                self._account.acknowledged.update(request.spans)
                self._account.waited_s |= dict.fromkeys(request.spans, time.monotonic() - request.at_s)

    def _is_taken(self, call: grpc.UnaryUnaryMultiCallable[bytes, bytes], request: Request) -> bool:
        try:
            call(request.body, timeout=5)
        except grpc.RpcError:
            self._account.refused += 1
            return False
        return True


class Torturer:
    """One victim, its crowd and its backend."""

    def __init__(self, folder: Path, disk: Path, users: int, seed: int, can_fill: bool) -> None:
        self.account, self.backend = Account(), Backend()
        port = free_port()
        self._victim = Victim(folder, port, configured(port, self.backend.port, disk / "data"))
        self._chance = random.Random(seed)
        self._disk = disk if can_fill else None
        self._victim.start()
        self._crowd = Crowd((User(n, seed) for n in range(users)), port, self.account)

    def end_often(self, kills: int, stops: int) -> None:
        """Kill and stop it so often, and make its life hard between."""
        ends = [signal.SIGKILL] * kills + [signal.SIGTERM] * stops
        self._chance.shuffle(ends)
        for number in ends:
            self._change_mood()
            time.sleep(self._chance.uniform(0.2, 2.0))
            filler = self._fill() if self._disk and self._chance.random() < 0.2 else None
            if filler and self._chance.random() < 0.5:  # else it dies and lives again on a full disk
                filler.unlink()
            self._end(number)
            self._victim.start()
            if filler:
                filler.unlink(missing_ok=True)

    def finish(self) -> None:
        """Let everything arrive."""
        self.backend.feel(Mood.WELL)
        self._crowd.end()
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until and not self.account.acknowledged <= self.backend.got.keys():
            time.sleep(0.2)
        self._victim.end(signal.SIGTERM)
        self.backend.stop()

    def _change_mood(self) -> None:
        mood = Mood.WELL if self._chance.random() < 0.6 else self._chance.choice(list(Mood))
        self.backend.feel(mood)
        self.account.moods[mood] += 1

    def _fill(self) -> Path:
        assert self._disk
        filler = fill(self._disk)
        self.account.fills += 1
        time.sleep(self._chance.uniform(*FILLED_S))
        return filler

    def _end(self, number: signal.Signals) -> None:
        begin_s = time.monotonic()
        self._victim.end(number)
        if number is signal.SIGTERM:
            self.account.stopped_s.append((begin_s, time.monotonic()))
        else:
            self.account.kills += 1


def torture(kills: int, stops: int, users: int, seed: int) -> tuple[Account, Backend]:
    """Kill and stop it so often, at random moments, with disk and backend as bad as can be."""
    with tempfile.TemporaryDirectory() as made, ExitStack() as stack:
        folder = disk = Path(made)
        can_fill = True
        try:
            disk = stack.enter_context(mounted(folder / "disk", DISK_MIB))
        except OSError as error:
            print(f"the disk is not filled: {error}", file=sys.stderr)
            can_fill = False
        torturer = Torturer(folder, disk, users, seed, can_fill)
        torturer.end_often(kills, stops)
        torturer.finish()
    return torturer.account, torturer.backend


def faults(account: Account, backend: Backend, but: Collection[bytes] = ()) -> Counter[str]:
    """What is wrong, by kind; copies of spans in `but` may differ."""
    out: Counter[str] = Counter()
    out["missing"] = len(account.acknowledged - backend.got.keys())
    for span, copies in backend.got.items():
        out["copies that differ"] += span not in but and any(copy != copies[0] for copy in copies[1:])
    calm, without_promise = undisturbed(account.requests), account.without_promise()
    differing = {span for span, copies in backend.got.items() if copies[0] != calm[span]}
    out["spans that differ from an undisturbed run"] = len(differing - without_promise)
    account.unpromised = len(differing & without_promise)
    for expected in account.expected:
        head = backend.got.get(expected.head, [{}])[0]
        if expected.head not in backend.got or account.was_decided_early(expected):
            continue
        out["actions without attributes"] += "action.type" not in head
        if account.waited(expected):
            continue
        is_right = (head.get("action.loading_time"), head.get("action.resource.count")) == (
            expected.loading_ns,
            expected.resources,
        )
        out["figures that differ"] += not is_right
        members = [backend.got[member][0] for member in expected.members if member in backend.got]
        out["members without the action's id"] += sum(one.get("action.id") != head.get("action.id") for one in members)
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--stops", type=int, default=20, help="by SIGTERM: what is held is decided early, by contract")
    parser.add_argument("--users", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    account, backend = torture(asked.kills, asked.stops, asked.users, asked.seed)
    copies = sum(len(copies) - 1 for copies in backend.got.values())
    early = sum(map(account.was_decided_early, account.expected))
    waited = sum(account.waited(one) and not account.was_decided_early(one) for one in account.expected)
    moods = ", ".join(f"{mood.value} {count}" for mood, count in account.moods.most_common())
    print(f"{account.kills} kills, {len(account.stopped_s)} stops, {account.fills} full disks; backend: {moods}")
    print(f"{len(account.expected)} actions, {account.refused} requests sent again")
    print(f"no figures were promised of {early} that a stop ended, {waited} whose client waited over {BEARABLE_S:g} s")
    print(f"{len(account.acknowledged)} spans acknowledged, {copies} copies ({backend.denied} that the backend denied)")
    found = faults(account, backend)
    print(f"{account.unpromised} spans of actions without a promise differ from an undisturbed run")
    for kind, number in found.items():
        print(f"{number} {kind}")
    sys.exit(1 if sum(found.values()) else 0)


if __name__ == "__main__":
    main()
