"""Puts the rooms together: around runners in this process, or around runners across a hop.

Every process imports this module, runners included: what only the front needs is imported where it
is put together.
"""

from __future__ import annotations

import asyncio
import logging
import os
import uuid
from collections.abc import Mapping
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

from framed import log
from framed.cpus import granted_cpus
from framed.errors import FramedError, StartupError
from framed.profiling import start_profiling
from framed.settings import MIB, RUN_ID, Settings, settings, unknown_names

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from framed.answers.kept import KeptFeatures
    from framed.answers.ports import ClipPort, TechnicalPort
    from framed.emoji.lookup import Emoji
    from framed.framework.connections import Bounds
    from framed.questions import FeaturesQuestion
    from framed.routes.desk import Desk
    from framed.routes.typed import TypedCall
    from framed.wires.features import FeaturesBatch

logger = logging.getLogger("framed")

FALLBACK_LABELS = 5
WORKERS_IMPORT = (  # on their way to the first answer; the supervisor does it once for all of them
    "_bentoml_impl.server.app",
    "uvicorn",
    "uvloop",
    "framed.routes.application",
    "framed.imaging.decode",
    "framed.imaging.pool",
    "regex",
    "runners.clip.core",
    "runners.clip.engines.openvino_choice",
    "runners.technical.core",
)
NEVER = 86_400  # seconds; BentoML's own timeout answers in another shape, ours come first


def start() -> Settings:
    """The settings, once it is sure that the service can start: they are right, the model is there,
    and the default bank can be read.

    A process of a server that runs already is not held to the bank's files: they may have been
    broken since, and the bank that served before serves again.

    Ends the process with the reason otherwise.
    """
    from framed.framework.around import believe_no_proxies, is_worker, leave_out_layers
    from framed.framework.protocol import speak
    from runners.clip.models import served_files

    leave_out_layers()
    if believed := believe_no_proxies():
        logger.warning("FORWARDED_ALLOW_IPS=%s: FRAMED_TRUSTED_PROXIES counts instead", believed)
    fresh = RUN_ID not in os.environ
    os.environ.setdefault(RUN_ID, uuid.uuid4().hex)
    try:
        chosen = settings()
        served_files(chosen)
        if fresh:
            _check_access(chosen)
            _check_default_bank(chosen)
            _check_analyze_bank(chosen)
    except StartupError as reason:
        raise SystemExit(f"\n{reason}\n") from None
    speak(_bounds(chosen))
    if not is_worker():
        from framed.framework.supervisor import supervise

        supervise(chosen.hang_seconds, WORKERS_IMPORT)
    return chosen


def _check_access(chosen: Settings) -> None:
    from framed.access.keyring import check_keys
    from framed.access.rate_store import storage_of

    check_keys(chosen)
    storage_of(chosen.rate_store)


def _bounds(chosen: Settings) -> Bounds:
    from framed.access.addresses import networks_of
    from framed.framework.connections import Bounds
    from framed.framework.descriptors import raise_limit, room_for_connections

    return Bounds(
        total=room_for_connections(raise_limit(), chosen.max_connections),
        per_client=chosen.max_connections_per_client,
        head_seconds=chosen.head_timeout,
        write_seconds=chosen.write_timeout,
        exempt=networks_of(chosen.trusted_proxies),
    )


def _check_default_bank(chosen: Settings) -> None:
    if fault := _fault_of_bank(chosen.default_bank, "FRAMED_DEFAULT_BANK", chosen):
        raise StartupError(f"The default label bank cannot serve: {fault}")


def _check_analyze_bank(chosen: Settings) -> None:
    """A bank that was asked for has to be there; the one by default may be left out."""
    fault = _fault_of_bank(chosen.analyze_bank, "FRAMED_ANALYZE_BANK", chosen)
    if fault and "analyze_bank" in chosen.model_fields_set:
        raise StartupError(f"The label bank of /analyze cannot serve: {fault}")
    if fault:
        logger.warning("/analyze has no labels: %s", fault)


def _fault_of_bank(name: str, setting: str, chosen: Settings) -> str | None:
    """What is wrong with the files of a bank, and which setting named it; None: nothing."""
    from runners.clip.banks.source import read_bank

    try:
        read_bank(name, chosen.config_dir)
    except FramedError as bad:
        return f"{bad.message}\n({setting}={name} in {chosen.config_dir})"
    return None


def service_options(chosen: Settings) -> dict[str, Any]:
    """What BentoML is told of the front service; limits and deadlines are the edge's."""
    return {
        "workers": 1,
        "traffic": {"timeout": NEVER},
        "http": {"host": chosen.bind_host, "port": chosen.port},
        "logging": {"access": {"enabled": False}},
    }


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
    limits = {"bytes": chosen.max_photo_bytes, "megapixels": chosen.max_megapixels}
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
    from framed.heartbeat import start_beating
    from framed.routes.application import web_application
    from framed.telemetry.start import start_telemetry

    log.configure(chosen.log_level, chosen.log_format)
    start_profiling(chosen, "front")
    start_telemetry(chosen, "front")
    for name, near in unknown_names().items():
        hint = f"did you mean {near}?" if near else "the README lists all"
        logger.warning("%s is no setting of Framed; %s", name, hint)
    counter = desk(clip, technical, chosen)
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
        from framed.wires.features import batch_from, features_question

        batch = batch_from(input_data, self._settings.batch_items)
        work = self._enrich(batch, features_question(asked))
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _enrich(self, batch: FeaturesBatch, question: FeaturesQuestion) -> dict[str, Any]:
        from framed.answers.artifacts import enriched, photos_of
        from framed.intake.guard import UrlGuard

        roots = self._settings.path_roots or (Path.cwd(), Path(Path.cwd().anchor))
        guard = UrlGuard.of(self._settings)
        photos = photos_of(batch, roots, guard, self._settings.max_photo_bytes)
        question = await self._desk.banks.named(question)
        outcomes = [done async for done in self._desk.batch.run(photos, question)]
        return enriched(batch, outcomes, question)
