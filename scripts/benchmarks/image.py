"""Rows of the image towers: CPU a photo on one thread, against open_clip in torch fp32.

Both start from the same square of uint8 and take turns, in processes of their own, with the large
products whose speed is the ceiling. The share is the tower's arithmetic per second of CPU over the
ceiling of the number format that the engine serves in.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from framed.photo import Pixels
from runners.clip.prepared.parity import compare
from scripts.benchmarks.bare import Bare
from scripts.benchmarks.ceilings import GEMM_FLOPS, share_of_ceiling
from scripts.benchmarks.child import Child
from scripts.benchmarks.cpu import in_turns
from scripts.benchmarks.models import MINI, VIT_B, VIT_L, Model, checkpoint, settings_for
from scripts.benchmarks.row import Conditions, EngineFacts, Measured, NotMeasurableError, Row
from scripts.benchmarks.stock import Stock

_PHOTOS = 3  # timed: what a tower costs does not depend on what it sees
_FEW, _MANY = 4, 8  # compared
_DEFAULT = "auto"


def _row(model: Model, size: int, precision: str, *, named: str, runs: int = 1) -> Row:
    """`runs` times as many as are asked for: a short run is easily disturbed."""

    def measure(conditions: Conditions) -> Measured:
        settings = settings_for(checkpoint(model), threads=1, precision=precision)
        stock_of = (model.folder, None if model.embedded else size, model.quick_gelu)
        with Child(Bare, settings, size) as ours, Child(Stock, *stock_of) as stock:
            facts = ours.ask("facts")
            if precision not in (_DEFAULT, facts["precision"]):
                raise NotMeasurableError("; ".join(facts["refused"]) or f"no {precision} engine")
            value, baseline, gemm = _turns(ours, stock, conditions, facts["precision"], runs)
            cosine, centred = _drift(ours, stock, size, _FEW if conditions.quick else _MANY)
            flops = stock.ask("flops", np.zeros((size, size, 3), np.uint8))
        words = (facts["engine"], facts["device"], facts["precision"])
        return Measured(
            value,
            "CPU ms",
            baseline,
            share_of_ceiling(flops, value, gemm),
            notes=(
                f"{' '.join(words)}; {flops / 1e9:.1f} GFLOP a photo; best {facts['precision']} "
                f"product {GEMM_FLOPS / gemm / 1e6:.0f} GFLOP/s; centred cosine {centred:.5f}",
                *(f"refused: {reason}" for reason in facts["refused"]),
            ),
            engine=EngineFacts(model.name, size, *words, cosine, centred),
        )

    return Row(named, measure, large=model is VIT_L)


def _turns(
    ours: Child, stock: Child, conditions: Conditions, number_format: str, runs: int
) -> list[float]:
    """Least milliseconds of CPU: ours, the usual way, and a large product in this format."""
    squares = [ours.ask("square", jpeg) for jpeg in conditions.jpegs[:_PHOTOS]]

    ways: list[Callable[[Pixels], float]] = [
        partial(ours.ask, "image_ms"),
        partial(stock.ask, "image_ms"),
        lambda _: float(stock.ask("milliseconds", number_format)),
    ]
    return in_turns(ways, conditions.progress(squares), repeat=conditions.repeat * runs)


def _drift(ours: Child, stock: Child, size: int, count: int) -> tuple[float, float]:
    """The least cosine and centred cosine of some photos, ours to the usual way's."""
    photos = stock.ask("photos", size, count)
    reference = stock.ask("rows", photos)
    figures = compare(ours.ask("rows", photos), reference, reference)
    return figures.cosine, figures.centred


ROWS = (
    _row(VIT_L, 224, _DEFAULT, named="image/vit-l-14/224/default"),
    _row(VIT_L, 336, _DEFAULT, named="image/vit-l-14/336/default"),
    _row(VIT_L, 224, "int8", named="image/vit-l-14/224/int8"),
    _row(VIT_B, 224, _DEFAULT, named="image/vit-b-32/224/default", runs=2),
    _row(VIT_B, 224, "int8", named="image/vit-b-32/224/int8", runs=2),
    _row(MINI, 224, _DEFAULT, named="image/mini/default", runs=4),
)
