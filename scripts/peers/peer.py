"""What another server is here: its packages, how it is started, and how a photo is asked of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from scripts.benchmarks.row import NotMeasurableError


@dataclass(frozen=True)
class Checkpoint:
    """The same weights as each server reads them: open_clip's folder and transformers'."""

    open_clip: Path
    transformers: Path


@dataclass(frozen=True)
class Request:
    """A route that makes an embedding of a photo: the body of its POST, and where in its JSON
    answer the embedding is."""

    path: str
    content_type: str
    body: Callable[[bytes], bytes]
    find: Callable[[object], object]

    def embedding(self, answer: bytes) -> list[float]:
        """The numbers in an answer; `NotMeasurableError` where there are none."""
        try:
            found = self.find(json.loads(answer))
        except (LookupError, TypeError, ValueError) as error:
            raise NotMeasurableError(f"no embedding in {answer[:80]!r}") from error
        if found and isinstance(found, list) and all(isinstance(each, float) for each in found):
            return found
        raise NotMeasurableError(f"no embedding in {answer[:80]!r}")


@dataclass(frozen=True)
class Peer:
    """A server beside others.

    `packages` are what pip is asked to install; servers of one `environment` share it. `settings`
    says in words how it runs. `prepare` makes what it reads beside the checkpoint, once a run.
    """

    name: str
    title: str
    environment: str
    packages: Sequence[str]
    command: Callable[[Path, Checkpoint, int], list[str]]  # of its environment, and a free port
    request: Request
    settings: str
    variables: Callable[[Checkpoint], Mapping[str, str]] = field(default=lambda _: {})
    prepare: Callable[[Checkpoint], None] = field(default=lambda _: None)
    own_threads: bool = False  # chooses its threads itself, else is given one a core
    needs_bf16: bool = False  # has no place on a CPU without instructions for it
