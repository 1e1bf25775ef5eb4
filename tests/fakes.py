"""Small honest stand-ins for the runners: real arithmetic, no model."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from framed.errors import Code, FramedError
from framed.photo import GREY_PREVIEW, Pixels, PlaneName, SquareSpec
from framed.questions import RankQuestion
from framed.reload_report import ReloadReport
from framed.results import (
    BankFacts,
    ClipFacts,
    Embedding,
    Measurements,
    MetricFacts,
    RankedLabel,
    Ranking,
    TechnicalFacts,
)
from framed.settings import Settings
from runners.clip.engines.contract import by_length

FACTS = ClipFacts(
    state="ready",
    model="fake",
    model_id="framed/fake",
    aliases=("alias",),
    device="cpu",
    precision="fp32",
    engine="fake",
    sizes=(224, 336),
    default_size=336,
    squares=(SquareSpec(224), SquareSpec(336)),
    mean=(0.5, 0.5, 0.5),
    std=(0.5, 0.5, 0.5),
    embedding_dim=3,
    logit_scale=100.0,
    warmed=True,
    banks=(BankFacts("default", ("red", "green"), ("{}",), "c0ffee"),),
)


BRIGHTNESS = MetricFacts(
    version=1,
    backend="framed",
    view=GREY_PREVIEW,
    range=(0.0, 1.0),
    direction="neither is better",
    high="Bright.",
    low="Dark.",
    names=("brightness",),
)
MEASURES = TechnicalFacts({"brightness": BRIGHTNESS}, warmed=True, pid=1)


def chosen(**fields: Any) -> Settings:
    """The settings as they are by default but for `fields`; the environment has no say."""
    return Settings.model_construct(**fields)


def mean_colour(image: Pixels) -> Embedding:
    """The unit vector of a picture's mean colour."""
    colour = image.reshape(-1, 3).mean(axis=0) + 1e-3
    unit: Embedding = (colour / np.linalg.norm(colour)).astype(np.float32)
    return unit


@dataclass
class FakeEngine:
    """An engine whose embedding is the mean colour; `trouble` may raise for a batch."""

    name: str = "fake"
    device: str = "cpu"
    precision: str = "fp32"
    text_precision: str = "fp32"
    threads: int = 1
    streams: int = 1
    refused: tuple[str, ...] = ()
    sizes: tuple[int, ...] = (224, 336)
    default_size: int = 336
    trouble: Callable[[Pixels], None] | None = None
    batches: list[tuple[int, ...]] = field(default_factory=list)
    prompts: list[str] = field(default_factory=list)

    def encode_images(self, batch: Pixels) -> npt.NDArray[np.float32]:
        self.batches.append(batch.shape)
        if self.trouble is not None:
            self.trouble(batch)
        return np.stack([mean_colour(image) for image in batch])

    def encode_texts(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        self.prompts.extend(texts)
        rows = np.array([[len(text), 1.0, sum(map(ord, text)) % 97] for text in texts])
        units: npt.NDArray[np.float32] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return units.astype(np.float32)

    def arrange_texts(self, prompts: Sequence[str], most: int) -> list[list[str]]:
        return by_length(prompts, most)

    def warm_up(self) -> None: ...

    def vram_used_gb(self) -> float:
        return 0.0

    def cuda_available(self) -> bool:
        return False

    def is_out_of_memory(self, error: BaseException) -> bool:
        return False

    def release_memory(self) -> None: ...


@dataclass
class FakeClip:
    """A ClipRunner that ranks red against green; `refusal` may refuse a square.

    A label's match is the square of its cosine; without `no_match`, it filters as it is asked to.
    """

    facts: ClipFacts = FACTS
    refusal: Callable[[Pixels], FramedError | None] = lambda image: None
    asked: list[tuple[int, RankQuestion]] = field(default_factory=list)
    no_match: str | None = None

    def asked_by_callers(self) -> list[tuple[int, RankQuestion]]:
        """What was asked, without what the photos themselves added."""
        return [(side, replace(question, tones=None)) for side, question in self.asked]

    async def rank(
        self, image: Pixels, question: RankQuestion, model: str | None = None
    ) -> Ranking:
        self.asked.append((image.shape[0], question))
        if (refusal := self.refusal(image)) is not None:
            raise refusal
        vector = mean_colour(image)
        ranked = [
            RankedLabel(name, float(vector[axis]), float(vector[axis]))
            for axis, name in enumerate(("red", "green"))
        ]
        best = tuple(sorted(ranked, key=lambda label: -label.score))
        found = Ranking(best, 2, "default", "c0ffee", vector)
        return self._matched(found, question) if question.match else found

    def _matched(self, found: Ranking, question: RankQuestion) -> Ranking:
        if self.no_match is not None:
            return replace(found, no_match=self.no_match)
        least = 0.5 if question.match_threshold == "bank" else question.match_threshold or 0.0
        matched = [replace(label, match=label.score**2) for label in found.results]
        passed = tuple(label for label in matched if label.score**2 >= least)
        return replace(found, results=passed, none_match=not passed)

    async def rank_regions(
        self, images: Pixels, question: RankQuestion, model: str | None = None
    ) -> Ranking:
        each = [await self.rank(image, question, model) for image in images]
        best = tuple(replace(ranking.results[0], match=None) for ranking in each)
        return replace(each[0], by_region=best, merge="the whole alone")

    async def encode_image(self, image: Pixels, model: str | None = None) -> Embedding:
        if (refusal := self.refusal(image)) is not None:
            raise refusal
        return mean_colour(image)

    async def encode_texts(
        self, texts: Sequence[str], model: str | None = None
    ) -> npt.NDArray[np.float32]:
        return FakeEngine().encode_texts(texts)

    async def reload(self, bank: str | None, model: str | None = None) -> tuple[ReloadReport, ...]:
        return (ReloadReport(bank or "default", 2, 1, "c0ffee", "c0ffee", 0, 0.0),)

    async def bank(self, name: str | None, model: str | None = None) -> BankFacts:
        return self.facts.banks[0]

    async def describe(self, model: str | None = None) -> ClipFacts:
        names = (None, self.facts.model, self.facts.model_id, *self.facts.aliases)
        if model not in names:
            raise FramedError(Code.UNKNOWN_MODEL, f"There is no model {model!r} here.")
        return self.facts

    def loading(self) -> FakeClip:
        """The same runner before its model is there."""
        return replace(self, facts=ClipFacts(state="loading"))


@dataclass
class FakeTechnical:
    """A TechnicalRunner that measures brightness; `refusal` may refuse."""

    refusal: FramedError | None = None

    async def measure(self, planes: Mapping[PlaneName, Pixels]) -> Measurements:
        if self.refusal is not None:
            raise self.refusal
        return Measurements({"brightness": float(planes[GREY_PREVIEW].mean()) / 255}, {}, {})

    async def describe(self) -> TechnicalFacts:
        return MEASURES
