"""BentoML's clients without a temporary folder each: a front makes two at its start.

They would stay behind a front that is killed, and where the disk is full none could be made and no
front start. They are for files that a runner answers with, which ours never does.
"""

from __future__ import annotations

import tempfile
from types import SimpleNamespace

from _bentoml_impl.client import proxy2


class _Shared:
    """The run's own folder, in the place of a `TemporaryDirectory`."""

    def __init__(self, prefix: str) -> None:
        self.name = tempfile.gettempdir()

    def cleanup(self) -> None:
        """Nothing: it goes with the run."""


def share_folder() -> None:
    """Let the clients of this process make no folders from now on."""
    vars(proxy2)["tempfile"] = SimpleNamespace(
        TemporaryDirectory=_Shared, NamedTemporaryFile=tempfile.NamedTemporaryFile
    )
