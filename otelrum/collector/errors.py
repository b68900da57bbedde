"""Every error of the runtime, and what its type decides.

OtelrumError
├── ConfigError      the configuration is wrong: reported at start with file, line and path; exit 1
├── PermanentError   this data will never be taken: the client must not send it again
└── RetryableError   not now: the client (or the exporter's retry) sends it again later
"""

from __future__ import annotations


class OtelrumError(Exception):
    """Root of what otelrum raises on purpose."""


class ConfigError(OtelrumError):
    """One or more mistakes in the configuration, a line each."""

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class PermanentError(OtelrumError):
    """Bad data (`invalid=True`, INVALID_ARGUMENT, 400) or a failure that a retry cannot mend."""

    def __init__(self, message: str, *, invalid: bool = False) -> None:
        super().__init__(message)
        self.invalid = invalid


class RetryableError(OtelrumError):
    """The data was not taken and may be sent again after `delay_s` seconds."""

    def __init__(self, message: str, *, delay_s: float = 1.0) -> None:
        super().__init__(message)
        self.delay_s = delay_s
