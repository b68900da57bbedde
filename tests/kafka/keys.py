"""Keys for one test run: an authority, a broker that it vouches for, a client that it vouches for; and another one."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import NamedTuple

DAYS = 2


class Pair(NamedTuple):
    """A certificate and its key, as PEM files."""

    certificate: Path
    key: Path


class Keys:
    """Made by openssl in some 0.1 s."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.authority = self._authority("authority")
        self.stranger = self._authority("stranger")
        self.broker = self._signed("broker", "subjectAltName=IP:127.0.0.1")
        self.client = self._signed("client", "extendedKeyUsage=clientAuth")

    def keystore(self) -> Path:
        """The broker's key and certificate in one file, as Kafka reads them."""
        store = self._folder / "keystore.pem"
        store.write_text(self.broker.key.read_text() + self.broker.certificate.read_text())
        return store

    def _authority(self, name: str) -> Pair:
        pair = self._pair(name)
        self._openssl(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", str(DAYS),
            "-subj", f"/CN={name}", "-keyout", str(pair.key), "-out", str(pair.certificate),
        )  # fmt: skip
        return pair

    def _signed(self, name: str, extension: str) -> Pair:
        pair = self._pair(name)
        self._openssl(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", str(DAYS),
            "-subj", f"/CN={name}", "-addext", extension, "-addext", "basicConstraints=critical,CA:FALSE",
            "-CA", str(self.authority.certificate), "-CAkey", str(self.authority.key),
            "-keyout", str(pair.key), "-out", str(pair.certificate),
        )  # fmt: skip
        return pair

    def _pair(self, name: str) -> Pair:
        return Pair(self._folder / f"{name}.crt", self._folder / f"{name}.key")

    def _openssl(self, *arguments: str) -> None:
        subprocess.run(["openssl", *arguments], check=True, capture_output=True)
