"""A place for one model: empty until it is asked for, then loading, serving or failed."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import Future
from contextlib import asynccontextmanager
from difflib import get_close_matches
from threading import Lock, Thread
from typing import Any

from framed.errors import Code, FramedError, StartupError
from framed.memory import give_back, trim, used_mb
from framed.results import ClipFacts, ModelState
from runners.clip.dimension import embedding_dim
from runners.clip.hosted import HostedModel
from runners.clip.model_files import ModelFiles

logger = logging.getLogger("framed.clip")

RETRY_SECONDS = 60.0  # after a failure the next question tries again


class ModelSlot:
    """Loads a model in a thread of its own when it is needed, and lets it go when it is not.

    `load` makes the model, its default bank tried; `turn` lets one model load at a time, as each
    takes all cores. `patience` is how many seconds a question waits for a model that loads.
    """

    def __init__(
        self,
        word: str,
        files: ModelFiles | None,
        load: Callable[[], HostedModel],
        *,
        turn: Lock,
        patience: float,
    ) -> None:
        self._word = word
        self._files = files
        self._load = load
        self._turn = turn
        self._patience = patience
        self._lock = Lock()
        self._coming: Future[HostedModel] | None = None
        self._using = 0
        self._photos = 0
        self._touched = time.monotonic()
        self._megabytes: float | None = None
        self.has_served = False  # whether the model was ready once since the start

    @property
    def words(self) -> tuple[str, ...]:
        """What the model may be called, its name first."""
        if self._files is None:
            return (self._word,)
        files = self._files
        return tuple(dict.fromkeys((files.name, files.model_id, *files.aliases, self._word)))

    @property
    def has_begun(self) -> bool:
        """Whether the model is there, or loading."""
        coming = self._coming
        return coming is not None and (not coming.done() or coming.exception() is None)

    @property
    def is_loaded(self) -> bool:
        """Whether the model is there now."""
        return self._model() is not None

    @property
    def longest_call(self) -> float:
        """Seconds that the engine has been at work on one call; 0 where it is not."""
        model = self._model()
        return model.batcher.longest_call if model else 0.0

    def begin(self) -> Future[HostedModel]:
        """The model, loading from now on unless it did before."""
        with self._lock:
            if self._coming is None or self._may_try_again(self._coming):
                self._touched = time.monotonic()
                self._coming = Future()
                self._coming.set_running_or_notify_cancel()  # a caller who leaves cancels nothing
                Thread(
                    target=self._fill, args=(self._coming,), name="model-loader", daemon=True
                ).start()
            return self._coming

    @asynccontextmanager
    async def use(self, photos: int = 0, *, wait: bool = False) -> AsyncIterator[HostedModel]:
        """The model, held as long as the block runs; raises `not_ready` where it is not there.

        With `wait` a model that loads is waited for, however long that takes.
        """
        with self._lock:
            self._using += 1
        try:
            model = await self._arrived(self.begin(), None if wait else self._patience)
            self._photos += photos
            yield model
        finally:
            with self._lock:
                self._using -= 1
                self._touched = time.monotonic()

    def wait(self) -> HostedModel:
        """Block until the model is there; raises `StartupError` that says why it is not."""
        return self.begin().result()

    def facts(self) -> ClipFacts:
        """What serves here now, whatever its state."""
        coming = self._coming
        if coming is None or not coming.done():
            return ClipFacts(state="loading")
        if failure := coming.exception():
            return ClipFacts(state="failed", reason=str(failure))
        return coming.result().facts()

    def state(self) -> ModelState:
        """How much the model has to do, and what it holds."""
        model = self._model()
        return ModelState(
            words=self.words,
            model_id=self._files.model_id if self._files else self._word,
            state="unloaded" if self._coming is None else self.facts().state,
            embedding_dim=model.open.facts.embedding_dim if model else self._dimension(),
            memory_mb=self._megabytes if model else None,
            in_flight=self._using,
            waiting=model.batcher.depth if model else 0,
            photos=self._photos,
            idle_seconds=0.0 if self._using else time.monotonic() - self._touched,
            **(_identity(model) if model else {}),
        )

    def unload_if_idle(self, seconds: float) -> bool:
        """Empty the slot if its model has not been asked for so long; whether it was."""
        with self._turn, self._lock:  # no other model loads, whose memory is being measured
            model = self._model()
            idle = not self._using and time.monotonic() - self._touched >= seconds
            if model is None or model.busy or not idle:
                return False
            self._coming, self._megabytes = None, None
        model.close()
        del model
        give_back()
        logger.info("unloaded %s: nobody asked for %.0f s", self.words[0], seconds)
        return True

    def _model(self) -> HostedModel | None:
        coming = self._coming
        there = coming is not None and coming.done() and coming.exception() is None
        return coming.result() if coming is not None and there else None

    def _dimension(self) -> int:
        return embedding_dim(self._files) if self._files else 0

    def _may_try_again(self, coming: Future[HostedModel]) -> bool:
        failed = coming.done() and coming.exception() is not None
        return failed and time.monotonic() - self._touched >= RETRY_SECONDS

    def _fill(self, coming: Future[HostedModel]) -> None:
        try:
            with self._turn:
                before = used_mb()
                model = self._load()
                trim()  # what only the loading took
                after = used_mb()
        except (StartupError, FramedError) as bad:
            self._fail(coming, str(bad))
        except Exception as bad:  # a door: the thread's end must be seen in the facts
            logger.exception("loading failed")
            self._fail(coming, f"{type(bad).__name__}: {bad}")
        else:
            grown = None if before is None or after is None else max(0.0, after - before)
            self._megabytes = grown
            self.has_served = True
            model.open_other_banks()
            coming.set_result(model)

    def _fail(self, coming: Future[HostedModel], reason: str) -> None:
        logger.error("the model %s is not served: %s", self.words[0], reason)
        coming.set_exception(StartupError(reason))

    async def _arrived(self, coming: Future[HostedModel], patience: float | None) -> HostedModel:
        if not coming.done():
            arriving = asyncio.wrap_future(coming)
            await asyncio.wait([arriving], timeout=patience)
        if coming.done() and coming.exception() is None:
            return coming.result()
        raise self.facts().refusal() or AssertionError("facts alone are never a model")


def _identity(model: HostedModel) -> dict[str, Any]:
    """What a `ModelState` says of a model that is loaded: which it is, and its banks."""
    engine = model.open.engine
    return {
        "revision": model.open.facts.revision,
        "engine": engine.name,
        "device": engine.device,
        "precision": engine.precision,
        "checksums": {name: bank.checksum for name, bank in model.shelf.banks.items()},
        "scores": {name: model.scores(bank) for name, bank in model.shelf.banks.items()},
    }


def find_slot(name: str | None, slots: Sequence[ModelSlot]) -> ModelSlot:
    """The slot of the model called `name` (None: the first); raises `unknown_model`."""
    if name is None:
        return slots[0]
    known = {word.casefold(): slot for slot in slots for word in slot.words}
    if slot := known.get(name.casefold()):
        return slot
    near = get_close_matches(name.casefold()[:200], known, n=1)
    served = ", ".join(slot.words[0] for slot in slots)
    hint = f"did you mean {near[0]!r}?" if near else f"this server serves {served}."
    raise FramedError(Code.UNKNOWN_MODEL, f"There is no model {name[:80]!r} here; {hint}")
