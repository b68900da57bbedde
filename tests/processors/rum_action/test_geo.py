from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from mmdb_writer import MMDBWriter
from netaddr import IPSet

from otelrum.collector.errors import ConfigError
from otelrum.processors.rum_action.geo import Geo
from tests.processors.rum_action.in_process import Run

Record = dict[str, Any]

MONTREAL: Record = {
    "city": {"names": {"en": "Montreal", "fr": "Montréal"}},
    "country": {"iso_code": "CA"},
    "subdivisions": [{"iso_code": "QC", "names": {"en": "Quebec"}}],
}
FOUND_MONTREAL = {
    "geo.country.iso_code": "CA",
    "geo.region.iso_code": "CA-QC",
    "geo.locality.name": "Montreal",
}


def _database(path: Path, ip_version: int, records: dict[str, Record]) -> Geo:
    writer = MMDBWriter(ip_version, "Test-City", ipv4_compatible=ip_version == 6)
    for network, record in records.items():
        writer.insert_network(IPSet([network]), record)
    writer.to_db_file(str(path / "test.mmdb"))
    geo = Geo(str(path / "test.mmdb"))
    geo.open()
    return geo


@pytest.fixture
def geo(tmp_path: Path) -> Geo:
    records: dict[str, Record] = {
        "198.51.100.0/24": MONTREAL,
        "2001:db8::/32": MONTREAL,
        "203.0.113.0/24": {"country": {"iso_code": "DE"}, "registered_country": {"iso_code": "US"}},
        "192.0.2.0/24": {"country": "broken", "subdivisions": [], "city": {"names": {"en": 5}}},
        "192.0.3.0/24": {"subdivisions": [{"iso_code": "QC"}]},
    }
    return _database(tmp_path, 6, records)


@pytest.mark.parametrize(
    "address",
    [
        "198.51.100.7",
        " 198.51.100.7 ",
        "198.51.100.7:4711",
        "2001:db8::1",
        "[2001:db8::1]:443",
        "::ffff:198.51.100.7",
    ],
)
def test_a_city_database_says_country_region_and_city(geo: Geo, address: str) -> None:
    assert geo.lookup(address) == FOUND_MONTREAL


def test_a_country_database_says_the_country_alone(geo: Geo) -> None:
    assert geo.lookup("203.0.113.9") == {"geo.country.iso_code": "DE"}


@pytest.mark.parametrize("address", ["192.0.2.1", "192.0.3.1", "8.8.8.8", "2001:db9::1", "fe80::1%eth0"])
def test_an_address_of_which_nothing_is_known_says_nothing(geo: Geo, address: str) -> None:
    assert geo.lookup(address) == {}


@pytest.mark.parametrize("address", ["", "unknown", "1.2.3", "1.2.3.4.5", "[", "[::1", "9" * 100_000])
def test_what_is_no_address_says_nothing(geo: Geo, address: str) -> None:
    assert geo.lookup(address) == {}


def test_ipv6_is_unknown_to_a_database_of_ipv4(tmp_path: Path) -> None:
    geo = _database(tmp_path, 4, {"198.51.100.0/24": MONTREAL})
    assert geo.lookup("198.51.100.7") == FOUND_MONTREAL
    assert geo.lookup("2001:db8::1") == {}


def test_a_file_that_cannot_be_read_is_a_mistake_in_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "garbage.mmdb").write_bytes(b"garbage")
    (tmp_path / "empty.mmdb").write_bytes(b"")
    for name in ("garbage.mmdb", "empty.mmdb", "missing.mmdb", ""):
        with pytest.raises(ConfigError, match=r"geo::database: cannot read .*"):
            Geo(str(tmp_path / name)).open()


def test_a_closed_database_knows_nothing_and_can_be_closed_again(geo: Geo) -> None:
    geo.close()
    geo.close()
    assert geo.lookup("198.51.100.7") == {}


# ------------------------------------------------------------------ the processor's
@pytest.mark.anyio
async def test_a_database_is_opened_at_start_and_closed_at_the_end(tmp_path: Path) -> None:
    """`validate` and each reload build components, and promise to open nothing."""
    path = tmp_path / "test.mmdb"
    run = Run({"geo": {"database": str(path)}})
    with pytest.raises(ConfigError, match="cannot read"):
        await run.processor.start(run.host)
    _database(tmp_path, 6, {"198.51.100.0/24": MONTREAL}).close()
    await run.processor.start(run.host)
    assert is_mapped(path)
    await run.end()
    assert not is_mapped(path)


def is_mapped(path: Path) -> bool:
    return str(path) in Path("/proc/self/maps").read_text()
