"""TLS of the gRPC listener: certificates that are read again when their files change."""

from __future__ import annotations

from pathlib import Path

import grpc

from otelrum.collector.clock import Clock
from otelrum.collector.sections import ServerTls
from otelrum.collector.tls import server_context, watch_server


def server_credentials(tls: ServerTls, clock: Clock) -> grpc.ServerCredentials:
    """Credentials that look at their files at handshakes. Raises OSError, ssl.SSLError."""
    watch = watch_server(tls, clock)

    def renewed() -> grpc.ServerCertificateConfiguration | None:
        """None keeps what there is; gRPC calls this at each handshake, on a thread of its own."""
        if not watch.changed():
            return None
        try:
            return _read(tls)
        except (OSError, ValueError):
            return None

    # The stubs do not know that None is allowed.
    return grpc.dynamic_ssl_server_credentials(_read(tls), renewed, bool(tls.client_ca_file))  # type: ignore[arg-type]


def _read(tls: ServerTls) -> grpc.ServerCertificateConfiguration:
    server_context(tls)  # gRPC takes a key that does not fit its certificate, and fails at handshakes
    authorities = Path(tls.client_ca_file).read_bytes() if tls.client_ca_file else None
    pair = (Path(tls.key_file).read_bytes(), Path(tls.cert_file).read_bytes())
    return grpc.ssl_server_certificate_configuration([pair], authorities)
