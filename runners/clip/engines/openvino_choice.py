"""The best precision in which OpenVINO may serve a checkpoint on this CPU."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from functools import cached_property, partial

from framed.cpus import granted_cpus
from framed.settings import Settings
from runners.clip.engines.hardware import cpu_name, lacks_vnni
from runners.clip.engines.openvino_engine import OpenVinoEngine, has_bf16
from runners.clip.model_files import ModelFiles
from runners.clip.prepared.admission import judge_photos, judge_texts
from runners.clip.prepared.build import NotPrepared, prepare
from runners.clip.prepared.folder import IMAGE_INT8, NO_INT8, Pixels, Prepared, Rows
from runners.clip.prepared.speed import compare_speed
from runners.clip.quiet_openvino import ov

logger = logging.getLogger("framed.clip")


def open_on_openvino(
    files: ModelFiles, settings: Settings
) -> tuple[tuple[Prepared, OpenVinoEngine] | None, tuple[str, ...]]:
    """The prepared checkpoint and the first engine that is admitted, best first, or None; and why
    each better one was refused."""
    prepared = prepare(files, settings.engine_folder, int8=settings.wants_int8)
    if isinstance(prepared, NotPrepared):
        logger.warning("OpenVINO does not serve %s: %s", files.name, prepared.reason)
        return None, (f"openvino: {prepared.reason}",)
    refused: list[str] = []
    candidate = _chosen(prepared, settings, refused)
    if candidate is None:
        return None, tuple(refused)
    engine = candidate.engine
    if refusal := _settle_texts(prepared, engine):
        refused.append(refusal)
    return (prepared, engine), tuple(refused)


def _chosen(prepared: Prepared, settings: Settings, refused: list[str]) -> _Candidate | None:
    """The best that is near enough; int8, unless it is insisted on, only where it is faster than
    what would serve otherwise. Adds to `refused` why better ones are not."""
    found = _admitted(prepared, settings)
    first, reasons = next(found)
    refused += reasons
    if first is None or first.precision != "int8" or settings.precision == "int8-always":
        return first
    second, reasons = next(found)
    if second is None or not (refusal := _slower(prepared, first, second, settings)):
        return first
    refused += [refusal, *reasons]
    return second


def _admitted(
    prepared: Prepared, settings: Settings
) -> Iterator[tuple[_Candidate | None, list[str]]]:
    """Each candidate that is near enough, best first, with why those before it are not; at the end
    None."""
    reasons: list[str] = []
    for precision in _precisions(settings):
        if precision == "int8" and not prepared.has(IMAGE_INT8):
            reasons.append(f"openvino int8: {_why_no_int8(prepared)}")
            continue
        candidate = _Candidate(prepared, precision, settings)
        verdict = judge_photos(prepared, _machine(), precision, candidate.encode)
        if verdict.admitted:
            yield candidate, reasons
            reasons = []
        else:
            reasons.append(_refusal(f"{precision}: {verdict.figures.said()}", verdict.level))
    yield None, reasons


def _why_no_int8(prepared: Prepared) -> str:
    if prepared.has(NO_INT8):
        return "only plain vision transformers have this form"
    return "the folder was prepared without it: prepare it again with FRAMED_PRECISION=int8"


def _precisions(settings: Settings) -> Iterator[str]:
    """The precision asked for, and those that serve where it is refused."""
    asked = settings.precision
    if settings.wants_int8:
        yield "int8"
    if asked == "bf16" or (asked != "fp32" and has_bf16()):
        yield "bf16"
    yield "fp32"


class _Candidate:
    """An engine that is made when it is first needed: never for a refusal that is known."""

    def __init__(self, prepared: Prepared, precision: str, settings: Settings) -> None:
        self.precision = precision
        self._make = partial(_engine, prepared, precision, settings)

    @cached_property
    def engine(self) -> OpenVinoEngine:
        return self._make()

    def encode(self, photos: Pixels) -> Rows:
        return self.engine.encode_images(photos)


def _engine(prepared: Prepared, precision: str, settings: Settings) -> OpenVinoEngine:
    wide = precision == "fp32" or settings.text_precision == "fp32"
    return OpenVinoEngine(
        prepared,
        precision=precision,
        text_precision="fp32" if wide else "bf16",
        threads=settings.threads or granted_cpus(),
        streams=settings.streams,
    )


def _settle_texts(prepared: Prepared, engine: OpenVinoEngine) -> str | None:
    """Keeps the text tower's precision where it is admitted, else takes fp32 and says why."""
    precision = engine.text_precision
    verdict = judge_texts(prepared, _machine(), precision, engine.encode_texts)
    if verdict.admitted:
        return None
    engine.use_text_precision("fp32")
    return _refusal(f"{precision} for texts: {verdict.figures.said()}", verdict.level)


def _slower(
    prepared: Prepared, candidate: _Candidate, other: _Candidate, settings: Settings
) -> str | None:
    """Why `candidate` is not worth what it lacks in exactness beside `other`; None if it is."""
    cpu = "this CPU, which has no VNNI" if lacks_vnni() else "this CPU"
    threads = settings.threads or granted_cpus()
    shares = f"{threads} threads, {settings.streams} streams"
    what = f"{candidate.precision} beside {other.precision}, {shares}, {cpu}, {_machine()}"
    speed = compare_speed(prepared, what, candidate.encode, other.encode)
    if speed.is_worth_it:
        return None
    words = f"{candidate.precision}: {speed.times:.2f} x the speed of {other.precision} on {cpu}"
    return _refusal(words, logging.INFO if speed.known else logging.WARNING)


def _refusal(reason: str, level: int) -> str:
    refusal = f"openvino {reason}"
    logger.log(level, "refused, the next engine is tried: %s", refusal)
    return refusal


def _machine() -> str:
    return f"openvino {ov.__version__}, {cpu_name()}"
