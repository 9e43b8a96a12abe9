"""Third-party files: only the pinned bytes are used, whichever way they come; without them the map is still made."""

from __future__ import annotations

import hashlib
import io
import stat
import tarfile
from pathlib import Path

import pytest

from deserts.config import Settings
from deserts.publish import assets
from deserts.publish.assets import Asset, AssetFile, find_assets

GOOD = {"a.js": b"alert(1)", "LICENSE": b"free"}


def archive(content: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, value in content.items():
            entry = tarfile.TarInfo(f"package/{name}")
            entry.size = len(value)
            tar.addfile(entry, io.BytesIO(value))
    return buffer.getvalue()


@pytest.fixture
def tarball() -> bytes:
    return archive(GOOD)


@pytest.fixture
def asset(monkeypatch, tmp_path, tarball) -> Asset:
    import base64

    files = tuple(
        AssetFile(n, f"package/{n}", f"https://x/{n}", hashlib.sha256(v).hexdigest()) for n, v in sorted(GOOD.items())
    )
    integrity = "sha512-" + base64.b64encode(hashlib.sha512(tarball).digest()).decode()
    made = Asset("toy", "1.0.0", "MIT", "https://x", integrity, files)
    monkeypatch.setattr(assets, "pinned", lambda name="leaflet": made)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return made


def fake_npm(folder: Path, tarball: bytes) -> str:
    (folder / "toy.bin").write_bytes(tarball)
    script = folder / "npm"
    script.write_text(f'#!/bin/sh\ncp "{folder}/toy.bin" toy-1.0.0.tgz\n')
    script.chmod(script.stat().st_mode | stat.S_IEXEC)
    return str(script)


def settings(tmp_path: Path, *, network: bool = True) -> Settings:
    return Settings(data_dir=tmp_path / "data", allow_network=network)


def test_npm_archive_is_checked_and_cached(asset, tmp_path, tarball):
    found = find_assets(settings(tmp_path), npm=fake_npm(tmp_path, tarball))
    assert found.came_from == "npm"
    assert found.text("a.js") == "alert(1)"
    again = find_assets(settings(tmp_path, network=False), npm="no-such-client")
    assert again.came_from == "cache"
    assert again.contents == found.contents


def test_other_archive_is_refused(asset, tmp_path):
    found = find_assets(settings(tmp_path), npm=fake_npm(tmp_path, archive({**GOOD, "a.js": b"evil()"})))
    assert not found.complete
    assert "integrity" in found.problems[0]


def test_web_is_asked_last_and_its_bytes_are_checked(asset, tmp_path):
    asked = []

    def fetch(url: str) -> bytes:
        asked.append(url)
        return GOOD[url.rsplit("/", 1)[1]]

    assert find_assets(settings(tmp_path), fetch=fetch, npm="no-such-client").came_from == "web"
    assert len(asked) == 2
    other = settings(tmp_path / "other")
    (tmp_path / "cache").rename(tmp_path / "gone")
    found = find_assets(other, fetch=lambda url: b"evil()", npm="no-such-client")
    assert not found.complete
    assert any("sha256" in text for text in found.problems)


def test_spoiled_cache_is_not_used(asset, tmp_path, tarball):
    find_assets(settings(tmp_path), npm=fake_npm(tmp_path, tarball))
    for file in tmp_path.rglob("a.js"):
        file.write_bytes(b"evil()")
    found = find_assets(settings(tmp_path, network=False))
    assert not found.complete
    assert "sha256" in " ".join(found.problems)


def test_without_connection_nothing_is_started(asset, tmp_path):
    made = settings(tmp_path, network=False)
    npm = tmp_path / "npm"
    npm.write_text(f"#!/bin/sh\ntouch {tmp_path}/started\n")
    npm.chmod(0o755)
    found = find_assets(made, fetch=assets.web_fetcher(made), npm=str(npm))
    assert found.came_from == "nowhere"
    assert not (tmp_path / "started").exists()
    assert any("forbid" in text for text in found.problems)


def test_mirror_serves_without_connection(asset, tmp_path):
    for name, content in GOOD.items():
        (tmp_path / "mirror" / "x").mkdir(parents=True, exist_ok=True)
        (tmp_path / "mirror" / "x" / name).write_bytes(content)
    made = Settings(data_dir=tmp_path / "data", allow_network=False, mirror=tmp_path / "mirror")
    assert find_assets(made, fetch=assets.web_fetcher(made)).came_from == "web"


def test_pinned_file_names_what_folium_names():
    import folium

    pinned = assets.pinned()
    named = {url for _, url in (*folium.Map.default_js, *folium.Map.default_css) if "leaflet@" in url}
    ours = {file.url for file in pinned.files if file.name != "LICENSE"}
    assert ours == named
    assert pinned.licence == "BSD-2-Clause"
    assert len(pinned.integrity) == len("sha512-") + 88
