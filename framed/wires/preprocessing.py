"""How a model's square is made, in one word that changes whenever any of it does."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict

from framed.results import ClipFacts


def preprocessing_hash(facts: ClipFacts) -> str:
    """16 hex digits of size, resampling, crop, fill colour, mean and deviation.

    Embeddings can be compared where this and the model's revision are the same.
    """
    square = asdict(facts.square(facts.default_size))
    made = {**square, "mean": facts.mean, "std": facts.std}
    text = json.dumps(made, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]
