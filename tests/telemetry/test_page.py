"""What `/metrics` says of the state of things."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from framed.results import ClipFacts, ModelState
from framed.telemetry.page import metrics_page

LOADED = ModelState(
    ("mini", "id/mini"),
    "id/mini",
    "ready",
    8,
    waiting=3,
    revision="r1",
    engine="torch",
    device="cpu",
    precision="fp32",
    checksums={"default": "aa", "words": "bb"},
)
ABSENT = ModelState(("large",), "id/large", "unloaded", 8)
Rows = list[tuple[dict[str, str], float]]


def read(clip: ClipFacts | None, *, ready: bool) -> dict[str, Rows]:
    """Each gauge and its rows, of a page that Prometheus' own parser reads."""
    text = metrics_page(clip, ready=ready).decode()
    return {
        family.name: [(sample.labels, sample.value) for sample in family.samples]
        for family in text_string_to_metric_families(text)
        if family.type == "gauge"
    }


def test_models_and_banks_that_serve_are_named() -> None:
    """Those that are not loaded are not."""
    seen = read(ClipFacts(state="ready", models=(LOADED, ABSENT)), ready=True)
    assert seen["framed_ready"] == [({}, 1)]
    assert seen["framed_waiting_photos"] == [({}, 3)]
    model = {"model": "mini", "revision": "r1", "engine": "torch", "device": "cpu"}
    assert seen["framed_model_info"] == [(model | {"precision": "fp32"}, 1)]
    assert seen["framed_bank_info"] == [
        ({"model": "mini", "bank": "default", "checksum": "aa"}, 1),
        ({"model": "mini", "bank": "words", "checksum": "bb"}, 1),
    ]


def test_what_a_silent_runner_would_say_is_not_said() -> None:
    """Its last values would be wrong; that it is silent is said."""
    seen = read(None, ready=False)
    assert seen["framed_ready"] == [({}, 0)]
    assert not {"framed_waiting_photos", "framed_model_info", "framed_bank_info"} & seen.keys()


def test_buckets_stand_in_order() -> None:
    """Ascending, the count and the sum behind them."""
    lines = metrics_page(None, ready=True).decode().splitlines()
    names = [line.split(" ")[0] for line in lines if line.startswith("framed_batch_size_")]
    assert names[:2] == [f'framed_batch_size_bucket{{le="{size}.0"}}' for size in (1, 2)]
    assert names[-3:] == [
        'framed_batch_size_bucket{le="+Inf"}',
        "framed_batch_size_count",
        "framed_batch_size_sum",
    ]
