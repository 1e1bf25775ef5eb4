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

from framed.cpus import granted_cpus
from framed.errors import Code, FramedError, StartupError
from framed.photo import Pixels, SquareSpec
from framed.questions import RankQuestion
from framed.results import BankFacts, ClipFacts, Embedding, Ranking, ReloadReport, State
from framed.settings import RUN_ID, Settings
from runners.clip import ranking
from runners.clip.banks.bank import LabelBank
from runners.clip.banks.build import assemble_bank, prompts_of
from runners.clip.banks.source import BankText, find_banks
from runners.clip.banks.store import BankStore
from runners.clip.batching import Batcher
from runners.clip.engines import create_engine
from runners.clip.engines.contract import Engine
from runners.clip.models import LoadedModel, ModelFiles, load, locate
from runners.clip.shelf import BankShelf
from runners.clip.texts import TextEncoder

logger = logging.getLogger("framed.clip")

RAW_TEMPLATE = "{}"
GPU_BATCH, CPU_BATCH = 32, 4


@dataclass(frozen=True)
class _Loaded:
    """All that exists once the model is loaded."""

    files: ModelFiles
    model: LoadedModel
    engine: Engine
    texts: TextEncoder
    shelf: BankShelf
    batcher: Batcher


class ClipCore:
    """Encodes photos and texts, and ranks label banks; loads in the background.

    Until the model and the default bank are there every question is answered `not_ready`.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._executor = ThreadPoolExecutor(1, "engine")
        self._state: State = "loading"
        self._reason: str | None = None
        self._warmed = False
        self._loaded: _Loaded | None = None
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
        )

    async def encode_image(self, image: Pixels) -> Embedding:
        """The unit embedding float32 [D] of one square uint8 [S, S, 3]."""
        return await self._ready().batcher.encode(image)

    async def encode_texts(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Unit embeddings float32 [N, D] of texts as they stand, in their order."""
        encoder = self._ready().texts
        vectors = await asyncio.to_thread(encoder.encode, texts)
        return np.stack([vectors[text] for text in texts])

    async def reload(self, bank: str | None) -> tuple[ReloadReport, ...]:
        """Read one bank's files again, or all banks', and serve them from the next request on."""
        return await asyncio.to_thread(self._ready().shelf.reload, bank)

    async def bank(self, name: str | None) -> BankFacts:
        """Labels, templates and checksum of one bank; None is the default bank."""
        return _bank_facts(self._ready().shelf.get(name or self._settings.default_bank))

    async def describe(self) -> ClipFacts:
        """What runs here and how it is; answers in every state."""
        if self._loaded is None or self._state != "ready":
            return ClipFacts(state=self._state, reason=self._reason, pid=os.getpid())
        files, model, engine = self._loaded.files, self._loaded.model, self._loaded.engine
        return ClipFacts(
            state=self._state,
            model=files.name,
            model_id=files.model_id,
            aliases=files.aliases,
            revision=model.revision,
            note=files.note,
            engine=engine.name,
            device=engine.device,
            precision=engine.precision,
            threads=engine.threads,
            sizes=engine.sizes,
            default_size=engine.default_size,
            squares=tuple(_square(model, size) for size in engine.sizes),
            mean=model.preprocess.mean,
            std=model.preprocess.std,
            embedding_dim=model.embedding_dim,
            logit_scale=model.logit_scale,
            warmed=self._warmed,
            cuda_available=engine.device.startswith("cuda"),
            vram_used_gb=engine.vram_used_gb(),
            banks=tuple(_bank_facts(bank) for bank in self._loaded.shelf.banks.values()),
            pid=os.getpid(),
        )

    def wait(self) -> None:
        """Block until loading has ended; raises `StartupError` if it failed."""
        self._loader.join()
        if self._state == "failed":
            raise StartupError(self._reason or "the model could not be loaded")

    def _ready(self) -> _Loaded:
        if self._state == "failed":
            raise FramedError(
                Code.NOT_READY,
                "The model could not be loaded; the operator finds the reason in the log.",
                retry_after=60,
            )
        if self._loaded is None or self._state == "loading":
            raise FramedError(
                Code.NOT_READY, "The model is still loading; try again shortly.", retry_after=2
            )
        return self._loaded

    async def _bank_for(self, loaded: _Loaded, question: RankQuestion) -> LabelBank:
        if question.labels is None:
            return loaded.shelf.get(question.bank or self._settings.default_bank)
        templates: tuple[str, ...] = (RAW_TEMPLATE,)
        if question.templates == "bank":
            templates = loaded.shelf.get(question.bank or self._settings.default_bank).templates
        text = BankText("own", question.labels, templates)
        vectors = await asyncio.to_thread(loaded.texts.encode, prompts_of(text))
        return assemble_bank(text, vectors, loaded.model.revision)

    def _load(self) -> None:
        try:
            self._loaded = self._open_model()
            self._loaded.shelf.open(self._settings.default_bank)
            self._warmed = True
            self._state = "ready"
            logger.info("ready: %s on %s", self._loaded.files.name, self._loaded.engine.device)
        except (StartupError, FramedError) as bad:
            self._fail(str(bad))
        except Exception as bad:  # a door: the thread's end must be seen in describe()
            logger.exception("loading failed")
            self._fail(f"{type(bad).__name__}: {bad}")
        else:
            self._open_other_banks(self._loaded.shelf)

    def _fail(self, reason: str) -> None:
        self._reason, self._state = reason, "failed"
        logger.error("the model is not served: %s", reason)

    def _open_model(self) -> _Loaded:
        settings = self._settings
        files = locate(settings.model, settings.config_dir, settings.cache_dir)
        model = load(files)
        engine = create_engine(
            settings.engine,
            model,
            device=settings.device,
            precision=settings.precision,
            threads=settings.threads or max(1, granted_cpus() - 1),
        )
        self._executor.submit(engine.warm_up).result()
        texts = TextEncoder(engine, self._executor)
        run_id = os.environ.get(RUN_ID) or uuid.uuid4().hex
        kept_in = settings.cache_dir / "banks" / files.name.replace("/", "--") / engine.precision
        store = BankStore(kept_in, run_id)
        shelf = BankShelf(settings.config_dir, store, texts, model.revision, model.embedding_dim)
        on_gpu = engine.device != "cpu"
        max_batch = settings.max_batch or (GPU_BATCH if on_gpu else CPU_BATCH)
        batcher = Batcher(engine, self._executor, max_batch=max_batch, limit=settings.queue)
        return _Loaded(files, model, engine, texts, shelf, batcher)

    def _open_other_banks(self, shelf: BankShelf) -> None:
        for name in find_banks(self._settings.config_dir):
            if name == self._settings.default_bank:
                continue
            try:
                shelf.open(name)
            except FramedError as bad:
                logger.error("bank %s is not served: %s", name, bad.message)


def _square(model: LoadedModel, size: int) -> SquareSpec:
    cut = model.preprocess
    return SquareSpec(size, cut.resize_mode, cut.interpolation, cut.fill)


def _bank_facts(bank: LabelBank) -> BankFacts:
    return BankFacts(bank.name, bank.labels, bank.templates, bank.checksum)
