"""The errors of the wire layer."""


class MalformedOtlp(ValueError):
    """Bytes that are no OTLP, or break inside: the sender's fault, never retryable."""


class TooManyParts(ValueError):
    """A request of more spans, records, metrics, scopes and resources than are taken at once."""
