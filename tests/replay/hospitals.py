"""Hospitals' web sites and a collection of their addresses: locator files, and addresses that work only when signed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from tests.replay.server import Answer, Asked

__all__ = ["COLLECTION", "SIGNATURE", "Collection", "Hospitals"]

COLLECTION = "/nathansutton/hospital-price-transparency/42c0ab1778a7b57b0012f236da706bbe0e7e24c7/dim/urls"
SIGNATURE = "SECRETSIGNATURE"


class Collection:
    """The collection's tables by state, as it publishes them."""

    def __init__(self, hosts: Sequence[tuple[str, str, str]]) -> None:
        self.hosts = hosts

    def __call__(self, asked: Asked) -> Answer:
        if asked.path == f"{COLLECTION}/me.json":
            rows = [{"ccn": ccn, "hospital_name": name, "file_url": url, "transparency_page": None}
                    for ccn, name, url in self.hosts]  # fmt: skip
            return Answer(json.dumps(rows).encode(), content_type="text/plain", is_file=True)
        return Answer(b"404: Not Found", 404, "text/plain")


class Hospitals:
    """One host with the example's price files; what lies under ``westbury`` asks for the signature."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, asked: Asked) -> Answer:
        if asked.path == "/cms-hpt.txt":
            text = ("location-name: Candlewick District Hospital\nsource-page-url: https://prices.example.org\n"
                    "mrf-url: https://prices.example.org/candlewick/970000004_candlewick_standardcharges.json\n"
                    "contact-name: X\ncontact-email: x@example.org\n\n"
                    "location-name: Westbury Memorial Hospital\n"
                    "mrf-url: https://prices.example.org/westbury/970000003_westbury_standardcharges.csv"
                    f"?sig={SIGNATURE}\n")  # fmt: skip
            return Answer(text.encode(), content_type="text/plain", is_file=True)
        if "westbury" in asked.path and asked.one("sig") != SIGNATURE:
            return Answer(b"AuthenticationFailed", 403, "text/plain")
        path = self.folder / asked.path.lstrip("/")
        if not path.is_file():
            return Answer(b"not found", 404, "text/plain")
        return Answer(path.read_bytes(), content_type="application/octet-stream", is_file=True)
