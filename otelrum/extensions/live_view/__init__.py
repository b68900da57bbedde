"""Extension `live_view`: a page that shows actions as they are decided, and why they are as they are."""

from otelrum.collector.component import Factory
from otelrum.extensions.live_view.config import LiveViewConfig
from otelrum.extensions.live_view.extension import LiveView

FACTORY = Factory(type="live_view", config=LiveViewConfig, create=LiveView, signals=frozenset())
