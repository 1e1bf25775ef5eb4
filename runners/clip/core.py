"""ClipRunner without BentoML: one model, its engine's thread, its batcher and its label banks."""

from __future__ import annotations

import asyncio
import logging
import os
import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Thread

import numpy as np
import numpy.typing as npt

from framed.errors import Code, FramedError, StartupError
from framed.photo import Pixels, SquareSpec
from framed.questions import RankQuestion
from framed.results import BankFacts, ClipFacts, Embedding, Ranking, ReloadReport
from framed.settings import RUN_ID, Settings
from runners.clip import ranking
from runners.clip.anchors import ANCHORS, backend, clip_iqa
from runners.clip.banks.bank import LabelBank
from runners.clip.banks.build import assemble_bank, prompts_of
from runners.clip.banks.source import BankText
from runners.clip.banks.store import BankStore
from runners.clip.batching import Batcher
from runners.clip.models import ModelFacts
from runners.clip.opening import OpenModel, open_model
from runners.clip.shelf import BankMaker, BankShelf
from runners.clip.texts import TextEncoder
from runners.clip.words.prompt_cache import PromptCache

logger = logging.getLogger("framed.clip")

RAW_TEMPLATE = "{}"
GPU_BATCH, CPU_BATCH = 32, 4


@dataclass(frozen=True)
class _Loaded:
    """All that exists once the model is loaded, and the default bank was tried."""

    open: OpenModel
    texts: TextEncoder
    shelf: BankShelf
    batcher: Batcher
    anchors: tuple[Embedding, Embedding]


class ClipCore:
    """Encodes photos and texts, and ranks label banks; loads in the background.

    Until the model and the default bank are there every question is answered `not_ready`. A
    default bank that is bad costs only the questions that need it, until a reload mends it.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._reloads = ThreadPoolExecutor(1, "reload")
        self._now: _Loaded | ClipFacts = ClipFacts(state="loading", pid=os.getpid())
        self._loader = Thread(target=self._load, name="model-loader", daemon=True)
        self._loader.start()

    async def rank(self, image: Pixels, question: RankQuestion) -> Ranking:
        """Encode one square uint8 [S, S, 3] and rank the question's labels against it."""
        loaded = self._ready()
        bank = await self._bank_for(loaded, question)
        embedding = await loaded.batcher.encode(image)
        scores = ranking.cosines(embedding, bank.embeddings)
        top_k, adjusted = ranking.clamp_top_k(question.top_k, len(bank.labels))
        ranked = ranking.rank(bank.labels, scores, question.temperature)
        return Ranking(
            results=ranking.best(ranked, top_k, question.threshold),
            top_k=top_k,
            bank=bank.name if question.labels is None else None,
            bank_checksum=bank.checksum,
            embedding=embedding,
            adjusted=adjusted,
            every=None if question.labels is None else ranked,
            clip_iqa=clip_iqa(embedding, *loaded.anchors, loaded.open.facts.logit_scale),
            clip_iqa_backend=backend(loaded.open.files.model_id),
        )

    async def encode_image(self, image: Pixels) -> Embedding:
        """The unit embedding float32 [D] of one square uint8 [S, S, 3]."""
        return await self._ready().batcher.encode(image)

    async def encode_texts(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Unit embeddings float32 [N, D] of texts as they stand, in their order."""
        vectors = await self._ready().texts.encode(texts)
        return np.stack([vectors[text] for text in texts])

    async def reload(self, bank: str | None) -> tuple[ReloadReport, ...]:
        """Read one bank's files again, or all banks', and serve them from the next request on."""
        shelf = self._ready().shelf
        return await asyncio.get_running_loop().run_in_executor(self._reloads, shelf.reload, bank)

    async def bank(self, name: str | None) -> BankFacts:
        """Labels, templates and checksum of one bank; None is the default bank."""
        return _bank_facts(self._bank(self._ready(), name))

    async def describe(self) -> ClipFacts:
        """What runs here and how it is; answers in every state."""
        return self._facts()

    def wait(self) -> None:
        """Block until loading has ended; raises `StartupError` if it failed."""
        self._loader.join()
        facts = self._facts()
        if facts.state == "failed":
            raise StartupError(facts.reason or "the model could not be loaded")

    def _facts(self) -> ClipFacts:
        now, default = self._now, self._settings.default_bank
        if isinstance(now, ClipFacts):
            return now
        served = default in now.shelf.banks
        files, model, engine = now.open.files, now.open.facts, now.open.engine
        return ClipFacts(
            state="ready" if served else "failed",
            reason=None if served else now.shelf.refused.get(default),
            model=files.name,
            model_id=files.model_id,
            aliases=files.aliases,
            revision=model.revision,
            note=files.note,
            engine=engine.name,
            device=engine.device,
            precision=engine.precision,
            threads=engine.threads,
            refused=(*now.open.refused, *engine.refused),
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
            banks=tuple(_bank_facts(bank) for bank in now.shelf.banks.values()),
            default_bank=default,
            pid=os.getpid(),
        )

    def _ready(self) -> _Loaded:
        if not isinstance(self._now, ClipFacts):
            return self._now
        raise self._now.refusal() or AssertionError("facts alone are never a model")

    def _bank(self, loaded: _Loaded, name: str | None) -> LabelBank:
        default = self._settings.default_bank
        if name in (None, default) and default not in loaded.shelf.banks:
            raise FramedError(
                Code.NOT_READY,
                f"The default label bank {default!r} could not be loaded: name another `bank`, or "
                "`/reload` once its files are mended; the operator finds the reason in the log.",
                retry_after=60,
            )
        return loaded.shelf.get(name or default)

    async def _bank_for(self, loaded: _Loaded, question: RankQuestion) -> LabelBank:
        if question.labels is None:
            return self._bank(loaded, question.bank)
        templates: tuple[str, ...] = (RAW_TEMPLATE,)
        if question.templates == "bank":
            templates = self._bank(loaded, question.bank).templates
        text = BankText("own", question.labels, templates)
        vectors = await loaded.texts.encode(prompts_of(text))
        return assemble_bank(text, vectors, loaded.open.facts.revision)

    def _load(self) -> None:
        try:
            loaded = self._open()
            loaded.shelf.expect_all()
            loaded.shelf.try_open(self._settings.default_bank)
        except (StartupError, FramedError) as bad:
            self._fail(str(bad))
        except Exception as bad:  # a door: the thread's end must be seen in describe()
            logger.exception("loading failed")
            self._fail(f"{type(bad).__name__}: {bad}")
        else:
            self._now = loaded
            if self._settings.default_bank in loaded.shelf.banks:
                logger.info("ready: %s on %s", loaded.open.files.name, loaded.open.engine.device)
            loaded.shelf.open_all()

    def _fail(self, reason: str) -> None:
        self._now = ClipFacts(state="failed", reason=reason, pid=os.getpid())
        logger.error("the model is not served: %s", reason)

    def _open(self) -> _Loaded:
        settings = self._settings
        model = open_model(settings)
        engine = model.engine
        engine.warm_up()
        executor = ThreadPoolExecutor(engine.streams, "engine")  # warming up may cost some of them
        patience = max(settings.deadline, settings.item_deadline)  # the edge answers by then
        texts = TextEncoder(
            engine,
            executor,
            patience=patience,
            cache=self._prompt_cache(model),
        )
        on_gpu = engine.device != "cpu"
        max_batch = settings.max_batch or (GPU_BATCH if on_gpu else CPU_BATCH)
        batcher = Batcher(
            engine,
            executor,
            max_batch=max_batch,
            limit=settings.queue,
            streams=engine.streams,
        )
        good, bad = map(texts.encode_and_wait(ANCHORS).__getitem__, ANCHORS)
        return _Loaded(model, texts, self._shelf_for(model, texts), batcher, (good, bad))

    def _prompt_cache(self, model: OpenModel) -> PromptCache:
        """Vectors of another engine or precision differ by bits, and lie in another file."""
        engine, facts = model.engine, model.facts
        file = f"{facts.revision}-{engine.name}-{engine.text_precision}.sqlite"
        folder = self._settings.cache_dir / "prompts" / _folder_name(model)
        return PromptCache(folder / file, facts.embedding_dim)

    def _shelf_for(self, model: OpenModel, texts: TextEncoder) -> BankShelf:
        kind = f"{model.engine.name}-{model.engine.text_precision}"
        kept_in = self._settings.cache_dir / "banks" / _folder_name(model) / kind
        store = BankStore(kept_in, os.environ.get(RUN_ID) or uuid.uuid4().hex)
        maker = BankMaker(texts, model.facts.revision, model.facts.embedding_dim)
        return BankShelf(self._settings.config_dir, store, maker, self._settings.default_bank)


def _square(model: ModelFacts, size: int) -> SquareSpec:
    cut = model.preprocess
    return SquareSpec(size, cut.resize_mode, cut.interpolation, cut.fill)


def _folder_name(model: OpenModel) -> str:
    return model.files.name.replace("/", "--")


def _bank_facts(bank: LabelBank) -> BankFacts:
    return BankFacts(bank.name, bank.labels, bank.templates, bank.checksum)
