"""Kills otelrum again and again under load, and accounts for every span that it acknowledged.

    python -m tests.torture.run [--kills 200] [--stops 0] [--users 40] [--seed 1]

`make torture` runs it for some minutes. Exit status 1 when anything that was acknowledged is missing, or
copies differ, or an action says something else than it must.
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
from dataclasses import dataclass, field
from pathlib import Path

import grpc

from tests.torture.users import Expected, Request, User
from tests.torture.victim import EXPORT, Backend, Victim

SENDERS = 4
PAUSE_S = 6.0
"""Between two actions of one user: longer than a decision, what is remembered of it, and a restart."""
PATIENCE_S = 60.0


@dataclass
class Account:
    """What was acknowledged, and what must come of it."""

    acknowledged: set[bytes] = field(default_factory=set)
    expected: list[Expected] = field(default_factory=list)
    refused: int = 0
    kills: int = 0
    stops: int = 0


class Crowd:
    """Users who act, and senders who send until they are told yes."""

    def __init__(self, users: int, seed: int, port: int, account: Account) -> None:
        self._port = port
        self._account = account
        self._lock = threading.Condition()
        self._due: list[tuple[float, int, Request]] = []
        self._order = 0
        self._open = 0
        self._ending = False
        self._threads = [threading.Thread(target=self._send, daemon=True) for _ in range(SENDERS)]
        self._threads.append(threading.Thread(target=self._act, args=(users, seed), daemon=True))
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        """No more actions; wait until all that was begun is acknowledged."""
        with self._lock:
            self._ending = True
            self._lock.notify_all()
        for thread in self._threads:
            thread.join(PATIENCE_S)

    def _act(self, count: int, seed: int) -> None:
        users = [(time.monotonic() + PAUSE_S * n / count, n, User(n, seed)) for n in range(count)]
        heapq.heapify(users)
        while not self._ending:
            at_s, number, user = heapq.heappop(users)
            time.sleep(max(0.0, at_s - time.monotonic()))
            requests, expected = user.act(time.monotonic())
            with self._lock:
                self._account.expected.append(expected)
                for request in requests:
                    self._order += 1
                    heapq.heappush(self._due, (request.at_s, self._order, request))
                self._lock.notify_all()
            heapq.heappush(users, (at_s + PAUSE_S, number, user))

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
        call = channel.unary_unary(EXPORT)
        while (request := self._take()) is not None:
            while not self._is_taken(call, request):
                time.sleep(0.1)
            with self._lock:
                self._account.acknowledged.update(request.spans)

    def _is_taken(self, call: grpc.UnaryUnaryMultiCallable[bytes, bytes], request: Request) -> bool:
        try:
            call(request.body, timeout=5)
        except grpc.RpcError:
            self._account.refused += 1
            return False
        return True


def torture(kills: int, stops: int, users: int, seed: int) -> tuple[Account, Backend]:
    """Kill and stop it so often, at random moments, with the backend away now and then."""
    chance, account, backend = random.Random(seed), Account(), Backend()
    with tempfile.TemporaryDirectory() as folder:
        victim = Victim(Path(folder), backend.port)
        victim.start()
        crowd = Crowd(users, seed, victim.port, account)
        ends = [signal.SIGKILL] * kills + [signal.SIGTERM] * stops
        chance.shuffle(ends)
        for number in ends:
            time.sleep(chance.uniform(0.2, 2.0))
            backend.is_away = chance.random() < 0.2
            victim.end(number)
            account.kills += number is signal.SIGKILL
            account.stops += number is signal.SIGTERM
            victim.start()
        backend.is_away = False
        crowd.end()
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until and not account.acknowledged <= backend.got.keys():
            time.sleep(0.2)
        victim.end(signal.SIGTERM)
    backend.stop()
    return account, backend


def faults(account: Account, backend: Backend) -> Counter[str]:
    """What is wrong, by kind."""
    out: Counter[str] = Counter()
    out["missing"] = len(account.acknowledged - backend.got.keys())
    for copies in backend.got.values():
        out["copies that differ"] += any(copy != copies[0] for copy in copies[1:])
    for expected in account.expected:
        head = backend.got.get(expected.head, [{}])[0]
        if expected.head not in backend.got:
            continue
        out["actions without attributes"] += "action.type" not in head
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
    parser.add_argument("--stops", type=int, default=0, help="by SIGTERM: what is held is decided early, by contract")
    parser.add_argument("--users", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    account, backend = torture(asked.kills, asked.stops, asked.users, asked.seed)
    copies = sum(len(copies) - 1 for copies in backend.got.values())
    print(f"{account.kills} kills, {account.stops} stops, {account.refused} requests that were sent again")
    print(f"{len(account.expected)} actions, {len(account.acknowledged)} spans acknowledged, {copies} copies")
    found = faults(account, backend)
    for kind, number in found.items():
        print(f"{number} {kind}")
    sys.exit(1 if sum(found.values()) else 0)


if __name__ == "__main__":
    main()
