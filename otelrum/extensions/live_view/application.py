"""What the page's server answers: the page, its events, an action as JSON or as OTLP."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib.resources import files

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from otelrum.extensions.live_view.audience import Audience
from otelrum.extensions.live_view.store import Entry, Store
from otelrum.otlp.json import to_json

_PAGE = files(__package__ or "") / "page"

CONTENT_TYPES = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}


def application(store: Store, audience: Audience, first_events: Callable[[], Iterable[bytes]]) -> Starlette:
    """`first_events` are those for a page that has just been opened."""

    async def events(request: Request) -> Response:
        if audience.is_full:
            return PlainTextResponse("Too many look at this page.\n", 503, {"retry-after": "10"})
        return StreamingResponse(audience.watch(first_events()), media_type="text/event-stream")

    async def detail(request: Request) -> Response:
        entry = _found(request, store)
        return _GONE if entry is None else Response(entry.detail, media_type="application/json")

    async def items(request: Request) -> Response:
        entry = _found(request, store)
        if entry is None:
            return _GONE
        lines = b"".join(to_json(batch.signal, batch.data).encode() + b"\n" for batch in entry.items)
        name = f'attachment; filename="action-{entry.id}.jsonl"'
        return Response(lines, media_type="application/jsonl", headers={"content-disposition": name})

    return Starlette(
        routes=[
            *(Route(path, _file(name)) for path, name in _paths()),
            Route("/events", events),
            Route("/actions/{id}", detail),
            Route("/actions/{id}/otlp", items),
        ]
    )


_GONE = PlainTextResponse("This action is not remembered any more.\n", 404)


def _found(request: Request, store: Store) -> Entry | None:
    return store.find(request.path_params["id"])


def _paths() -> Iterable[tuple[str, str]]:
    """The page's files, each under its name, and the page itself at `/`."""
    names = sorted(file.name for file in _PAGE.iterdir() if file.name.rpartition(".")[2] in CONTENT_TYPES)
    return [("/", "index.html"), *((f"/{name}", name) for name in names)]


def _file(name: str) -> Callable[[Request], Response]:
    body = (_PAGE / name).read_bytes()
    content_type = CONTENT_TYPES[name.rpartition(".")[2]]

    def answer(_: Request) -> Response:
        return Response(body, media_type=content_type)

    return answer
