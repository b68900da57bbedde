"""The one error of the wire layer."""


class MalformedOtlp(ValueError):
    """Bytes that are no OTLP, or break inside: the sender's fault, never retryable."""
