"""Third-party files of a page (the map's script, the rules' runtime): pinned by hash, found near by, never committed.

Order: the cache of the data folder, the user's cache, the npm client (its archive checked against the pinned
integrity), the address that folium names (through ``sources.http``). Every file is checked against its sha256
whatever way it came. Where none can be had a map is built with links instead, and says so; a page that needs the rules
cannot be made.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import os
import shutil
import subprocess
import tarfile
import tempfile
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from deserts.config import Settings
from deserts.errors import DesertsError, FaultyAnswerError, InputError
from deserts.store import write_bytes

__all__ = [
    "LEAFLET", "MICROPYTHON", "Asset", "AssetFile", "Assets", "cache_folders", "find_assets", "pinned", "web_fetcher",
]  # fmt: skip

LEAFLET, MICROPYTHON = "leaflet", "micropython"

_NPM_SECONDS = 60


@dataclass(frozen=True, slots=True)
class AssetFile:
    """One file of an asset: where it stands in the npm archive and on the web, and its hash."""

    name: str
    member: str
    url: str
    sha256: str

    @property
    def sri(self) -> str:
        """The hash in the form that a browser compares before it runs a linked file."""
        return "sha256-" + base64.b64encode(bytes.fromhex(self.sha256)).decode()


@dataclass(frozen=True, slots=True)
class Asset:
    """One third-party package that a page may hold."""

    package: str
    version: str
    licence: str
    homepage: str
    integrity: str
    files: tuple[AssetFile, ...]

    @property
    def folder(self) -> str:
        """Name of the folder that holds its files in a cache."""
        return f"{self.package.removeprefix('@').replace('/', '-')}-{self.version}"


@dataclass(frozen=True, slots=True)
class Assets:
    """What a page takes in: the bytes of each file, or none of them and the reason.

    Parameters
    ----------
    contents
        File name to bytes; empty when the files could not be had.
    came_from
        ``cache``, ``npm``, ``web`` or ``nowhere``.
    problems
        Why each way that was tried failed, in order.
    """

    contents: Mapping[str, bytes]
    came_from: str
    problems: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether the page can do without any other host."""
        return bool(self.contents)

    def text(self, name: str) -> str:
        """Return a file as text, empty when the files could not be had."""
        return self.contents.get(name, b"").decode("utf-8")


@functools.cache
def pinned(name: str = LEAFLET) -> Asset:
    """Return an asset that ``assets.toml`` pins."""
    entry = tomllib.loads(resources.files("deserts.publish").joinpath("assets.toml").read_text("utf-8"))[name]
    files = tuple(AssetFile(file, f["member"], f["url"], f["sha256"]) for file, f in sorted(entry["files"].items()))
    return Asset(entry["package"], entry["version"], entry["licence"], entry["homepage"], entry["integrity"], files)


def cache_folders(settings: Settings) -> tuple[Path, ...]:
    """Return the folders that are searched, the first being the one that is written to."""
    user = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "deserts" / "assets"
    return settings.raw_dir / "assets", user


def find_assets(
    settings: Settings, name: str = LEAFLET, *, fetch: Callable[[str], bytes] | None = None, npm: str = "npm"
) -> Assets:
    """Find the pinned files, filling the caches when they had to be fetched.

    Parameters
    ----------
    settings
        Gives the data folder, and whether connections are allowed.
    name
        Which asset of ``assets.toml``.
    fetch
        Returns the bytes at an address, see `web_fetcher`; None leaves the web out.
    npm
        Name or path of the npm client.

    Returns
    -------
    Assets
        Without contents when every way failed: a missing script is a reason to link to it, not to fail.
    """
    asset = pinned(name)
    folders = cache_folders(settings)
    problems: list[str] = []
    for folder in folders:
        if (kept := _from_cache(asset, folder / asset.folder, problems)) is not None:
            return Assets(kept, "cache", tuple(problems))
    ways: list[tuple[str, Callable[[], dict[str, bytes]]]] = []
    if settings.allow_network:
        ways.append(("npm", lambda: _from_npm(asset, npm)))
    else:
        problems.append("npm: connections are forbidden (--no-network)")
    if fetch is not None:
        ways.append(("web", lambda: {file.name: fetch(file.url) for file in asset.files}))
    for source, way in ways:
        try:
            content = _checked(asset, way())
        except (DesertsError, OSError) as error:
            problems.append(f"{source}: {error}")
            continue
        _fill(folders, asset, content)
        return Assets(content, source, tuple(problems))
    return Assets({}, "nowhere", tuple(problems))


def web_fetcher(settings: Settings) -> Callable[[str], bytes]:
    """Return what gets a file from the mirror or, where connections are allowed, from its address; one short try."""
    from deserts.sources.transport.http import Http, HttpSettings

    return Http(
        HttpSettings(
            allow_network=settings.allow_network, mirror=settings.mirror, attempts=1, connect_timeout_s=5.0,
            read_timeout_s=20.0,
        )
    ).get_bytes  # fmt: skip


def _from_cache(asset: Asset, folder: Path, problems: list[str]) -> dict[str, bytes] | None:
    if not all((folder / file.name).is_file() for file in asset.files):
        return None
    try:
        return _checked(asset, {file.name: (folder / file.name).read_bytes() for file in asset.files})
    except FaultyAnswerError as error:
        problems.append(f"cache {folder.name}: {error}")
        return None


def _checked(asset: Asset, content: dict[str, bytes]) -> dict[str, bytes]:
    for file in asset.files:
        found = hashlib.sha256(content[file.name]).hexdigest()
        if found != file.sha256:
            raise FaultyAnswerError(
                f"the file {file.name} of {asset.folder} has sha256 {found[:12]}…",
                expected=f"{file.sha256[:12]}… as pinned in deserts/publish/assets.toml",
                fix="delete the cached file, or get it from another source",
            )
    return content


def _from_npm(asset: Asset, npm: str) -> dict[str, bytes]:
    """Let the npm client pack the package into a temporary folder, check the archive and read the files out of it."""
    client = shutil.which(npm)
    if client is None:
        raise InputError("the npm client is not installed", fix="install npm, or put the files into the cache")
    with tempfile.TemporaryDirectory(prefix="deserts-npm-") as folder:
        try:
            subprocess.run(  # noqa: S603  a fixed command line without a shell; package and version are pinned
                [client, "pack", f"{asset.package}@{asset.version}", "--ignore-scripts", "--silent"],
                cwd=folder, check=True, capture_output=True, timeout=_NPM_SECONDS,
            )  # fmt: skip
        except (subprocess.SubprocessError, OSError) as error:
            raise InputError(
                f"npm pack failed: {type(error).__name__}", fix="run `deserts publish assets` when online"
            ) from error
        archive = next(iter(sorted(Path(folder).glob("*.tgz"))), None)
        if archive is None:
            raise FaultyAnswerError("npm pack wrote no archive", where=asset.folder)
        found = "sha512-" + base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
        if found != asset.integrity:
            raise FaultyAnswerError(
                f"the archive of {asset.folder} has integrity {found[:20]}…", expected=asset.integrity[:20] + "…"
            )
        with tarfile.open(archive) as members:
            return {file.name: _member(members, file.member) for file in asset.files}


def _member(archive: tarfile.TarFile, name: str) -> bytes:
    stream = archive.extractfile(name)
    if stream is None:
        raise FaultyAnswerError(f"the archive has no file {name}")
    return stream.read()


def _fill(folders: tuple[Path, ...], asset: Asset, content: Mapping[str, bytes]) -> None:
    """Keep the files in both caches; a cache that cannot be written is no reason to fail."""
    for folder in folders:
        try:
            for name, value in content.items():
                write_bytes(folder / asset.folder / name, value)
        except OSError:
            continue
