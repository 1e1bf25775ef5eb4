"""One model and all that serves it: its engine's threads, its batcher, its texts, its banks."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from threading import Thread

import numpy as np
import numpy.typing as npt

from framed.errors import Code, FramedError
from framed.photo import Pixels
from framed.questions import RankQuestion
from framed.reload_report import ReloadReport
from framed.results import BankFacts, ClipFacts, Embedding, Ranking
from framed.score_facts import ScoreFacts
from framed.settings import Settings
from framed.telemetry.stages import stage
from runners.clip import choosing, ranking, regions
from runners.clip.anchors import ANCHORS, backend, clip_iqa
from runners.clip.around_engine import (
    batcher_of,
    by_examples,
    reference_of,
    shelf_of,
    square_of,
    texts_of,
)
from runners.clip.banks.bank import LabelBank, edition
from runners.clip.batching import Batcher
from runners.clip.following import Follower
from runners.clip.model_card import accuracy_line
from runners.clip.models import ModelFiles
from runners.clip.opening import OpenModel, open_model
from runners.clip.reference.scorers import Scorers
from runners.clip.texts import TextEncoder
from runners.clip.word_finder import WordFinder
from runners.clip.words_asked import WordsAsked

logger = logging.getLogger("framed.clip")

NOT_ASKED = "match_not_asked"

RELOADS = 8  # that may wait for each other; more wait for these


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
        self._batcher = batcher_of(model, settings, threads.engine)
        self._good, self._bad = map(texts.encode_and_wait(ANCHORS).__getitem__, ANCHORS)
        self._scorers = Scorers(reference_of(model, texts, settings, threads.engine))
        self.shelf = shelf_of(model, texts, settings, self._to_serve)
        self._words = WordFinder(texts, self._scorers, model.facts.revision)
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
        """Whether banks, or what their labels are held against, are still being built."""
        return self._banks.is_alive() or self._scorers.busy

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
        """Block until all banks are there, and every match that can be."""
        self._banks.join()
        self._scorers.wait()

    def close(self) -> None:
        """Give threads and memory back; nobody may be asking."""
        self._follower.stop()
        self._scorers.close()
        self._threads.close()

    def _open_banks(self) -> None:
        try:
            self.shelf.open_all()
        finally:
            self._scorers.start()  # labels are answered without a match, but not without a bank
        self._follower.start()

    def _to_serve(self, bank: LabelBank) -> LabelBank:
        bank = by_examples(bank, self._model, self._settings)
        self._scorers.expect(bank)
        return bank

    async def rank(self, image: Pixels, question: RankQuestion) -> Ranking:
        """See `ClipCore.rank`."""
        words = await self._words_of(question)
        embedding = await self._batcher.encode(image)
        with stage("score"):
            cosines = ranking.cosines(embedding, words.bank.rows)
            return self._ranking(question, words, embedding, cosines, embedding)

    async def rank_regions(self, images: Pixels, question: RankQuestion) -> Ranking:
        """See `ClipCore.rank_regions`."""
        words = await self._words_of(question)
        embeddings = await self._batcher.encode_all(images)
        bank = words.bank
        with stage("score"):
            cosines = np.stack([ranking.cosines(each, bank.rows) for each in embeddings])
            seen = np.mean(embeddings, axis=0)
            merged = self._ranking(question, words, seen, regions.merged(cosines), embeddings[0])
            by_region = regions.best_of_each(bank.labels, cosines, question.temperature, bank.apart)
        return replace(merged, by_region=by_region, merge=regions.MERGE)

    def _ranking(
        self,
        question: RankQuestion,
        words: WordsAsked,
        seen: Embedding,
        cosines: ranking.Doubles,
        whole: Embedding,
    ) -> Ranking:
        """`seen` is what the labels are held against, `whole` the embedding that is answered."""
        bank = words.bank
        table = words.table(seen, cosines, question)
        top_k, adjusted = choosing.how_many(table, question)
        own = question.labels is not None
        return Ranking(
            results=choosing.best(table, question, top_k),
            top_k=top_k,
            bank=None if own else bank.name,
            bank_checksum=bank.checksum,
            embedding=whole,
            adjusted=adjusted,
            every=table.rows(range(len(bank.labels)), parents=False) if own else None,
            clip_iqa=clip_iqa(whole, self._good, self._bad, self._model.facts.logit_scale),
            clip_iqa_backend=backend(self._model.files.model_id),
            none_match=table.none_match,
            no_match=words.reason if question.match else NOT_ASKED,
            groups=choosing.best_of_groups(table, question),
            edition="" if own else edition(bank, words.scores),
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

    async def _words_of(self, question: RankQuestion) -> WordsAsked:
        default = self.shelf.banks.get(self._settings.default_bank)
        if question.labels is None:
            return self._words.of_bank(self.bank(question.bank), question)
        named = self.shelf.banks.get(question.bank or "", default)
        like = self.bank(question.bank) if question.templates == "bank" else named
        return await self._words.of_own_labels(question.labels, like, question)

    def scores(self, bank: LabelBank) -> ScoreFacts:
        """How the match of a bank's labels is worked out, or why it is not."""
        scorer = self._scorers.of(bank)
        return scorer.facts if scorer else ScoreFacts(self._scorers.reason(bank.templates))

    def bank_facts(self, bank: LabelBank) -> BankFacts:
        """What a bank is, without its vectors."""
        scores = self.scores(bank)
        return BankFacts(
            bank.name,
            bank.labels,
            bank.templates,
            bank.checksum,
            bank.names,
            bank.structure,
            scores,
            edition=edition(bank, scores),
        )

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
            squares=tuple(square_of(model, size) for size in engine.sizes),
            mean=model.preprocess.mean,
            std=model.preprocess.std,
            embedding_dim=model.embedding_dim,
            logit_scale=model.logit_scale,
            warmed=True,
            cuda_available=engine.cuda_available(),
            vram_used_gb=engine.vram_used_gb(),
            banks=tuple(map(self.bank_facts, self.shelf.banks.values())),
            default_bank=default,
            pid=os.getpid(),
        )


def host(files: ModelFiles, settings: Settings) -> HostedModel:
    """The model of `files`, warmed up, without any bank yet; takes seconds.

    Raises `StartupError` for a model, an engine or a device that is not to be had.
    """
    model = open_model(files, settings)
    engine = model.engine
    engine.warm_up()
    # warming up may have cost some of its streams
    threads = _Threads(ThreadPoolExecutor(engine.streams, "engine"), ThreadPoolExecutor(RELOADS))
    return HostedModel(model, settings, texts_of(model, settings, threads.engine), threads)
