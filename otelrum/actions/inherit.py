"""What an action's span takes from its view (SPEC section 10)."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from typing import Final

from otelrum.actions.session import Session
from otelrum.actions.view import View

USER_AGENT: Final = "user_agent.original"
_OLD_USER_AGENT: Final = "http.user_agent"
_CONTEXT: Final = "context."


class Inheritance:
    """Which attributes a view keeps and hands on. `patterns` are names in which `*` stands for anything."""

    def __init__(self, patterns: Sequence[str]) -> None:
        kept = ["view.*", USER_AGENT, _OLD_USER_AGENT, *patterns]
        self._pattern = re.compile("|".join(re.escape(p).replace(r"\*", ".*") for p in kept), re.DOTALL)

    def kept(self, attributes: Mapping[str, object]) -> dict[str, object]:
        """What a view keeps of the event that feeds it; of the keys there is one text for all views."""
        return {sys.intern(key): value for key, value in attributes.items() if self._pattern.fullmatch(key)}

    def of_view(self, view: View | None, session: Session, header: str, is_custom: bool) -> dict[str, object]:
        """What an action of this view takes. `header` is its request's User-Agent header."""
        own = dict(view.attributes) if view else {}
        if is_custom:
            own = {key: value for key, value in own.items() if not key.startswith(_CONTEXT)}
        old = own.pop(_OLD_USER_AGENT, None)
        user_agent = own.get(USER_AGENT) or old or _of_document(view, session) or _of_browser(header)
        if user_agent:
            own[USER_AGENT] = user_agent
        return own


def _of_document(view: View | None, session: Session) -> object:
    """A view without a `documentLoad` of its own takes its user agent from the latest one before it."""
    document = session.views.document_at(view.start_ns, view.tab) if view else None
    if document is None:
        return None
    return document.attributes.get(USER_AGENT) or document.attributes.get(_OLD_USER_AGENT)


def _of_browser(header: str) -> str:
    """Every browser's header begins so; one of an exporter or proxy on the way says nothing of the user."""
    return header if header.startswith("Mozilla/") else ""
