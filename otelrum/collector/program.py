"""What this program is called, to those it talks to."""

from __future__ import annotations

from importlib.metadata import version

USER_AGENT = f"otelrum/{version('otelrum')}"
