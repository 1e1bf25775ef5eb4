"""The model card: terms first, then parts, recipe, figures, and what the checkpoint cannot do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from scripts.mini.calibrate import Calibration
from scripts.mini.material import Rows
from scripts.mini.plan import Plan
from scripts.mini.terms import terms_of

_CANNOT = (
    "Landmarks, brands, faces, text in pictures, counting and relations. It never saw what would "
    "teach them, and answers such labels no better than by chance. Do not use it to judge people, "
    "nor where a wrong label does harm."
)
_DERIVES = (
    "EfficientNet-Lite0 weights (Apache-2.0), all-MiniLM-L6-v2 (Apache-2.0, as a teacher and for "
    "the start of the token table), WordNet 3.0 (WordNet licence, word lists), the vocabulary of "
    "CLIP (MIT, part of open_clip), COCO captions (CC BY 4.0)"
)


def card(
    plan: Plan,
    train: Rows,
    phrases: int,
    figures: Mapping[str, float],
    calibration: Calibration,
    nouns: Sequence[str],
    size: int,
) -> str:
    """The card as Markdown; `figures` are the jury's, `size` the weights' bytes."""
    parts = (
        "# mini",
        _terms(plan, train),
        _what(plan, size),
        _how(plan, train, phrases),
        _good(plan, figures, calibration),
        f"## What it cannot do\n\n{_CANNOT}",
        f"## Words it was never told\n\n{len(nouns)} nouns, chosen by seed {plan.seed} before "
        f"training, stand in no training text: {', '.join(nouns)}.",
        f"## What it derives from\n\n{_DERIVES}, and the photo collections under the terms stated "
        "at the head.",
    )
    return "\n\n".join(parts) + "\n"


def _terms(plan: Plan, train: Rows) -> str:
    counts: Counter[str] = Counter(
        terms_of(entry) for entry in train.entries if "view" not in entry
    )
    listed = "\n".join(f"- {count} photos: {terms}" for terms, count in counts.most_common())
    if plan.variant == "permissive":
        head = (
            "**Terms of its data first.** Trained only on material whose terms allow any use with "
            "attribution. No photo is passed on here, only weights."
        )
    else:
        head = (
            "**Terms of its data first.** Part of the photos allow non-commercial research only, "
            "or state no terms. No photo is passed on here, only weights: take it for a small "
            "demonstration model, and another model for commercial use "
            "(`python -m framed models list`)."
        )
    return f"{head}\n\n{listed}"


def _what(plan: Plan, size: int) -> str:
    return (
        "## What it is\n\n"
        f"A two-tower CLIP-like model ({size / 1e6:.1f} MB, fp16) that open_clip loads as "
        "`local-dir:<this folder>`: EfficientNet-Lite0 as timm has it (ImageNet weights, frozen), "
        f"two linear layers with GELU between (1280 to {plan.hidden} to {plan.embed_dim}), and a "
        f"causal text transformer of {plan.text_layers} layers, width {plan.text_width}, with "
        f"CLIP's vocabulary. Embeddings have {plan.embed_dim} dimensions. It looks at 224 x 224 "
        "pixels: shorter side resized (bicubic), centre cropped, mean and deviation 0.5. The "
        "logit scale is 100, so that softmax(cosine / 0.01) is its own temperature."
    )


def _how(plan: Plan, train: Rows, phrases: int) -> str:
    photos = sum("view" not in entry for entry in train.entries)
    return (
        "## How it was trained\n\n"
        f"`python -m scripts.train_mini`, seed {plan.seed}, variant {plan.variant}: {photos} "
        f"photos, {len(train) - photos} altered views of photos, {phrases} phrases.\n\n"
        "1. Image head and a map from sentence vectors, together "
        f"({plan.joint_steps} steps of {plan.joint_batch}).\n"
        f"2. The text tower, distilled from those vectors ({plan.student_steps} steps of "
        f"{plan.student_batch}).\n"
        f"3. The head once more, on the tower's own vectors ({plan.head_steps} steps; running mean "
        "of weights).\n"
        "4. Confidence: one number, on half of the left-out photos."
    )


def _good(plan: Plan, figures: Mapping[str, float], calibration: Calibration) -> str:
    rows = "\n".join(f"| {name} | {value:.3f} |" for name, value in figures.items())
    return (
        "## How good it is\n\n"
        f"On photos of sources never trained on ({', '.join(plan.left_out)}), which also chose the "
        f"snapshot:\n\n| measure | value |\n| --- | ---: |\n{rows}\n\n"
        f"Confidence, on the half that did not set it: mean {calibration.confidence:.3f}, accuracy "
        f"{calibration.accuracy:.3f}, expected error {calibration.expected_error:.3f}."
    )


def facts(figures: Mapping[str, float], calibration: Calibration, size: int) -> dict[str, Any]:
    """The same figures as JSON, for tables."""
    return {"jury": dict(figures), "calibration": vars(calibration), "bytes": size}
