"""What the service says of itself on the wire."""

from __future__ import annotations

from dataclasses import replace

import pytest

from framed import __version__
from framed.wires.body import write_json
from framed.wires.health import health_body, healthz_body, info_body
from tests.fakes import FACTS, MEASURES

GPU = replace(FACTS, device="cuda:1", precision="fp16", cuda_available=True, vram_used_gb=1.23456)


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
    assert member in health_body(FACTS, "default")


def test_health_states_what_is_true() -> None:
    """Both names of the dimension agree, memory is rounded, labels are the default bank's."""
    body = health_body(GPU, "default")
    assert body["embedding_size"] == body["embedding_dimension"] == 3
    assert (body["vram_used_gb"], body["cuda_available"]) == (1.235, True)
    assert body["num_labels"] == 2
    assert health_body(GPU, "absent")["num_labels"] == 0


def test_info_holds_model_banks_and_metrics() -> None:
    """Everything about the model, and null for metrics whose runner does not answer."""
    body = info_body(FACTS, MEASURES)
    assert (body["model"], body["preset"], body["version"]) == ("framed/fake", "fake", __version__)
    assert body["image"]["mean"] == [0.5, 0.5, 0.5]
    assert body["banks"] == {"default": {"labels": 2, "templates": 1, "checksum": "c0ffee"}}
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
    for body in (healthz_body(GPU), health_body(GPU, "default"), info_body(GPU, None)):
        write_json(body)
