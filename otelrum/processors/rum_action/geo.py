"""Where a client is, by its address (SPEC section 10)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from otelrum.collector.errors import ConfigError
from otelrum.collector.forwarded_for import parse_address

if TYPE_CHECKING:
    from maxminddb import Reader


class Geo:
    """A MaxMind database of cities or countries. Another file needs a restart."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._reader: Reader | None = None

    def open(self) -> None:
        """Open the file. Raises ConfigError when it is not there or no such database."""
        import maxminddb  # only who has a database pays for it

        try:
            self._reader = maxminddb.open_database(self._path)
        except (OSError, ValueError, maxminddb.InvalidDatabaseError) as error:
            raise ConfigError(f"geo::database: cannot read {self._path}: {error}") from error

    def lookup(self, address: str) -> dict[str, str]:
        """`geo.country.iso_code`, `geo.region.iso_code`, `geo.locality.name`, as far as known.

        The region is an ISO 3166-2 code with its country, such as `CA-QC`, as OpenTelemetry's
        semantic conventions have it.
        """
        parsed = parse_address(address)
        if parsed is None or self._reader is None:
            return {}
        try:
            record = self._reader.get(parsed)
        except (ValueError, RuntimeError):  # IPv6 in a database of IPv4, a damaged branch
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
        """Close the file. Nothing is known of any address then."""
        if self._reader is not None:
            self._reader.close()
            self._reader = None


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
