"""What the answers need of the runners; the same in this process or across a hop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from framed.photo import Pixels, PlaneName
from framed.questions import RankQuestion
from framed.reload_report import ReloadReport
from framed.results import BankFacts, ClipFacts, Embedding, Measurements, Ranking, TechnicalFacts


class ClipPort(Protocol):
    """Pictures and words to vectors, vectors to labels, by the model named (None: the default)."""

    async def rank(
        self, image: Pixels, question: RankQuestion, model: str | None = None
    ) -> Ranking: ...

    async def rank_regions(
        self, images: Pixels, question: RankQuestion, model: str | None = None
    ) -> Ranking: ...

    async def encode_image(self, image: Pixels, model: str | None = None) -> Embedding: ...

    async def encode_texts(
        self, texts: Sequence[str], model: str | None = None
    ) -> npt.NDArray[np.float32]: ...

    async def reload(
        self, bank: str | None, model: str | None = None
    ) -> tuple[ReloadReport, ...]: ...

    async def bank(self, name: str | None, model: str | None = None) -> BankFacts: ...

    async def describe(self, model: str | None = None) -> ClipFacts: ...


class TechnicalPort(Protocol):
    """Technical quality of a picture."""

    async def measure(self, planes: Mapping[PlaneName, Pixels]) -> Measurements: ...

    async def describe(self) -> TechnicalFacts: ...
