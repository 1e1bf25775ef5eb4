"""The tables of addresses and paths that lead nowhere, a line a case; and the disk for the paths.

A line holds `url` or `path`, `why` it is there, and `code`, the refusal where it is not the usual
one. `answers` gives the look-ups of a name in their order; `twin` is the same path to nothing.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
SECRET = b"pelican-under-the-stairs"


@dataclass(frozen=True)
class UrlCase:
    """One web address; `{port}` is a closed door on loopback, `{photos}` a server that redirects.

    Without `answers` it means the same on every machine and to every server.
    """

    url: str
    why: str
    answers: Mapping[str, list[list[str]]] = field(default_factory=dict)
    code: str = "forbidden_url"

    def spelled(self, port: int, photos: str) -> str:
        return self.url.replace("{port}", str(port)).replace("{photos}", photos)


@dataclass(frozen=True)
class PathCase:
    """One path; `{root}` is the allowed folder, `{outside}` the one around it."""

    path: str
    why: str
    twin: str | None = None

    def spelled(self, root: Path) -> str:
        return _placed(self.path, root)

    def spelled_twin(self, root: Path) -> str | None:
        return None if self.twin is None else _placed(self.twin, root)


def _placed(path: str, root: Path) -> str:
    return path.replace("{root}", str(root)).replace("{outside}", str(root.parent))


def url_cases() -> list[UrlCase]:
    return [UrlCase(**line) for line in _lines("ssrf_cases.jsonl")]


def path_cases() -> list[PathCase]:
    return [PathCase(**line) for line in _lines("path_cases.jsonl")]


def _lines(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (HERE / name).read_text(encoding="utf-8").splitlines()]


def plant(folder: Path, photo: bytes) -> Path:
    """Make a root below `folder` with `photo` as `a.jpg`, ways out of it and in, and secrets."""
    root = folder.resolve() / "root"
    (root / "in").mkdir(parents=True)
    (root / "a.jpg").write_bytes(photo)
    for secret in (folder / "secret.jpg", folder / "root-of-others" / "secret.jpg"):
        secret.parent.mkdir(exist_ok=True)
        secret.write_bytes(photo + SECRET)
    for name, target in _LINKS.items():
        (root / name).symlink_to(target)
    for name, target in _LINKS_AROUND.items():
        (folder / name).symlink_to(target)
    os.mkfifo(root / "pipe.jpg")
    _leave_socket(root, "socket.jpg")
    return root


def _leave_socket(folder: Path, name: str) -> None:
    """The file of a socket; its path may be longer than a socket's name, so it is a link's."""
    before = os.open(".", os.O_RDONLY)
    os.chdir(folder)
    try:
        with socket.socket(socket.AF_UNIX) as left:
            left.bind(name)
    finally:
        os.fchdir(before)
        os.close(before)


_LINKS = {
    "out.jpg": "../secret.jpg",
    "dangling.jpg": "../nothing.jpg",
    "out": "..",
    "chain.jpg": "out.jpg",
    "in/up": "../..",
    "proc": "/proc/self",
    "circle.jpg": "circle2.jpg",
    "circle2.jpg": "circle.jpg",
    "null.jpg": "/dev/null",
}
_LINKS_AROUND = {"link": "root", "deep": "root/in"}
