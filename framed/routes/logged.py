"""What the log says of a classification, the same for one photo and for an item of a batch."""

from __future__ import annotations

from typing import Any

from framed.questions import MAX_TOP_K
from framed.results import Classification


def model_fields(about: Classification) -> dict[str, Any]:
    """Which model looked, on what, at which size, and at which crops."""
    fields = {"model": about.model, "device": about.device, "size": about.size}
    return fields if about.crops == "none" else {**fields, "crops": about.crops}


def label_fields(about: Classification) -> dict[str, Any]:
    """The first label with its probability, and the first ones by name; nothing where none is."""
    results = about.ranking.results
    if not results:
        return {}
    return {
        "top1_label": results[0].label,
        "top1_prob": round(results[0].prob, 4),
        "topk_labels": [result.label for result in results[:MAX_TOP_K]],
        **({"topk_count": len(results)} if len(results) > MAX_TOP_K else {}),
    }


def answer_fields(about: Classification) -> dict[str, Any]:
    """All of it for a photo that was asked about alone."""
    checksum = {"bank_checksum": about.ranking.bank_checksum}
    fields = model_fields(about) | label_fields(about) | checksum
    return fields | ({"oom_fallback": True} if about.oom_fallback else {})
