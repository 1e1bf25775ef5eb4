"""Figures and servers that were never measured."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from scripts.benchmarks.load import FORM, form
from scripts.peers.agreement import Agreement
from scripts.peers.figures import Figures, Once, Speed
from scripts.peers.peer import Peer, Request
from scripts.peers.truncated import Beside


def figures(
    photos_s: float = 20.0, memory_mb: float = 600.0, start_s: float = 2.0, failed: int = 0
) -> Figures:
    """Of a server that answered the truncated photo with 400."""
    speed = Speed(photos_s, cpu_ms=50.0, p50_ms=80.0, start_s=start_s)
    beside = Beside(others=100, failed=failed, status=400)
    return Figures(speed, Once(memory_mb, 1000, Agreement(0.9999, 0.99), beside), disk_mb=500.0)


def peer(name: str, **other: Any) -> Peer:
    """A server whose answer is a bare list."""
    known: dict[str, Any] = {
        "title": name.title(),
        "environment": name,
        "packages": (f"{name}==1.0",),
        "command": lambda folder, checkpoint, port: [str(folder), str(port)],
        "request": Request("/embed", FORM, lambda jpeg: form(jpeg, "photo"), lambda it: it),
        "settings": f"{name} as it comes",
    }
    return Peer(name, **{**known, **other})


SAMPLE = Path(__file__).parents[3] / "docs" / "samples" / "pier_sunset.jpg"
