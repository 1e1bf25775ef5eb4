"""`/healthz`, `/health`, `/info`: what earlier services said of themselves, true values only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from framed import __version__
from framed.results import (
    CLIP_IQA,
    ClipFacts,
    MetricFacts,
    ModelState,
    TechnicalFacts,
)
from framed.score_facts import ScoreFacts
from framed.wires.preprocessing import preprocessing_hash


def healthz_body(clip: ClipFacts) -> dict[str, Any]:
    """The labelling service's health: status, device kind, and whether weights are fp16."""
    return {
        "status": "ok",
        "device": clip.device.split(":")[0],
        "fp16": clip.precision == "fp16",
    }


@dataclass(frozen=True)
class Roles:
    """Who answers what: the words for the encoder and the embedding services' models (None: the
    default one), and the bank of the analyze service."""

    encoder: str | None
    embed: str | None
    bank: str


def health_body(clip: ClipFacts, roles: Roles) -> dict[str, Any]:
    """The union of the analyze, encoder and embedding services' health answers.

    `model` is the default one; the dimensions are those of the models that answer `/encode_image`
    and `/embed`, `num_labels` is of the bank of `/analyze`.
    """
    labels = {bank.name: len(bank.labels) for bank in clip.banks}
    return {
        "status": "healthy",
        "model_status": "loaded",
        "model": clip.model_id,
        "model_loaded": True,
        "device": clip.device,
        "cuda_available": clip.cuda_available,
        "vram_used_gb": round(clip.vram_used_gb, 3),
        "embedding_size": _dimension(clip, roles.encoder),
        "embedding_dimension": _dimension(clip, roles.embed),
        "num_labels": labels.get(roles.bank, 0),
    }


def _dimension(clip: ClipFacts, word: str | None) -> int:
    if word is None:
        return clip.embedding_dim
    named = (each for each in clip.models if word.casefold() in map(str.casefold, each.words))
    return next((each.embedding_dim for each in named), clip.embedding_dim)


def info_body(clip: ClipFacts, technical: TechnicalFacts | None) -> dict[str, Any]:
    """Model, device, precision, image normalization, banks, metrics, version."""
    return {
        "service": "framed",
        "version": __version__,
        "model": clip.model_id,
        "preset": clip.model,
        "aliases": list(clip.aliases),
        "note": clip.note,
        "embedded": clip.embedded,
        "accuracy": clip.accuracy or None,
        "revision": clip.revision,
        "engine": clip.engine,
        "device": clip.device,
        "precision": clip.precision,
        "threads": clip.threads,
        "refused": list(clip.refused),
        "sizes": list(clip.sizes),
        "default_size": clip.default_size,
        "embedding_dimension": clip.embedding_dim,
        "logit_scale": clip.logit_scale,
        "image": {
            "mean": list(clip.mean),
            "std": list(clip.std),
            "resize_mode": clip.squares[0].resize_mode,
            "interpolation": clip.squares[0].interpolation,
            "preprocessing": preprocessing_hash(clip),
        },
        "banks": {
            bank.name: {
                "labels": len(bank.labels),
                "templates": len(bank.templates),
                "checksum": bank.checksum,
                "match": _match(bank.scores),
            }
            for bank in clip.banks
        },
        "models": [_model(each) for each in clip.models],
        "metrics": _metrics(technical, clip.model_id) if technical else None,
    }


def _match(scores: ScoreFacts) -> dict[str, Any]:
    """How a bank's matches are worked out, from what, and which defaults hold."""
    return {
        "reason": scores.reason,
        "reference": scores.reference or None,
        "slope": scores.slope,
        "offset": scores.offset,
        "calibrated": scores.calibrated,
        "photos": scores.photos,
        "date": scores.date,
        "ignored": scores.ignored,
        "prototypes": scores.prototypes,
        "match_threshold": scores.match_threshold,
        "share": scores.share,
    }


def _model(state: ModelState) -> dict[str, Any]:
    """Whether a model is loaded, what it holds and how much it has to do."""
    memory = None if state.memory_mb is None else round(state.memory_mb, 1)
    return {
        "model": state.model_id,
        "preset": state.words[0],
        "state": state.state,
        "embedding_dimension": state.embedding_dim,
        "memory_mb": memory,
        "in_flight": state.in_flight,
        "waiting": state.waiting,
        "photos": state.photos,
        "idle_seconds": round(state.idle_seconds, 1),
        "match": {name: _match(scores) for name, scores in state.scores.items()},
    }


def _metrics(technical: TechnicalFacts, model_id: str) -> dict[str, Any]:
    """What each metric is, in data and in words; the model's own is among them."""
    described = {name: _metric(metric) for name, metric in technical.metrics.items()}
    return {CLIP_IQA: {**_OF_THE_MODEL, "backend": f"anchor:{model_id}"}, **described}


def _metric(metric: MetricFacts) -> dict[str, Any]:
    return {
        "version": metric.version,
        "backend": metric.backend,
        "range": list(metric.range),
        "direction": metric.direction,
        "high": metric.high,
        "low": metric.low,
        "numbers": list(metric.names),
        "view": metric.view,
        "on_request": metric.on_request,
    }


_OF_THE_MODEL = {
    "version": 1,
    "range": [0.0, 1.0],
    "direction": "higher is better",
    "high": 'The photo looks nearer to "Good photo." than to "Bad photo." to the model.',
    "low": "It looks bad to the model; values of different models cannot be compared.",
    "numbers": [CLIP_IQA],
    "view": "square",
    "on_request": False,
}
