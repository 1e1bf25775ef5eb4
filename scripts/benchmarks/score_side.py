"""One photo from its bytes to ranked labels, with their match and without."""

from __future__ import annotations

import asyncio
import itertools
import json
import shutil
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from framed.imaging.prepare import prepare
from framed.photo import DecodeSpec, SquareSpec, ViewSpec
from framed.questions import RankQuestion
from framed.settings import Settings
from runners.clip.core import ClipCore
from runners.clip.reference.material import read_material

LARGE, LABELS = "large", 5_000
OWN, OWN_LABELS = "own", 300  # own labels, in place of a bank


_WORDS = tuple(f"thing number {number}" for number in range(OWN_LABELS))


class ScoreSide:
    """The model of `settings`, its default bank, and one of 5,000 labels in the same templates."""

    def __init__(self, settings: Settings) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="framed-bench-")
        config = _config(settings, Path(self._folder.name))
        self._core = ClipCore(settings.model_copy(update={"config_dir": config}))
        self._core.wait()
        self._loop = asyncio.new_event_loop()
        facts = self._loop.run_until_complete(self._core.describe())
        self._square: SquareSpec = facts.square(facts.default_size)

    def milliseconds(self, jpeg: bytes, bank: str | None, match: bool) -> float:
        """CPU of this process, all threads, for one photo against the labels of `bank`, or against
        own labels that were asked before."""
        own = _WORDS if bank == OWN else None
        question = RankQuestion(bank=None if own else bank, labels=own, match=match)
        start = time.process_time()
        self._loop.run_until_complete(self._ranked(jpeg, question))
        return (time.process_time() - start) * 1e3

    async def _ranked(self, jpeg: bytes, question: RankQuestion) -> object:
        views = prepare(jpeg, DecodeSpec(min_short_side=3 * self._square.size), self._views).views
        square = views.squares[self._square.size]
        return await self._core.rank(square, replace(question, tones=views.tones))

    @property
    def _views(self) -> ViewSpec:
        return ViewSpec(squares=(self._square,))


def _config(settings: Settings, folder: Path) -> Path:
    config = folder / "config"
    large = config / "banks" / LARGE
    large.mkdir(parents=True)
    for name in ("labels.json", "templates.json", "models.json"):
        shutil.copy(settings.config_dir / name, config)
    (config / "models").symlink_to(settings.config_dir / "models")
    words = read_material(settings.config_dir).words
    pairs = itertools.islice(itertools.permutations(words, 2), LABELS)
    (large / "labels.json").write_text(json.dumps({"labels": [" ".join(pair) for pair in pairs]}))
    shutil.copy(config / "templates.json", large)
    return config
