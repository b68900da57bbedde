"""What a user can set on the `live_view` extension."""

from __future__ import annotations

from pydantic import Field, SecretStr, field_validator

from otelrum.collector.sections import Endpoint, Section


class LiveViewConfig(Section):
    """Where the page is, who may see it, and how much it remembers."""

    endpoint: Endpoint = "localhost:4390"
    max_mib: int = Field(default=32, ge=1)
    token: SecretStr = SecretStr("")
    allowed_hosts: list[str] = []
    trace_url: str = ""

    @field_validator("trace_url")
    @classmethod
    def _leads_to_a_trace(cls, url: str) -> str:
        if url and (not url.startswith(("http://", "https://")) or "{trace_id}" not in url):
            raise ValueError("write an address such as https://backend.example.com/trace/{trace_id}")
        return url
