"""The best precision in which OpenVINO may serve a checkpoint on this CPU."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from functools import cached_property, partial

from framed.cpus import granted_cpus
from framed.settings import Settings
from runners.clip.engines.hardware import cpu_name
from runners.clip.engines.openvino_engine import OpenVinoEngine, has_bf16
from runners.clip.model_files import ModelFiles
from runners.clip.prepared.admission import Verdict, judge_photos, judge_texts
from runners.clip.prepared.build import NotPrepared, prepare
from runners.clip.prepared.folder import IMAGE_INT8, NO_INT8, Pixels, Prepared, Rows
from runners.clip.quiet_openvino import ov

logger = logging.getLogger("framed.clip")


def open_on_openvino(
    files: ModelFiles, settings: Settings
) -> tuple[tuple[Prepared, OpenVinoEngine] | None, tuple[str, ...]]:
    """The prepared checkpoint and the first engine that is admitted, best first, or None; and why
    each better one was refused."""
    prepared = prepare(files, settings.engine_folder, int8=settings.precision == "int8")
    if isinstance(prepared, NotPrepared):
        logger.warning("OpenVINO does not serve %s: %s", files.name, prepared.reason)
        return None, (f"openvino: {prepared.reason}",)
    refused: list[str] = []
    for precision in _precisions(settings.precision):
        if precision == "int8" and not prepared.has(IMAGE_INT8):
            refused.append(f"openvino int8: {_why_no_int8(prepared)}")
            continue
        candidate = _Candidate(prepared, precision, settings)
        verdict = judge_photos(prepared, _machine(), precision, candidate.encode)
        if verdict.admitted:
            engine = candidate.engine
            if refusal := _settle_texts(prepared, engine):
                refused.append(refusal)
            return (prepared, engine), tuple(refused)
        refused.append(_refusal(precision, verdict))
    return None, tuple(refused)


def _why_no_int8(prepared: Prepared) -> str:
    if prepared.has(NO_INT8):
        return "only plain vision transformers have this form"
    return "the folder was prepared without it: prepare it again with FRAMED_PRECISION=int8"


def _precisions(asked: str) -> Iterator[str]:
    """The precision asked for, and those that serve where it is refused."""
    if asked == "int8":
        yield "int8"
    if asked in ("int8", "bf16") or (asked == "auto" and has_bf16()):
        yield "bf16"
    yield "fp32"


class _Candidate:
    """An engine that is made when it is first needed: never for a refusal that is known."""

    def __init__(self, prepared: Prepared, precision: str, settings: Settings) -> None:
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
    return _refusal(f"{precision} for texts", verdict)


def _refusal(precision: str, verdict: Verdict) -> str:
    refusal = f"openvino {precision}: {verdict.figures.said()}"
    logger.log(verdict.level, "refused, the next engine is tried: %s", refusal)
    return refusal


def _machine() -> str:
    return f"openvino {ov.__version__}, {cpu_name()}"
