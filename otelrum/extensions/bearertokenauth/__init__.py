"""Extension `bearertokenauth`: tokens in a header, for receivers and exporters."""

from otelrum.collector.component import Factory
from otelrum.extensions.bearertokenauth.config import BearerTokenAuthConfig
from otelrum.extensions.bearertokenauth.extension import BearerTokenAuth

FACTORY = Factory(type="bearertokenauth", config=BearerTokenAuthConfig, create=BearerTokenAuth, signals=frozenset())
