"""What an action's span gets beside its own figures: browser, operating system and place (SPEC section 10)."""

from __future__ import annotations

from collections.abc import Mapping

from otelrum.actions.details import Custom, Interaction
from otelrum.actions.facts import text
from otelrum.actions.inherit import USER_AGENT
from otelrum.actions.model import Event
from otelrum.processors.rum_action.geo import Geo
from otelrum.processors.rum_action.payload import Payload
from otelrum.processors.rum_action.user_agent import UserAgents

_OWN_AGENTS = (USER_AGENT, "http.user_agent")


class Enrichment:
    """Completes the attributes of an action's span when it is decided."""

    def __init__(self, user_agents: UserAgents, geo: Geo | None) -> None:
        self._user_agents = user_agents
        self._geo = geo

    def __call__(self, event: Event, added: dict[str, object]) -> dict[str, object]:
        payload = event.payload
        assert isinstance(payload, Payload)
        own = payload.attributes() if b"user_agent" in payload.item else {}
        agent = text(own, *_OWN_AGENTS) or text(added, *_OWN_AGENTS) or payload.origin.resource.user_agent
        found: Mapping[str, object] = self._user_agents.parse(agent) if agent else {}
        place = self._place(event)
        return {**found, **place, **added} if found or place else added

    def _place(self, event: Event) -> Mapping[str, object]:
        detail = event.detail
        if self._geo is None or not isinstance(detail, Interaction | Custom) or not detail.address:
            return {}
        return self._geo.lookup(detail.address)
