"""What a user can set on `forward`: nothing."""

from otelrum.collector.sections import Section


class ForwardConfig(Section):
    """An empty section."""
