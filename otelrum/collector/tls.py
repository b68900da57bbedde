"""TLS contexts made of files, and a watch on the files."""

from __future__ import annotations

import ssl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from otelrum.collector.clock import Clock
from otelrum.collector.sections import ClientTls, ServerTls

# `client_ca_file_reload` has no interval of its own: one stat a second costs nothing.
CLIENT_CA_INTERVAL = timedelta(seconds=1)

# Older ones are never spoken (RFC 8996).
VERSIONS = {"1.3": ssl.TLSVersion.TLSv1_3}


def server_context(tls: ServerTls) -> ssl.SSLContext:
    """What a listener shows, and what it asks of clients. Raises OSError, ssl.SSLError."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = VERSIONS.get(tls.min_version, ssl.TLSVersion.TLSv1_2)
    _load_pair(context, tls)
    if tls.client_ca_file:
        context.verify_mode = ssl.CERT_REQUIRED
        with _named(tls.client_ca_file):
            context.load_verify_locations(tls.client_ca_file)
    return context


def client_context(tls: ClientTls) -> ssl.SSLContext:
    """Whom a client trusts, and what it shows of itself. Raises OSError, ssl.SSLError."""
    with _named(tls.ca_file):
        context = ssl.create_default_context(cafile=tls.ca_file or None)
    context.minimum_version = VERSIONS.get(tls.min_version, ssl.TLSVersion.TLSv1_2)
    if tls.insecure_skip_verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if tls.cert_file:
        _load_pair(context, tls)
    return context


def _load_pair(context: ssl.SSLContext, tls: ServerTls | ClientTls) -> None:
    with _named(tls.cert_file, tls.key_file):
        # An encrypted key fails, instead of asking at the terminal for its password.
        context.load_cert_chain(tls.cert_file, tls.key_file, password="")


@contextmanager
def _named(*files: str) -> Iterator[None]:
    """What OpenSSL says of files does not name them."""
    for file in filter(None, files):
        Path(file).open("rb").close()
    try:
        yield
    except ssl.SSLError as error:
        raise ssl.SSLError(error.errno, f"{' and '.join(files)}: {error.strerror}") from error


def watch_server(tls: ServerTls, clock: Clock) -> FileWatch:
    """The watch that `reload_interval` and `client_ca_file_reload` ask for."""
    files = [tls.cert_file, tls.key_file] if tls.reload_interval else []
    if tls.client_ca_file_reload:
        files.append(tls.client_ca_file)
    return FileWatch(files, tls.reload_interval or CLIENT_CA_INTERVAL, clock)


class FileWatch:
    """Says, at most once an interval, whether one of some files is another one than before."""

    def __init__(self, files: Iterable[str], interval: timedelta, clock: Clock) -> None:
        self._files = [Path(file) for file in files if file]
        self._interval_ns = int(interval.total_seconds() * 1e9)
        self._clock = clock
        self._looked_ns = clock.now_ns()
        self._seen = self._look()

    def changed(self) -> bool:
        """False also when the interval is 0, which means that files are read once."""
        now_ns = self._clock.now_ns()
        if not self._interval_ns or now_ns - self._looked_ns < self._interval_ns:
            return False
        self._looked_ns = now_ns
        before, self._seen = self._seen, self._look()
        return self._seen != before

    def _look(self) -> list[tuple[int, int, int] | None]:
        return [_mark(file) for file in self._files]


def _mark(file: Path) -> tuple[int, int, int] | None:
    """What distinguishes two versions of a file: Kubernetes swaps symbolic links, so the inode too."""
    try:
        stat = file.stat()
    except OSError:
        return None
    return stat.st_ino, stat.st_mtime_ns, stat.st_size
