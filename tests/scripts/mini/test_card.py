"""The model card: terms first, an accuracy line that /info can read, labels by what is known."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from runners.clip.model_card import accuracy_line
from scripts.mini.card import FACTS_FILE, accuracy, card, main
from scripts.mini.plan import Plan
from scripts.mini.terms import UNCLEAR, kind_of


def facts(variant: Any = "all", core: float = 0.9) -> dict[str, Any]:
    figures = {
        "core label in first 5": {"value": core, "constant": 0.44},
        "precision at 5": {"value": 0.68, "constant": 0.42},
        "11 groups, macro": {"value": 0.88, "constant": 1 / 11},
        "mean confidence": {"value": 0.8, "constant": None},
    }
    known = {"ocean": 0.97, "art": 0.85, "modern": 0.6}
    return {
        "plan": asdict(Plan(variant=variant)),
        "terms": {"research or unstated": 20, "unstated": 5, "CC BY 4.0": 7},
        "sources": {"caltech101": 7},
        "photos": 32,
        "views": 4,
        "phrases": 1234,
        "nouns": ["teapot", "kite"],
        "calibration": {
            "amount": 0.1, "confidence": 0.81, "accuracy": 0.84, "expected_error": 0.07,
        },
        "measured": {"figures": figures, "parts": {"AUROC": known, "groups": {"sea": 0.9}}},
        "snapshot": {},
        "bytes": 22_400_000,
    }  # fmt: skip


def test_terms_come_first() -> None:
    """Whoever reads one paragraph reads what the weights may be used for."""
    head = card(facts()).split("\n\n")[1]
    assert "78% of the photos" in " ".join(head.split())
    assert "terms allow any use" in " ".join(card(facts("permissive")).split("\n\n")[1].split())


def test_the_accuracy_line_is_read_back(tmp_path: Path) -> None:
    """What the service says of its checkpoint is the card's sentence, figures and constants."""
    (tmp_path / "README.md").write_text(card(facts()))
    said = accuracy_line(tmp_path)
    assert said == accuracy(facts())
    assert all(part in said for part in ("90% (44%)", "68% (42%)", "11 plain", "88% (9%)"))


def test_labels_are_sorted_by_what_is_known_of_them() -> None:
    """Known, fair, and not to be relied on."""
    text = card(facts()).split("## Labels it knows")[1].split("##")[0]
    known, fair, weak = (line for line in text.splitlines() if line.startswith("- "))
    assert "ocean 0.970" in known
    assert "art 0.850" in fair
    assert "modern 0.600" in weak


def test_terms_are_told_by_kind() -> None:
    """However many ways there are of not knowing them."""
    text = card(facts())
    assert f"| {UNCLEAR} | 25 |" in text
    assert "| CC BY | 7 |" in text


@pytest.mark.parametrize(
    ("terms", "kind"),
    [
        ("CC BY 2.0 (Flickr)", "CC BY"),
        ("CC BY-SA 4.0 (Pacamah)", "share-alike (CC BY-SA and the like)"),
        ("CC BY-NC-ND 2.0 (COCO)", "non-commercial (CC BY-NC and stricter)"),
        ("CC0 1.0 (a photo)", "CC0, public domain, no known restrictions"),
        ("repository MIT, photos off the web", UNCLEAR),
        ("MIT (Udacity)", "MIT, Apache-2.0"),
    ],
)
def test_a_licence_is_never_taken_for_a_freer_one(terms: str, kind: str) -> None:
    """Share-alike and non-commercial are not CC BY; a repository's licence is not its photos'."""
    assert kind_of(terms) == kind


def test_a_training_without_photos_to_judge_says_so() -> None:
    """No figure is made up."""
    silent = facts()
    silent["measured"] = {"figures": {}, "parts": {}}
    silent["calibration"] = dict.fromkeys(silent["calibration"])
    assert accuracy(silent) == "not measured."
    assert "Accuracy: not measured." in card(silent)


def test_both_variants_stand_side_by_side(tmp_path: Path) -> None:
    """The command writes the card of one run with the other's figures."""
    for name, found in (("all", facts()), ("permissive", facts("permissive", 0.75))):
        (tmp_path / name / "checkpoint").mkdir(parents=True)
        (tmp_path / name / FACTS_FILE).write_text(json.dumps(found))
    assert main([str(tmp_path / "all"), "--beside", str(tmp_path / "permissive")]) == 0
    text = (tmp_path / "all" / "checkpoint" / "README.md").read_text()
    assert "| core label in first 5 | 0.900 | 0.750 |" in text


def test_a_run_that_is_not_finished_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """On standard error, with the status for what cannot run."""
    assert main([str(tmp_path)]) == 2
    assert "not a finished training" in capsys.readouterr().err
    (tmp_path / FACTS_FILE).write_text("{}")
    assert main([str(tmp_path)]) == 2
