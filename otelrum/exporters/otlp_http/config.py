"""What a user can set on the `otlp_http` exporter."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, model_validator

from otelrum.collector.sections import Auth, ClientTls, Duration, Secrets
from otelrum.exporters.addresses import check_base_url, check_url
from otelrum.exporters.headers import check_http_headers
from otelrum.exporters.sending import SendingConfig

BaseUrl = Annotated[str, AfterValidator(lambda url: check_base_url(url) if url else url)]
Url = Annotated[str, AfterValidator(lambda url: check_url(url) if url else url)]


class OtlpHttpConfig(SendingConfig):
    """`otlp_http`: `endpoint` is completed by /v1/traces and so on, the others are whole."""

    endpoint: BaseUrl = ""
    traces_endpoint: Url = ""
    metrics_endpoint: Url = ""
    logs_endpoint: Url = ""
    timeout: Duration = timedelta(seconds=30)
    encoding: Literal["proto", "json"] = "proto"
    compression: Literal["gzip", "zlib", "deflate", "zstd", "snappy", "x-snappy-framed", "lz4", "none", ""] = "gzip"
    proxy_url: str = ""
    tls: ClientTls = ClientTls()
    headers: Annotated[Secrets, AfterValidator(check_http_headers)] = {}
    auth: Auth | None = None

    @model_validator(mode="after")
    def _somewhere(self) -> OtlpHttpConfig:
        if not (self.endpoint or self.traces_endpoint or self.metrics_endpoint or self.logs_endpoint):
            raise ValueError("endpoint is missing")
        return self
