"""Makes a `rum_action` of its parts."""

from __future__ import annotations

from otelrum.actions.assembler import Assembler
from otelrum.actions.classify import Classifier
from otelrum.actions.inherit import Inheritance
from otelrum.collector.component import Build
from otelrum.processors.rum_action.bridge import Bridge
from otelrum.processors.rum_action.config import RumActionConfig
from otelrum.processors.rum_action.enrich import Enrichment
from otelrum.processors.rum_action.geo import Geo
from otelrum.processors.rum_action.processor import RumAction
from otelrum.processors.rum_action.reading import RequestReader
from otelrum.processors.rum_action.resources import Resources
from otelrum.processors.rum_action.sender import UserHintsReader
from otelrum.processors.rum_action.user_agent import UserAgents


def build_rum_action(config: RumActionConfig, build: Build) -> RumAction:
    """The processor of one id."""
    mask = config.privacy == "mask"
    malformed = build.telemetry.counter("otelrum_action_malformed_contexts", component=str(build.id))
    classifier = Classifier(
        frozenset(config.event_types), config.network_errors, config.ignore_urls, config.excluded_activity_urls
    )
    bridge = Bridge(classifier, config.attributes, mask, lambda: malformed.add(1))
    resources = Resources(config.attributes, config.geo.drop_address)
    reader = RequestReader(bridge, resources, config.interaction_scopes, mask, config.geo.drop_address)
    geo = Geo(config.geo.database) if config.geo.database else None
    assembler = Assembler(config.settings(), Inheritance(config.inherit), Enrichment(UserAgents(), geo))
    return RumAction(config, build, reader, UserHintsReader(config.geo), assembler)
