"""Build the wheel, install it in an environment of its own, and ask it outside the repository; `make wheel` runs it.

What is proved: the door works from the base install; `deserts serve` without its extra names the extra, and with it
answers; and how much the base install takes, without bytecode.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UV = Path(sys.executable).with_name("uv")
ASK = "import deserts; r = deserts.build('example', data='data'); print(r.backups(zip='86901'))"


def _call(words: list[str | Path], folder: Path, *, code: int = 0) -> str:
    """Run a program away from the checkout and return what it printed; end with that where the code is another."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "DESERTS"))}
    done = subprocess.run(
        [str(word) for word in words], cwd=folder, env=environment | {"PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode != code:
        sys.exit(f"{' '.join(map(str, words))} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}")
    return done.stdout + done.stderr


def _build(folder: Path) -> Path:
    # In this environment, whose hatchling is locked: a build of its own would fetch whatever is newest.
    _call([UV, "build", "--wheel", "--no-build-isolation", "--python", sys.executable, "--out-dir", folder, ROOT], ROOT)
    return next(folder.glob("deserts-*.whl"))


def _size(environment: Path) -> None:
    sizes: dict[str, int] = {}
    packages = next(environment.glob("lib/python*/site-packages"), environment / "Lib" / "site-packages")
    for path in packages.rglob("*"):
        if path.is_file() and path.suffix != ".pyc":
            top = path.relative_to(packages).parts[0].removesuffix(".libs")
            sizes[top] = sizes.get(top, 0) + path.stat().st_size
    count = len(list(packages.glob("*.dist-info")))
    print(f"base install: {sum(sizes.values()) / 1e6:,.0f} MB without bytecode, {count} distributions; the largest:")
    for name, size in sorted(sizes.items(), key=lambda pair: -pair[1])[:10]:
        print(f"  {size / 1e6:7.1f} MB  {name}")


def _page_answers(deserts: Path, folder: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    page = subprocess.Popen(
        [deserts, "serve", "--region", "example", "--data", "data", "--port", str(port)], cwd=folder,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        for _ in range(120):
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as answer:
                    assert answer.status == 200
                    print("with [web]: the page answers")
                    return
            except OSError:
                if page.poll() is not None:
                    sys.exit(f"deserts serve ended: {page.communicate()[1]}")
                time.sleep(0.5)
        sys.exit("the page did not answer within a minute")
    finally:
        page.terminate()


def main() -> None:
    """Build, install, ask."""
    with tempfile.TemporaryDirectory(prefix="deserts-wheel-") as name:
        folder = Path(name)
        wheel = _build(folder)
        environment, away = folder / "environment", folder / "away"
        away.mkdir()
        _call([UV, "venv", "--quiet", "--python", sys.executable, environment], folder)
        programs = environment / ("Scripts" if os.name == "nt" else "bin")
        install = [UV, "pip", "install", "--quiet", "--python", programs / "python", "--constraint", _versions(folder)]
        _call([*install, wheel], folder)
        _size(environment)
        said = _call([programs / "python", "-c", ASK], away)
        assert "86901" in said or "backup" in said.lower(), said
        print("base install: deserts.build and backups answer")
        told = _call([programs / "deserts", "serve", "--region", "example", "--data", "data"], away, code=3)
        assert "deserts[web]" in told, told
        print("without [web]: deserts serve names the extra")
        _call([*install, f"deserts[web] @ {wheel.as_uri()}"], folder)
        _page_answers(programs / "deserts", away)
        (ROOT / "dist").mkdir(exist_ok=True)
        shutil.copy2(wheel, ROOT / "dist")
        print(f"dist/{wheel.name}")


def _versions(folder: Path) -> Path:
    """Write the versions of the lock without their hashes: a wheel that was just built has none."""
    lines = (ROOT / "requirements.lock").read_text("utf-8").splitlines()
    pins = [line.rstrip(" \\") for line in lines if line and not line.startswith((" ", "#"))]
    path = folder / "versions.txt"
    path.write_text("\n".join(pins) + "\n")
    return path


if __name__ == "__main__":
    main()
