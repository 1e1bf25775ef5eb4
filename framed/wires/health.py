"""`/healthz`, `/health`, `/info`: what earlier services said of themselves, true values only."""

from __future__ import annotations

from typing import Any

from framed import __version__
from framed.results import CLIP_IQA, ClipFacts, MetricFacts, TechnicalFacts


def healthz_body(clip: ClipFacts) -> dict[str, Any]:
    """The labelling service's health: status, device kind, and whether weights are fp16."""
    return {
        "status": "ok",
        "device": clip.device.split(":")[0],
        "fp16": clip.precision == "fp16",
    }


def health_body(clip: ClipFacts, default_bank: str) -> dict[str, Any]:
    """The union of the analyze, encoder and embedding services' health answers."""
    labels = {bank.name: len(bank.labels) for bank in clip.banks}
    return {
        "status": "healthy",
        "model_status": "loaded",
        "model": clip.model_id,
        "model_loaded": True,
        "device": clip.device,
        "cuda_available": clip.cuda_available,
        "vram_used_gb": round(clip.vram_used_gb, 3),
        "embedding_size": clip.embedding_dim,
        "embedding_dimension": clip.embedding_dim,
        "num_labels": labels.get(default_bank, 0),
    }


def info_body(clip: ClipFacts, technical: TechnicalFacts | None) -> dict[str, Any]:
    """Model, device, precision, image normalization, banks, metrics, version."""
    return {
        "service": "framed",
        "version": __version__,
        "model": clip.model_id,
        "preset": clip.model,
        "aliases": list(clip.aliases),
        "note": clip.note,
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
        },
        "banks": {
            bank.name: {
                "labels": len(bank.labels),
                "templates": len(bank.templates),
                "checksum": bank.checksum,
            }
            for bank in clip.banks
        },
        "metrics": _metrics(technical, clip.model_id) if technical else None,
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
