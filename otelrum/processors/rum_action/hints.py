"""What a request says of its user: browser and, where geography asks for it, address (SPEC section 10)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from otelrum.collector.forwarded_for import sender_address
from otelrum.otlp.batch import Client
from otelrum.processors.rum_action.config import GeoConfig

MAX_USER_AGENT: Final = 1024
"""A browser's has some hundred characters; what is longer says nothing more, and would be held with each click."""


@dataclass(frozen=True, slots=True)
class UserHints:
    """Who sent a request, as far as it matters."""

    user_agent: str = ""
    address: str = ""


class UserHintsReader:
    """Reads the client of a request."""

    def __init__(self, geo: GeoConfig) -> None:
        self._from = geo.from_
        self._trusted = geo.trusted_networks
        self._wants_address = bool(geo.database) and geo.from_ != "attribute"

    def of(self, client: Client) -> UserHints:
        """The hints of this client."""
        agent = client.headers.get("user-agent", "")
        if len(agent) > MAX_USER_AGENT:
            agent = ""
        return UserHints(agent, self._address(client) if self._wants_address else "")

    def _address(self, client: Client) -> str:
        if self._from == "peer":
            return sender_address(client.address, "", ())
        return sender_address(client.address, client.headers.get("x-forwarded-for", ""), self._trusted)
