"""ClipRunner without BentoML: the models that are served, each in a slot of its own."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from threading import Lock, Thread

import numpy as np
import numpy.typing as npt

from framed.errors import FramedError, StartupError
from framed.photo import Pixels
from framed.questions import RankQuestion
from framed.reload_report import ReloadReport
from framed.results import BankFacts, ClipFacts, Embedding, Ranking
from framed.settings import Settings
from runners.clip.hosted import HostedModel, host
from runners.clip.kept_where import group_file
from runners.clip.models import ModelFiles, locate
from runners.clip.slot import ModelSlot, find_slot

LOST_SECONDS = 60.0  # of one call of an engine; nobody has waited for it for long
PATIENCE = 0.8  # of a request's deadline may be spent on waiting for a model that loads


class ClipCore:
    """Encodes photos and texts, and ranks label banks; loads in the background.

    Every question may name its model; none means the default one. Until the default model and its
    default bank are there its questions are answered `not_ready`; another model is loaded when it
    is first asked for, and its first questions wait.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._slots = _slots(settings)
        self._slots[0].begin()
        for slot in self._slots[1:] if settings.preload else ():
            slot.begin()
        if settings.model_idle and self._slots[1:]:
            Thread(target=self._unload_idle, name="idle-models", daemon=True).start()

    @property
    def is_loading(self) -> bool:
        """A model is on its way."""
        return any(slot.state().state == "loading" for slot in self._slots)

    def fault(self) -> str | None:
        """Why a model will never answer again in this process; None where that is not so."""
        lost = [slot for slot in self._slots if slot.longest_call > LOST_SECONDS]
        return f"the engine of {lost[0].words[0]} does not come back" if lost else None

    async def rank(
        self, image: Pixels, question: RankQuestion, model: str | None = None
    ) -> Ranking:
        """Encode one square uint8 [S, S, 3] and rank the question's labels against it."""
        async with self._slot(model).use(photos=1) as hosted:
            return await hosted.rank(image, question)

    async def rank_regions(
        self, images: Pixels, question: RankQuestion, model: str | None = None
    ) -> Ranking:
        """Encode one photo's squares uint8 [R, S, S, 3], the whole and then its crops, and rank the
        question's labels against all of them, merged by `regions.MERGE`."""
        async with self._slot(model).use(photos=1) as hosted:
            return await hosted.rank_regions(images, question)

    async def encode_image(self, image: Pixels, model: str | None = None) -> Embedding:
        """The unit embedding float32 [D] of one square uint8 [S, S, 3]."""
        async with self._slot(model).use(photos=1) as hosted:
            return await hosted.encode_image(image)

    async def encode_texts(
        self, texts: Sequence[str], model: str | None = None
    ) -> npt.NDArray[np.float32]:
        """Unit embeddings float32 [N, D] of texts as they stand, in their order."""
        async with self._slot(model).use() as hosted:
            return await hosted.encode_texts(texts)

    async def reload(self, bank: str | None, model: str | None = None) -> tuple[ReloadReport, ...]:
        """Read one bank's files again, or all banks', and serve them from the next request on.

        Without a `model` every one that is loaded reads them, the default one first; one that is
        loading does so as soon as it is there, one that is not loaded when it is. What one model
        refuses does not keep the next one from reading, and is raised in the end.
        """
        slots = self._slots if model is None else (self._slot(model),)
        begun = [slot for slot in slots if slot is slots[0] or slot.has_begun]
        outcomes = [await _reloaded(slot, bank, wait=slot is not slots[0]) for slot in begun]
        for slot in slots:
            if slot not in begun:
                await asyncio.to_thread(_have_it_read_elsewhere, slot, self._settings)
        if refusals := [each for each in outcomes if isinstance(each, FramedError)]:
            raise refusals[0]
        good = (each for each in outcomes if not isinstance(each, FramedError))
        return tuple(report for reports in good for report in reports)

    async def bank(self, name: str | None, model: str | None = None) -> BankFacts:
        """Labels, templates and checksum of one bank; None is the default bank."""
        async with self._slot(model).use() as hosted:
            return hosted.bank_facts(hosted.bank(name))

    async def describe(self, model: str | None = None) -> ClipFacts:
        """What runs here and how it is; answers in every state of the default model.

        With models to be preloaded it is not `warmed` before all of them have been ready.

        The facts of another `model` are had by loading it.
        """
        if model is None:
            states = tuple(slot.state() for slot in self._slots)
            facts = self._slots[0].facts()
            awaited = self._slots if self._settings.preload else ()
            warmed = facts.warmed and all(slot.has_served for slot in awaited)
            return replace(facts, models=states, warmed=warmed)
        async with self._slot(model).use() as hosted:
            return hosted.facts()

    def wait(self) -> None:
        """Block until the default model and its banks are there; `StartupError` if they cannot."""
        self._slots[0].wait().wait_for_banks()
        facts = self._slots[0].facts()
        if facts.state == "failed":
            raise StartupError(facts.reason or "the default label bank could not be loaded")

    def _slot(self, model: str | None) -> ModelSlot:
        return find_slot(model, self._slots)

    def _unload_idle(self) -> None:
        idle = self._settings.model_idle
        while True:
            time.sleep(min(idle / 4, 5.0))
            for slot in self._slots[1:]:
                slot.unload_if_idle(idle)


async def _reloaded(
    slot: ModelSlot, bank: str | None, *, wait: bool
) -> list[ReloadReport] | FramedError:
    """What became of a model's banks; with `wait` one that cannot be loaded is passed over."""
    try:
        async with slot.use(wait=wait) as hosted:
            reports = await hosted.reload(bank)
    except FramedError as refusal:
        return [] if wait and not slot.is_loaded else refusal
    return [replace(report, model=slot.words[0]) for report in reports]


def _have_it_read_elsewhere(slot: ModelSlot, settings: Settings) -> None:
    """Replicas of the group that have this model loaded read its banks' files again."""
    if file := group_file(slot.words[0], settings):
        file.commit_reread()


def _slots(settings: Settings) -> tuple[ModelSlot, ...]:
    """One for each model of the settings, the default one first; two names of one are one."""
    turn, patience = Lock(), PATIENCE * min(settings.deadline, settings.item_deadline)
    slots: dict[str, ModelSlot] = {}
    for word in settings.served_models:
        files = _files(word, settings)
        slot = ModelSlot(
            word,
            files,
            partial(_host, word, settings),
            turn=turn,
            patience=patience if slots else 0.0,
        )
        slots.setdefault(slot.words[0], slot)
    return tuple(slots.values())


def _files(word: str, settings: Settings) -> ModelFiles | None:
    """Where the model lies; None where it cannot be, which its loading will say."""
    try:
        return locate(word, settings.config_dir, settings.cache_dir)
    except StartupError:
        return None


def _host(word: str, settings: Settings) -> HostedModel:
    hosted = host(locate(word, settings.config_dir, settings.cache_dir), settings)
    hosted.open_default_bank()
    return hosted
