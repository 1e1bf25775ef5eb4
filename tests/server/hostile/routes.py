"""The routes that take a photo or a body, and how each of them wants it."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any

FORMS: Mapping[str, bytes] = {  # path -> the file field of its form
    "/classify": b"file",
    "/features": b"files",
    "/encode_image": b"image",
    "/analyze": b"file",
}
RAW = ("/classify", "/features")
NAMED = "/analyze"  # with GET, where the query names the photo

_BASELINE = [0.5] * 256  # as many as the embedded model has
Body = Callable[[str], dict[str, Any]]
JSON: Mapping[str, Body] = {  # path -> base64 -> a good body, or one a step away from it
    "/classify": lambda photo: {"image": photo, "top_k": 3},
    "/features": lambda photo: {"artifacts": [{"std_uri": f"data:;base64,{photo}", "n": 1.50}]},
    "/encode_text": lambda photo: {"texts": ["a pier", "a dog"]},
    "/embed": lambda photo: {"image": photo},
    "/anomaly-score": lambda photo: {"image": photo, "baseline_embedding": _BASELINE},
    "/similarity": lambda photo: {"image": photo, "text": "a pier"},
    "/batch-similarity": lambda photo: {"image": photo, "texts": ["a pier", "a dog"]},
    "/v1/embeddings": lambda photo: {"input": ["a pier", f"data:image/jpeg;base64,{photo}"]},
    "/embeddings": lambda photo: {"input": [{"text": "a pier"}, {"image": photo}]},
    "/api/v1/vision/labels": lambda photo: {"images": [f"data:image/jpeg;base64,{photo}"]},
    "/reload": lambda photo: {"bank": "nowhere"},
    "/reload-labels": lambda photo: {"bank": "nowhere"},
}


def as_text(photo: bytes) -> str:
    """`photo` in base64."""
    return base64.b64encode(photo).decode()
