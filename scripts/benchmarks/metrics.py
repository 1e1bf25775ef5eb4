"""Rows of the technical metrics: CPU of one thread a photo, decoding and grey preview apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2

from framed.imaging.decode import decode
from framed.imaging.views import make_views
from framed.photo import GREY_PREVIEW, LUMA, RGB, DecodeSpec, Photo, Pixels, ViewSpec
from runners.technical.metrics import METRICS, Metric, Picture
from runners.technical.metrics.library import piq_brisque
from scripts.benchmarks.cpu import cpu_ms
from scripts.benchmarks.photos import LONG_SIDE
from scripts.benchmarks.row import Conditions, Measured, NotMeasurableError, Row
from scripts.benchmarks.usual import usual_metrics

GREY = ("sharpness", "sharpness_local", "exposure", "noise")
LINES = ("motion", "horizon_deg")
SEED = ("sharpness", "exposure", "noise", "brisque")  # the names of the first feature service


@dataclass(frozen=True)
class Prepared:
    """What every way starts from: the decoded photo, and its views uint8 [h, w] and [h, w, 3]."""

    photo: Photo
    grey: Pixels
    rgb: Pixels


Way = Callable[[Prepared], object]


def _row(name: str, metrics: Sequence[str], usual: Callable[[], Way] | None = None) -> Row:
    """A row that measures the metrics of those names, and `usual`, what it makes, beside them."""

    def measure(conditions: Conditions) -> Measured:
        cv2.setNumThreads(1)
        ours = _ours([_metric(wanted) for wanted in metrics])
        photos = map(_prepared, conditions.progress(conditions.jpegs))
        return cpu_ms(ours, photos, repeat=conditions.repeat, usual=usual() if usual else None)

    return Row(name, measure)


def _metric(name: str) -> Metric:
    for metric in METRICS:
        if metric.name == name:
            return metric
    raise NotMeasurableError(f"there is no metric {name!r} in the table of metrics")


def _prepared(jpeg: bytes) -> Prepared:
    photo = decode(jpeg, DecodeSpec(min_long_side=LONG_SIDE))
    planes = make_views(photo, ViewSpec(planes=(GREY_PREVIEW, RGB))).planes
    return Prepared(photo, planes[GREY_PREVIEW], planes[RGB])


def _ours(metrics: Sequence[Metric]) -> Way:
    """The metrics one after the other, on pictures shared as in the TechnicalRunner."""
    views = {metric.view for metric in metrics}

    def measure(prepared: Prepared) -> object:
        pictures = {GREY_PREVIEW: Picture(prepared.grey), RGB: Picture(prepared.rgb)}
        if LUMA in views:  # counted, as the libraries make their luma themselves
            luma = make_views(prepared.photo, ViewSpec(planes=(LUMA,))).planes[LUMA]
            pictures[LUMA] = Picture(luma)
        return [metric.function(pictures[metric.view]) for metric in metrics]

    return measure


def _piq() -> Way:
    score = piq_brisque()
    return lambda prepared: score(prepared.rgb)


def _usual() -> Way:
    measure = usual_metrics()
    return lambda prepared: measure(prepared.grey, prepared.rgb)


ROWS = (
    _row("metrics/grey", GREY),
    _row("metrics/grey+lines", GREY + LINES),
    _row("metrics/brisque", ("brisque",), _piq),
    _row("metrics/seed", SEED, _usual),
)
