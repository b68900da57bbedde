"""Where a client is, by its address, and which address of a request is the client's (SPEC section 10)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from otelrum.collector.errors import ConfigError
from otelrum.collector.forwarded_for import Network, parse_address, sender_address

GeoFrom = Literal["attribute", "peer", "x-forwarded-for"]


class Geo:
    """A MaxMind database of cities or countries, opened for good: another file needs a restart."""

    def __init__(self, path: str) -> None:
        """Open the file. Raises ConfigError when it is not there or no such database."""
        import maxminddb  # only who has a database pays for it

        try:
            self._reader = maxminddb.open_database(path)
        except (OSError, ValueError, maxminddb.InvalidDatabaseError) as error:
            raise ConfigError(f"geo::database: cannot read {path}: {error}") from error
        self._broken = maxminddb.InvalidDatabaseError

    def lookup(self, address: str) -> dict[str, str]:
        """`geo.country.iso_code`, `geo.region.iso_code`, `geo.locality.name`, as far as known.

        The region is an ISO 3166-2 code with its country, such as `CA-QC`, as OpenTelemetry's
        semantic conventions have it.
        """
        parsed = parse_address(address)
        if parsed is None:
            return {}
        try:
            record = self._reader.get(parsed)
        except (ValueError, self._broken):  # IPv6 in a database of IPv4, a damaged branch
            return {}
        country = _text(record, "country", "iso_code")
        region = _text(record, "subdivisions", 0, "iso_code")
        found = {
            "geo.country.iso_code": country,
            "geo.region.iso_code": country and region and f"{country}-{region}",
            "geo.locality.name": _text(record, "city", "names", "en"),
        }
        return {key: value for key, value in found.items() if value}

    def close(self) -> None:
        """Let the file go."""
        self._reader.close()


def client_address(source: GeoFrom, peer: str, forwarded_for: str, trusted: Sequence[Network]) -> str | None:
    """The client's address by what the request tells, None when it does not.

    `forwarded_for` is the `X-Forwarded-For` header (several joined by commas).
    """
    if source == "attribute":
        return None
    hops = forwarded_for if source == "x-forwarded-for" else ""
    return sender_address(peer, hops, trusted) or None


def _text(record: object, *path: str | int) -> str:
    """The text at this path of a database record, empty when there is none."""
    for key in path:
        if isinstance(key, str) and isinstance(record, dict):
            record = record.get(key)
        elif isinstance(key, int) and isinstance(record, list) and len(record) > key:
            record = record[key]
        else:
            return ""
    return record if isinstance(record, str) else ""
