"""Configuration that components with a network side share: endpoints, TLS, keepalive, CORS, auth.

Keys, meanings and defaults are the OpenTelemetry Collector's (configgrpc, confighttp, configtls).
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated, Any, Final, Literal, NamedTuple

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    model_validator,
)
from pydantic.fields import FieldInfo

from otelrum.collector.addresses import check_listener, check_origin

SESSION_ATTRIBUTES: Final = ("session.id", "session_id", "rum.session_id", "rum.sessionId", "splunk.rumSessionId")
"""Where the id of a user's session is found by default (SPEC section 3)."""

_UNITS_S = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)")


def parse_duration(value: Any) -> Any:
    """`300ms`, `1.5s`, `2h45m`. A bare number is refused: nobody knows its unit."""
    if isinstance(value, timedelta):
        return value
    if value == 0 and not isinstance(value, bool):
        return timedelta(0)
    if isinstance(value, str):
        parts = _PART.findall(value)
        if parts and "".join(number + unit for number, unit in parts) == value:
            return _duration(sum(float(number) * _UNITS_S[unit] for number, unit in parts))
    raise ValueError(f"{value!r} is no duration: write a number with a unit, such as 300ms, 5s or 1h30m")


def _duration(seconds: float) -> timedelta:
    """Raises ValueError beyond some million years: a clock counts nanoseconds, and has no such time."""
    try:
        return timedelta(seconds=seconds)
    except OverflowError as error:
        raise ValueError(f"{seconds:g} seconds are more than there are") from error


def _lower(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


class OnMachine(enum.Enum):
    """What a text names on the machine that it runs on. A folder may have `create_directory` beside it."""

    ADDRESS = "host:port"
    HOST = "host"
    FILE = "file"
    FOLDER = "folder"


AnyCase = BeforeValidator(_lower)
"""Words that may be written in any case, such as levels."""
Keys = tuple[str | int, ...]
Duration = Annotated[timedelta, BeforeValidator(parse_duration)]
Endpoint = Annotated[str, AfterValidator(check_listener), OnMachine.ADDRESS]
InputFile = Annotated[str, OnMachine.FILE]
Folder = Annotated[str, OnMachine.FOLDER]
Secrets = dict[str, SecretStr]


class Section(BaseModel):
    """A part of the configuration: nothing unknown, no silent conversion, no change afterwards.

    A key with nothing behind it has its default, as in the OpenTelemetry Collector.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _empty_keys_have_their_default(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        known = {field.alias or name for name, field in cls.model_fields.items()}
        return {key: entry for key, entry in value.items() if entry is not None or key not in known}

    def walk(self, above: Keys = ()) -> Iterator[Setting]:
        """All that is set in this section and below."""
        for name, field in type(self).model_fields.items():
            setting = Setting((*above, field.alias or name), field, getattr(self, name), self)
            yield setting
            for at, each in _entries(setting.value):
                if isinstance(each, Section):
                    yield from each.walk((*setting.keys, *at))


class Setting(NamedTuple):
    """One value, where it stands below the section that was asked, and in which section."""

    keys: Keys
    field: FieldInfo
    value: Any
    section: Section


def _entries(value: Any) -> Iterator[tuple[Keys, Any]]:
    """What a setting holds, and where in it."""
    if isinstance(value, list):
        return (((index,), entry) for index, entry in enumerate(value))
    if isinstance(value, dict):
        return (((key,), entry) for key, entry in value.items())
    return iter([((), value)])


TlsVersion = Literal["1.0", "1.1", "1.2", "1.3"]
"""The oldest that may be spoken; what is older than 1.2 is never spoken here (RFC 8996)."""


class Auth(Section):
    """Which extension says who may send, or signs what is sent."""

    authenticator: str


class ServerTls(Section):
    """A server's certificate; `client_ca_file` asks every client for one too (mTLS)."""

    cert_file: str
    key_file: str
    client_ca_file: str = ""
    min_version: TlsVersion = "1.2"
    reload_interval: Duration = timedelta(0)
    client_ca_file_reload: bool = False


class ClientTls(Section):
    """How a client trusts a server, and what it shows of itself."""

    insecure: bool = False
    insecure_skip_verify: bool = False
    ca_file: str = ""
    cert_file: str = ""
    key_file: str = ""
    server_name_override: str = ""
    min_version: TlsVersion = "1.2"
    reload_interval: Duration = timedelta(0)

    @model_validator(mode="after")
    def _certificate_and_key_belong_together(self) -> ClientTls:
        if bool(self.cert_file) != bool(self.key_file):
            raise ValueError("cert_file and key_file belong together")
        return self


class CorsConfig(Section):
    """Which web pages may send. `*` in an origin stands for any text."""

    allowed_origins: list[Annotated[str, AfterValidator(check_origin)]] = []
    allowed_headers: list[str] = []
    # Retry-After is not safelisted: without this a page cannot see how long to wait.
    exposed_headers: list[str] = ["Retry-After"]
    max_age: int = Field(default=0, ge=0)


class ServerParameters(Section):
    """When a server ends or probes a connection; 0 leaves it to gRPC."""

    max_connection_idle: Duration = timedelta(0)
    max_connection_age: Duration = timedelta(0)
    max_connection_age_grace: Duration = timedelta(0)
    time: Duration = timedelta(hours=2)
    timeout: Duration = timedelta(seconds=20)


class EnforcementPolicy(Section):
    """How often a client may ping."""

    min_time: Duration = timedelta(minutes=5)
    permit_without_stream: bool = False


class ServerKeepalive(Section):
    """`keepalive` of a gRPC server."""

    server_parameters: ServerParameters = ServerParameters()
    enforcement_policy: EnforcementPolicy = EnforcementPolicy()


class ClientKeepalive(Section):
    """`keepalive` of a gRPC client: pings that find a dead peer."""

    time: Duration = timedelta(seconds=10)
    timeout: Duration = timedelta(seconds=10)
    permit_without_stream: bool = False
