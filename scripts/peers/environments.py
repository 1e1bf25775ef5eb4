"""An environment a server: made once, kept between runs, made again when its packages change."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from scripts.benchmarks.models import ROOT
from scripts.benchmarks.row import NotMeasurableError
from scripts.peers.peer import Peer

_SETUP = ROOT / "scripts" / "setup.sh"
_STAMP = "packages.sha256"
_INSTALL_S = 1800


def environment(peer: Peer, folder: Path) -> Path:
    """The environment of `peer` below `folder`, with its packages in it.

    pip's configuration and TORCH_BACKEND count as in `make setup`. Raises `NotMeasurableError`
    where they cannot be installed.
    """
    home = folder.resolve() / peer.environment
    stamp, wanted = home / _STAMP, fingerprint(peer.packages)
    if stamp.is_file() and stamp.read_text() == wanted:
        return home
    shutil.rmtree(home, ignore_errors=True)
    print(f"peers: installing {peer.environment} into {home}", file=sys.stderr)
    _uv("venv", "--quiet", "--python", sys.executable, str(home))
    _uv("pip", "install", "--quiet", "--python", str(home / "bin" / "python"), *peer.packages)
    stamp.write_text(wanted)
    return home


def fingerprint(packages: Sequence[str]) -> str:
    """Changes with the packages, and with what a file of requirements among them says."""
    digest = hashlib.sha256()
    for word in packages:
        digest.update(Path(word).read_bytes() if word.endswith(".txt") else word.encode())
        digest.update(b"\0")
    return digest.hexdigest()


def size_mb(folder: Path) -> float:
    """What a folder takes on disk, in MB (10^6 bytes): a file with several names counts once."""
    blocks = {}
    for parent, _, names in os.walk(folder):
        for name in names:
            facts = os.lstat(os.path.join(parent, name))
            blocks[facts.st_ino] = facts.st_blocks
    return sum(blocks.values()) * 512 / 1e6


def _uv(*words: str) -> None:
    backend = os.environ.get("TORCH_BACKEND")
    chosen = {"UV_TORCH_BACKEND": backend} if backend else {}
    command = ["sh", str(_SETUP), "uv", *words]
    try:
        subprocess.run(
            command, cwd=ROOT, env={**os.environ, **chosen}, check=True, timeout=_INSTALL_S
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise NotMeasurableError(f"its environment could not be made: {error}") from error
