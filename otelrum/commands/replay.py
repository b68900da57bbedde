"""Decides the actions of a recording as a collector would, with everything on time and no waiting."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from otelrum.actions.assembler import Assembler
from otelrum.actions.inherit import Inheritance
from otelrum.actions.lacks import Lack, Lacks
from otelrum.actions.model import Action
from otelrum.actions.page import Page
from otelrum.collector.clock import SystemClock
from otelrum.collector.component import Build, ComponentId
from otelrum.collector.telemetry import Telemetry
from otelrum.otlp.batch import Batch
from otelrum.processors.rum_action.config import RumActionConfig
from otelrum.processors.rum_action.enrich import Enrichment
from otelrum.processors.rum_action.feeding import Explained, explained
from otelrum.processors.rum_action.hints import UserHints
from otelrum.processors.rum_action.processor import request_reader
from otelrum.processors.rum_action.user_agent import UserAgents

ALL = 1 << 62
"""A recording is in memory already: nothing of it is decided early for want of room."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """What came of a recording."""

    items: int
    """Browser spans and records that were read."""
    actions: list[Explained]
    """In order of their start."""
    lacks: list[Lack]


def replay(requests: Iterable[Batch], config: RumActionConfig) -> Replayed:
    """`config` is that of the `rum_action` that decides. Raises MalformedOtlp."""
    log = logging.getLogger(__name__)
    reader = request_reader(config, Build(ComponentId("rum_action"), SystemClock(), Telemetry(), log))
    settings = replace(config.settings(), max_held_bytes=ALL, max_pages=ALL, max_page_events=ALL)
    assembler = Assembler(settings, Inheritance(config.inherit), Enrichment(UserAgents(), None))
    actions: list[Explained] = []
    lacks = Lacks(knows_arrivals=False)

    def hear(action: Action, added: Mapping[str, object], page: Page) -> None:
        explanation = explained(action, added, page, settings)
        lacks.see(explanation.service, action, added, page.events, assembler.memory.spans)
        actions.append(explanation)

    assembler.listener = hear
    items = 0
    for batch in requests:
        request = reader.read(batch, UserHints(), None)
        if request is not None:
            items += len(request.observed)
            request.show(assembler, 0)
    deque(assembler.drain(0), maxlen=0)
    return Replayed(items, sorted(actions, key=lambda explanation: explanation.action.start_ns), lacks.findings())
