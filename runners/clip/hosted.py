"""One model and all that serves it: its engine's threads, its batcher, its texts, its banks."""

from __future__ import annotations

import asyncio
import logging
import os
import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from threading import Thread

import numpy as np
import numpy.typing as npt

from framed.errors import Code, FramedError
from framed.photo import Pixels, SquareSpec
from framed.questions import RankQuestion
from framed.results import BankFacts, ClipFacts, Embedding, Ranking, ReloadReport
from framed.settings import RUN_ID, Settings
from framed.telemetry.stages import stage
from runners.clip import ranking, regions
from runners.clip.anchors import ANCHORS, backend, clip_iqa
from runners.clip.banks.bank import LabelBank
from runners.clip.banks.build import assemble_bank, prompts_of
from runners.clip.banks.reading import PATIENCE, LabelFiles
from runners.clip.banks.source import BankText
from runners.clip.banks.store import BankStore
from runners.clip.batching import Batcher
from runners.clip.building import BankBuilder, BankMaker
from runners.clip.following import Follower
from runners.clip.kept_where import banks_folder, folder_name, group_file
from runners.clip.membership import Membership
from runners.clip.model_card import accuracy_line
from runners.clip.models import ModelFacts, ModelFiles
from runners.clip.opening import OpenModel, open_model
from runners.clip.shelf import BankShelf
from runners.clip.texts import TextEncoder
from runners.clip.words.prompt_cache import PromptCache

logger = logging.getLogger("framed.clip")

RAW_TEMPLATE = "{}"
GPU_BATCH, CPU_BATCH = 32, 4
RELOADS = 8  # that may wait for each other; more wait for these
READING = 0.5  # of a reload's deadline may be spent on label files that do not come


@dataclass(frozen=True)
class _Threads:
    """The engine's own, and some for reloads: neither photos nor words wait for label files, nor
    a reload for one that hangs."""

    engine: ThreadPoolExecutor
    reloads: ThreadPoolExecutor

    def close(self) -> None:
        self.engine.shutdown(cancel_futures=True)
        self.reloads.shutdown(wait=False, cancel_futures=True)


class HostedModel:
    """Encodes photos and texts with one model, and ranks its label banks.

    A default bank that is bad costs only the questions that need it, until a reload mends it.
    """

    def __init__(
        self, model: OpenModel, settings: Settings, texts: TextEncoder, threads: _Threads
    ) -> None:
        self._model = model
        self._settings = settings
        self._texts = texts
        self._threads = threads
        self._accuracy = accuracy_line(model.files.folder)
        self._batcher = _batcher(model, settings, threads.engine)
        self._good, self._bad = map(texts.encode_and_wait(ANCHORS).__getitem__, ANCHORS)
        self.shelf = _shelf(model, texts, settings)
        self._follower = Follower(self.shelf)
        self._banks = Thread(target=self._open_banks, name="banks", daemon=True)

    @property
    def open(self) -> OpenModel:
        """The model's files and facts, and its engine."""
        return self._model

    @property
    def batcher(self) -> Batcher:
        """The photos' way into the engine."""
        return self._batcher

    @property
    def busy(self) -> bool:
        """Whether banks are still being built."""
        return self._banks.is_alive()

    def open_default_bank(self) -> None:
        """Put the default bank on the shelf, or what is wrong with it into the log."""
        self.shelf.expect_all()
        self.shelf.try_open(self._settings.default_bank)
        if self._settings.default_bank in self.shelf.banks:
            logger.info("ready: %s on %s", self._model.files.name, self._model.engine.device)

    def open_other_banks(self) -> None:
        """Begin to put the other banks on the shelf, behind the questions that come."""
        self._banks.start()

    def wait_for_banks(self) -> None:
        """Block until all banks are there."""
        self._banks.join()

    def close(self) -> None:
        """Give threads and memory back; nobody may be asking."""
        self._follower.stop()
        self._threads.close()

    def _open_banks(self) -> None:
        self.shelf.open_all()
        self._follower.start()

    async def rank(self, image: Pixels, question: RankQuestion) -> Ranking:
        """See `ClipCore.rank`."""
        bank = await self._bank_for(question)
        embedding = await self._batcher.encode(image)
        with stage("score"):
            scores = ranking.cosines(embedding, bank.embeddings)
            return self._ranking(question, bank, embedding, scores)

    async def rank_regions(self, images: Pixels, question: RankQuestion) -> Ranking:
        """See `ClipCore.rank_regions`."""
        bank = await self._bank_for(question)
        embeddings = await self._batcher.encode_all(images)
        with stage("score"):
            scores = np.stack([ranking.cosines(each, bank.embeddings) for each in embeddings])
            merged = self._ranking(question, bank, embeddings[0], regions.merged(scores))
            by_region = regions.best_of_each(bank.labels, scores, question.temperature)
        return replace(merged, by_region=by_region, merge=regions.MERGE)

    def _ranking(
        self,
        question: RankQuestion,
        bank: LabelBank,
        embedding: Embedding,
        scores: ranking.Doubles,
    ) -> Ranking:
        top_k, adjusted = ranking.clamp_top_k(question.top_k, len(bank.labels), question.most)
        ranked = ranking.rank(bank.labels, scores, question.temperature)
        return Ranking(
            results=ranking.best(ranked, top_k, question.threshold),
            top_k=top_k,
            bank=bank.name if question.labels is None else None,
            bank_checksum=bank.checksum,
            embedding=embedding,
            adjusted=adjusted,
            every=None if question.labels is None else ranked,
            clip_iqa=clip_iqa(embedding, self._good, self._bad, self._model.facts.logit_scale),
            clip_iqa_backend=backend(self._model.files.model_id),
        )

    async def encode_image(self, image: Pixels) -> Embedding:
        """See `ClipCore.encode_image`."""
        return await self._batcher.encode(image)

    async def encode_texts(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """See `ClipCore.encode_texts`."""
        vectors = await self._texts.encode(texts)
        return np.stack([vectors[text] for text in texts])

    async def reload(self, bank: str | None) -> tuple[ReloadReport, ...]:
        """See `ClipCore.reload`."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads.reloads, self.shelf.reload, bank)

    def bank(self, name: str | None) -> LabelBank:
        """The bank of that name; None is the default one."""
        default = self._settings.default_bank
        if name in (None, default) and default not in self.shelf.banks:
            raise FramedError(
                Code.NOT_READY,
                f"The default label bank {default!r} could not be loaded: name another `bank`, or "
                "`/reload` once its files are mended; the operator finds the reason in the log.",
                retry_after=60,
            )
        return self.shelf.get(name or default)

    def facts(self) -> ClipFacts:
        """What runs here; "failed" where the default bank is not there."""
        default = self._settings.default_bank
        served = default in self.shelf.banks
        files, model, engine = self._model.files, self._model.facts, self._model.engine
        return ClipFacts(
            state="ready" if served else "failed",
            reason=None if served else self.shelf.refused.get(default),
            model=files.name,
            model_id=files.model_id,
            aliases=files.aliases,
            revision=model.revision,
            note=files.note,
            embedded=files.embedded,
            accuracy=self._accuracy,
            engine=engine.name,
            device=engine.device,
            precision=engine.precision,
            threads=engine.threads,
            refused=(*self._model.refused, *engine.refused),
            sizes=engine.sizes,
            default_size=engine.default_size,
            squares=tuple(_square(model, size) for size in engine.sizes),
            mean=model.preprocess.mean,
            std=model.preprocess.std,
            embedding_dim=model.embedding_dim,
            logit_scale=model.logit_scale,
            warmed=True,
            cuda_available=engine.cuda_available(),
            vram_used_gb=engine.vram_used_gb(),
            banks=tuple(bank_facts(bank) for bank in self.shelf.banks.values()),
            default_bank=default,
            pid=os.getpid(),
        )

    async def _bank_for(self, question: RankQuestion) -> LabelBank:
        if question.labels is None:
            return self.bank(question.bank)
        templates: tuple[str, ...] = (RAW_TEMPLATE,)
        if question.templates == "bank":
            templates = self.bank(question.bank).templates
        text = BankText("own", question.labels, templates)
        vectors = await self._texts.encode(prompts_of(text))
        return assemble_bank(text, vectors, self._model.facts.revision)


def host(files: ModelFiles, settings: Settings) -> HostedModel:
    """The model of `files`, warmed up, without any bank yet; takes seconds.

    Raises `StartupError` for a model, an engine or a device that is not to be had.
    """
    model = open_model(files, settings)
    engine = model.engine
    engine.warm_up()
    # warming up may have cost some of its streams
    threads = _Threads(ThreadPoolExecutor(engine.streams, "engine"), ThreadPoolExecutor(RELOADS))
    texts = TextEncoder(
        engine,
        threads.engine,
        patience=max(settings.deadline, settings.item_deadline),  # the edge answers by then
        cache=_prompt_cache(model, settings),
    )
    return HostedModel(model, settings, texts, threads)


def bank_facts(bank: LabelBank) -> BankFacts:
    """What a bank is, without its vectors."""
    return BankFacts(
        bank.name, bank.labels, bank.templates, bank.checksum, bank.names, bank.structure
    )


def _batcher(model: OpenModel, settings: Settings, executor: ThreadPoolExecutor) -> Batcher:
    engine = model.engine
    on_gpu = engine.device != "cpu"
    return Batcher(
        engine,
        executor,
        max_batch=settings.max_batch or (GPU_BATCH if on_gpu else CPU_BATCH),
        limit=settings.queue,
        streams=engine.streams,
    )


def _prompt_cache(model: OpenModel, settings: Settings) -> PromptCache:
    """Vectors of another engine or precision differ by bits, and lie in another file."""
    engine, facts = model.engine, model.facts
    file = f"{facts.revision}-{engine.name}-{engine.text_precision}.sqlite"
    folder = settings.cache_dir / "prompts" / folder_name(model.files.name)
    return PromptCache(folder / file, facts.embedding_dim)


def _shelf(model: OpenModel, texts: TextEncoder, settings: Settings) -> BankShelf:
    name, facts = model.files.name, model.facts
    kept_in = banks_folder(name, settings) / f"{model.engine.name}-{model.engine.text_precision}"
    builder = BankBuilder(
        LabelFiles(settings.config_dir, min(PATIENCE, READING * settings.reload_deadline)),
        BankStore(kept_in, os.environ.get(RUN_ID) or uuid.uuid4().hex),
        BankMaker(texts, facts.revision, facts.embedding_dim),
    )
    return BankShelf(
        builder,
        default=settings.default_bank,
        membership=Membership(group_file(name, settings)),
        limit=settings.reload_deadline,
    )


def _square(model: ModelFacts, size: int) -> SquareSpec:
    cut = model.preprocess
    return SquareSpec(size, cut.resize_mode, cut.interpolation, cut.fill)
