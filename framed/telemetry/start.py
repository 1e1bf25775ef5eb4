"""A process of a server says who it is, and sends traces where they are asked for."""

from __future__ import annotations

from framed.settings import Settings
from framed.telemetry.keeping import sit_down
from framed.telemetry.tracing import start_tracing


def start_telemetry(chosen: Settings, process: str) -> None:
    """To be called once in the front and in each runner that is a process of its own."""
    sit_down(process)
    start_tracing(chosen, process)
