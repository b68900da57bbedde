"""What an action's span takes from its view (SPEC section 10)."""

from __future__ import annotations

from otelrum.actions.inherit import Inheritance
from otelrum.actions.model import Event, SessionKey
from otelrum.actions.session import Session
from otelrum.actions.view import View
from otelrum.actions.views import Views
from tests.actions.made import click, custom, document, mutation

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64) Firefox/130.0"
INHERITANCE = Inheritance(["context.*", "usr.*", "plan"])


def session(*pairs: tuple[Event, dict[str, object]]) -> Session:
    """A session that has learned from these events with these attributes."""
    out = Session(SessionKey("shop", "s"), Views())
    for one, attributes in pairs:
        out.views.update(one, INHERITANCE.kept, lambda attributes=attributes: attributes)  # type: ignore[misc]
    return out


def taken(known: Session, view: str = "v", header: str = "", is_custom: bool = False) -> dict[str, object]:
    found: View | None = known.views.get(view)
    return INHERITANCE.of_view(found, known, header, is_custom)


def test_only_what_is_selected_is_kept() -> None:
    attributes = {
        "view.url": "/",
        "usr.id": 7,
        "plan": "pro",
        "planet": "x",
        "context.a": 1,
        "user_agent.original": "x",
    }
    assert INHERITANCE.kept(attributes) == {key: value for key, value in attributes.items() if key != "planet"}


def test_a_star_stands_for_anything_and_a_point_for_itself() -> None:
    assert Inheritance(["a.*"]).kept({"a.b.c\n": 1, "ab": 2}) == {"a.b.c\n": 1}


def test_the_document_s_attributes_are_the_view_s() -> None:
    known = session((mutation(0), {"view.name": "early"}), (document(5), {"view.name": "document"}))
    assert taken(known) == {"view.name": "document"}
    known = session((document(5), {"view.name": "document"}), (mutation(0), {"view.name": "early"}))
    assert taken(known) == {"view.name": "document"}


def test_without_a_document_the_earliest_event_s_are() -> None:
    known = session((mutation(5), {"view.name": "later"}), (mutation(0), {"view.name": "first"}))
    assert taken(known) == {"view.name": "first"}


def test_interactions_and_custom_actions_feed_no_view() -> None:
    known = session((click(0), {"view.name": "click"}), (custom(1), {"view.name": "custom"}))
    assert taken(known) == {}


def test_custom_actions_take_all_but_context() -> None:
    known = session((mutation(0), {"context.a": 1, "usr.id": 7, "view.name": "cart"}))
    assert taken(known, is_custom=True) == {"usr.id": 7, "view.name": "cart"}
    assert taken(known) == {"context.a": 1, "usr.id": 7, "view.name": "cart"}


def test_an_older_page_s_user_agent_is_reported_by_its_new_name() -> None:
    known = session((mutation(0), {"http.user_agent": FIREFOX}))
    assert taken(known) == {"user_agent.original": FIREFOX}
    known = session((mutation(0), {"http.user_agent": "old", "user_agent.original": FIREFOX}))
    assert taken(known) == {"user_agent.original": FIREFOX}


def test_a_view_without_a_document_takes_the_user_agent_of_the_latest_one_before_it() -> None:
    known = session(
        (document(0, view="a"), {"user_agent.original": "first"}),
        (document(5, view="b"), {"http.user_agent": "second"}),
        (mutation(9, view="c"), {"view.name": "route"}),
        (document(20, view="d"), {"user_agent.original": "later"}),
    )
    assert taken(known, "c") == {"view.name": "route", "user_agent.original": "second"}


def test_the_request_s_header_comes_last_and_only_where_a_browser_wrote_it() -> None:
    known = session((mutation(0), {}))
    assert taken(known, header=FIREFOX) == {"user_agent.original": FIREFOX}
    assert taken(known, header="OTel-OTLP-Exporter-JavaScript/0.200") == {}
    known = session((mutation(0), {"user_agent.original": "own"}))
    assert taken(known, header=FIREFOX) == {"user_agent.original": "own"}


def test_an_unknown_view_gives_what_the_request_says() -> None:
    assert taken(session(), "nowhere", header=FIREFOX) == {"user_agent.original": FIREFOX}
