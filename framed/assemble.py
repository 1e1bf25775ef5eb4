"""Puts the rooms together: around runners in this process, or around runners across a hop.

Every process imports this module, runners included: what only the front needs is imported where it
is put together.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

from framed import log
from framed.cpus import granted_cpus
from framed.errors import FramedError
from framed.memory import keep_freed
from framed.profiling import start_profiling
from framed.settings import MIB, Settings, settings, unknown_names

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from framed.answers.kept import KeptFeatures
    from framed.answers.ports import ClipPort, TechnicalPort
    from framed.emoji.lookup import Emoji
    from framed.questions import FeaturesQuestion
    from framed.routes.desk import Desk
    from framed.routes.typed import TypedCall
    from framed.wires.batch import FeaturesBatch

logger = logging.getLogger("framed")

FALLBACK_LABELS = 5
HTTP_CLIENT = "httpx"  # for photos by URL, and the typed functions: a fifth of the front's start


def desk(clip: ClipPort, technical: TechnicalPort, chosen: Settings) -> Desk:
    """The answers around two runners."""
    from framed.answers.analyze import Analyze
    from framed.answers.banks import Banks
    from framed.answers.batch import Batch
    from framed.answers.classify import Classify
    from framed.answers.compare import Compare
    from framed.answers.encode import Encode
    from framed.answers.features import FeaturesOfPhoto
    from framed.answers.looking import Looker
    from framed.answers.model import ServedModel
    from framed.answers.status import Status
    from framed.imaging.pool import DecodePool
    from framed.routes.desk import Desk
    from framed.turns.turns import Turns

    threads = chosen.decode_threads or granted_cpus()
    deadline = max(chosen.deadline, chosen.item_deadline)
    pool = DecodePool(threads, chosen.decode_memory_mb, deadline)
    looker = Looker(pool, chosen.max_megapixels)
    turns = Turns(chosen.photos_at_once or _photos_at_once(), chosen.longest_wait)
    model = ServedModel(clip)
    classify = Classify(clip, model, looker, turns)
    encode = Encode(clip, model, looker, turns)
    return Desk(
        settings=chosen,
        model=model,
        classify=classify,
        analyze=Analyze(
            classify,
            model,
            _emoji(chosen),
            bank=chosen.analyze_bank,
            threshold=chosen.analyze_threshold,
            most=chosen.analyze_predictions,
        ),
        encode=encode,
        compare=Compare(encode, model),
        batch=Batch(
            FeaturesOfPhoto(
                clip,
                technical,
                model,
                looker,
                kept=_kept_features(chosen),
                fallback=_fallback_labels(chosen),
            ),
            turns,
            concurrency=chosen.batch_concurrency,
            item_deadline=chosen.item_deadline,
            batch_deadline=chosen.batch_deadline,
            memory=chosen.request_memory_mb * MIB,
        ),
        banks=Banks(clip, model),
        status=Status(clip, technical, looker.fault),
        turns=turns,
        looker=looker,
    )


def _photos_at_once() -> int:
    """Enough that neither the decoding threads nor the model ever wait for a photo."""
    return 4 + 4 * granted_cpus()


def _emoji(chosen: Settings) -> Emoji:
    from framed.emoji import lookup
    from framed.emoji.remote import RemoteEmoji

    host, port, timeout = chosen.emoji_host, chosen.emoji_port, chosen.emoji_timeout
    remote = RemoteEmoji(host, port, timeout) if host else None
    return lookup.Emoji(chosen.config_dir / lookup.FILE, remote)


def _kept_features(chosen: Settings) -> KeptFeatures | None:
    from framed.answers.cache import FeatureCache
    from framed.answers.kept import KeptFeatures

    if not chosen.feature_cache:
        return None
    cache = FeatureCache(chosen.feature_folder, chosen.feature_cache_mb * MIB)
    limits = {"bytes": chosen.max_batch_photo_bytes, "megapixels": chosen.max_megapixels}
    return KeptFeatures(cache, limits)


def _fallback_labels(chosen: Settings) -> tuple[str, ...]:
    from runners.clip.banks.source import read_bank

    if not chosen.fallback_labels:
        return ()
    try:
        return read_bank(chosen.default_bank, chosen.config_dir).labels[:FALLBACK_LABELS]
    except FramedError as bad:
        logger.warning("there are no fallback labels: %s", bad.message)
        return ()


def web(clip: ClipPort, technical: TechnicalPort, chosen: Settings) -> ASGIApp:
    """The web application around two runners; log lines go where the settings say."""
    from framed.framework.put_off import put_off
    from framed.heartbeat import start_beating
    from framed.telemetry.start import start_telemetry

    log.configure(chosen.log_level, chosen.log_format)
    start_profiling(chosen, "front")
    start_telemetry(chosen, "front")
    for name, near in unknown_names().items():
        hint = f"did you mean {near}?" if near else "the README lists all"
        logger.warning("%s is no setting of Framed; %s", name, hint)
    with put_off((HTTP_CLIENT,)):
        from framed.routes.application import web_application

        counter = desk(clip, technical, chosen)
    keep_freed()
    counter.looker.warm()
    start_beating(broken=counter.looker.stuck)
    return web_application(counter)


def typed_call(application: ASGIApp) -> TypedCall:
    """The typed API functions' way into `application`."""
    from framed.routes import typed

    return typed.typed_call(application)


class FeaturesService:
    """Photos' features inside this process: the same cores, without HTTP and without BentoML.

    It takes the settings of the environment. Making one waits until the model is there (seconds),
    and raises `StartupError` where it cannot be. Any thread may call it.
    """

    def __init__(self) -> None:
        from runners.clip.core import ClipCore
        from runners.technical.core import TechnicalCore, metrics_of

        self._settings = settings()
        threads = self._settings.technical_threads or granted_cpus()
        metrics = metrics_of(self._settings.metric_backends)
        self._technical = TechnicalCore(threads, metrics=metrics)
        self._technical.warm_up()
        clip = ClipCore(self._settings)
        clip.wait()
        self._desk = desk(clip, self._technical, self._settings)
        self._loop = asyncio.new_event_loop()
        Thread(target=self._loop.run_forever, name="features", daemon=True).start()

    def close(self) -> None:
        """Give the threads back; what still runs is not waited for."""
        self._technical.close()
        self._desk.looker.close()
        self._loop.call_soon_threadsafe(self._loop.stop)

    def process(self, input_data: Mapping[str, Any], **asked: Any) -> dict[str, Any]:
        """The batch `{"artifacts": [...]}` (or one artifact) with `features` added to each item.

        What `/features` takes in its query may be given by name (`explain=True`). Paths may be any
        where `FRAMED_PATH_ROOTS` is not set: the caller is this very program. Raises `FramedError`
        for a batch that cannot be read; an item that fails carries its own `error`.
        """
        from framed.wires.batch import batch_from
        from framed.wires.features import features_question

        batch = batch_from(input_data, self._settings.batch_items)
        work = self._enrich(batch, features_question(asked))
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _enrich(self, batch: FeaturesBatch, question: FeaturesQuestion) -> dict[str, Any]:
        from framed.answers.artifacts import enriched, photos_of
        from framed.intake.guard import UrlGuard

        roots = self._settings.path_roots or (Path.cwd(), Path(Path.cwd().anchor))
        guard = UrlGuard.of(self._settings)
        photos = photos_of(batch, roots, guard, self._settings.photo_limits)
        question = await self._desk.banks.named(question)
        outcomes = [done async for done in self._desk.batch.run(photos, question)]
        return enriched(batch, outcomes, question)
