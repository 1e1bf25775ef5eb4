"""What the service says of itself on the wire."""

from __future__ import annotations

from dataclasses import replace

import pytest

from framed import __version__
from framed.results import ModelState
from framed.score_facts import ScoreFacts
from framed.wires.body import write_json
from framed.wires.health import Roles, health_body, healthz_body, info_body
from tests.fakes import FACTS, MEASURES

GPU = replace(FACTS, device="cuda:1", precision="fp16", cuda_available=True, vram_used_gb=1.23456)


ROLES = Roles(encoder=None, embed=None, bank="default")


def test_healthz_in_the_labelling_services_words() -> None:
    """Status, the device's kind without its number, and whether weights are fp16."""
    assert healthz_body(FACTS) == {"status": "ok", "device": "cpu", "fp16": False}
    assert healthz_body(GPU) == {"status": "ok", "device": "cuda", "fp16": True}


@pytest.mark.parametrize(
    "member",
    [
        "status",
        "model_status",
        "model",
        "model_loaded",
        "device",
        "cuda_available",
        "vram_used_gb",
        "embedding_size",
        "embedding_dimension",
        "num_labels",
    ],
)
def test_health_is_the_union_of_three_services(member: str) -> None:
    """Every member that a client of one of them may read is there."""
    assert member in health_body(FACTS, ROLES)


def test_health_states_what_is_true() -> None:
    """Both names of the dimension agree, memory is rounded, labels are the default bank's."""
    body = health_body(GPU, ROLES)
    assert body["embedding_size"] == body["embedding_dimension"] == 3
    assert (body["vram_used_gb"], body["cuda_available"]) == (1.235, True)
    assert body["num_labels"] == 2
    assert health_body(GPU, replace(ROLES, bank="absent"))["num_labels"] == 0


def test_health_states_the_dimensions_of_the_models_that_answer() -> None:
    """The encoder's and the embedding service's routes may have models of their own."""
    models = (
        ModelState(("fake", "framed/fake"), "framed/fake", "ready", 3),
        ModelState(("small", "ViT-B/32"), "some/small", "unloaded", 512),
        ModelState(("large",), "some/large", "unloaded", 768),
    )
    facts = replace(FACTS, models=models)
    body = health_body(facts, Roles(encoder="vit-b/32", embed="large", bank="default"))
    assert (body["embedding_size"], body["embedding_dimension"]) == (512, 768)
    assert body["model"] == "framed/fake"


def test_info_shows_memory_and_load_of_every_model() -> None:
    """What is loaded, what it holds, and how much it has to do."""
    scores = {"default": ScoreFacts(slope=1.2, reference="r1")}
    loaded = ModelState(("a", "id/a"), "id/a", "ready", 3, 120.04, 2, 1, 50, 0.0, scores=scores)
    absent = ModelState(("b",), "b", "unloaded", 7, idle_seconds=12.34)
    first, second = info_body(replace(FACTS, models=(loaded, absent)), None)["models"]
    match = first.pop("match")["default"]
    assert (match["slope"], match["reference"]) == (1.2, "r1")
    assert first == {
        "model": "id/a",
        "preset": "a",
        "state": "ready",
        "embedding_dimension": 3,
        "memory_mb": 120.0,
        "in_flight": 2,
        "waiting": 1,
        "photos": 50,
        "idle_seconds": 0.0,
    }
    assert (second["state"], second["memory_mb"]) == ("unloaded", None)
    assert second["idle_seconds"] == 12.3


def test_info_says_of_each_bank_how_it_is_matched() -> None:
    """Constants, calibration and defaults, or the reason why there is no match."""
    scores = ScoreFacts(None, "r1", 1.21, -2.46, "file", 44, "2026-01-02", None, 12, 0.4, 0.05)
    known = replace(FACTS.banks[0], name="known", scores=scores)
    pending = replace(FACTS.banks[0], scores=ScoreFacts(reason="reference_pending"))
    banks = info_body(replace(FACTS, banks=(known, pending)), None)["banks"]
    about = {"labels": 2, "templates": 1, "checksum": "c0ffee"}
    assert banks["known"] == {
        **about,
        "match": {
            "reason": None,
            "reference": "r1",
            "slope": 1.21,
            "offset": -2.46,
            "calibrated": "file",
            "photos": 44,
            "date": "2026-01-02",
            "ignored": None,
            "prototypes": 12,
            "match_threshold": 0.4,
            "share": 0.05,
        },
    }
    match = banks["default"]["match"]
    assert (match["reason"], match["reference"], match["slope"]) == (
        "reference_pending",
        None,
        None,
    )
    assert (match["calibrated"], match["match_threshold"], match["share"]) == ("no", 0.3, 0.136)


def test_info_holds_model_banks_and_metrics() -> None:
    """Everything about the model, and null for metrics whose runner does not answer."""
    body = info_body(FACTS, MEASURES)
    assert (body["model"], body["preset"], body["version"]) == ("framed/fake", "fake", __version__)
    assert body["image"]["mean"] == [0.5, 0.5, 0.5]
    assert list(body["banks"]) == ["default"]
    assert body["metrics"]["brightness"] == {
        "version": 1,
        "backend": "framed",
        "range": [0.0, 1.0],
        "direction": "neither is better",
        "high": "Bright.",
        "low": "Dark.",
        "numbers": ["brightness"],
        "view": "grey_preview",
        "on_request": False,
    }
    assert body["metrics"]["clip_iqa"]["backend"] == "anchor:framed/fake"
    assert info_body(FACTS, None)["metrics"] is None


def test_they_can_all_be_written() -> None:
    """No value is beyond JSON."""
    for body in (healthz_body(GPU), health_body(GPU, ROLES), info_body(GPU, None)):
        write_json(body)
