"""The reliability picture: accuracy over confidence, a bar a bin, as a PNG."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from PIL import Image, ImageDraw

from scripts.evaluation.measures import Reliability

_SIDE, _EDGE = 400, 44  # pixels: the plot, and the room around it for words
_PAPER, _INK, _LINE = (255, 255, 255), (40, 40, 40), (170, 170, 170)
_BAR, _GAP = (74, 124, 178), (214, 120, 92)
_STEP = 0.2


def draw(pictures: Mapping[str, Reliability], path: Path, what: str = "photos") -> None:
    """Writes a picture for each title, side by side: blue is the accuracy of a bin, red what its
    confidence is away from it.

    A bar is as dark as its bin is full (of `what`); the diagonal is where confidence equals
    accuracy. Raises `OSError` where `path` cannot be written.
    """
    panels = [_panel(reliability, title, what) for title, reliability in pictures.items()]
    width = sum(panel.width for panel in panels)
    image = Image.new("RGB", (width, panels[0].height), _PAPER)
    for at, panel in enumerate(panels):
        image.paste(panel, (at * panel.width, 0))
    image.save(path, "PNG")


def _panel(reliability: Reliability, title: str, what: str) -> Image.Image:
    side = _SIDE + 2 * _EDGE
    image = Image.new("RGB", (side, side + 16), _PAPER)
    pen = ImageDraw.Draw(image)
    _axes(pen)
    _bars(pen, reliability)
    pen.line([*_point(0, 0), *_point(1, 1)], _INK)
    pen.text((_EDGE, 8), title, _INK)
    pen.text((_EDGE, 24), _summary(reliability, what), _INK)
    pen.text((_EDGE + _SIDE // 2 - 30, side - 8), "confidence", _INK)
    return image


def _summary(reliability: Reliability, what: str) -> str:
    return (
        f"accuracy {reliability.mean_accuracy:.3f}, confidence {reliability.mean_confidence:.3f}, "
        f"expected error {reliability.expected_error:.3f}, {sum(reliability.counts)} {what}"
    )


def _axes(pen: ImageDraw.ImageDraw) -> None:
    for step in range(round(1 / _STEP) + 1):
        at = step * _STEP
        pen.line([*_point(at, 0), *_point(at, 1)], _LINE)
        pen.line([*_point(0, at), *_point(1, at)], _LINE)
        x, y = _point(at, 0)
        pen.text((x - 8, y + 6), f"{at:.1f}", _INK)
        x, y = _point(0, at)
        pen.text((x - 26, y - 6), f"{at:.1f}", _INK)


def _bars(pen: ImageDraw.ImageDraw, reliability: Reliability) -> None:
    bins = len(reliability.counts)
    most = max(1, *reliability.counts)
    for at, count in enumerate(reliability.counts):
        if not count:
            continue
        left, right = (at + 0.08) / bins, (at + 0.92) / bins
        accuracy, confidence = reliability.accuracy[at], reliability.confidence[at]
        weight = 0.35 + 0.65 * count / most
        pen.rectangle([*_point(left, accuracy), *_point(right, 0)], _mixed(_BAR, weight))
        low, high = sorted((accuracy, confidence))
        pen.rectangle([*_point(left, high), *_point(right, low)], None, _GAP, 2)


def _mixed(colour: tuple[int, int, int], weight: float) -> tuple[int, int, int]:
    red, green, blue = (round(255 + (each - 255) * weight) for each in colour)
    return red, green, blue


def _point(x: float, y: float) -> tuple[int, int]:
    return round(_EDGE + x * _SIDE), round(_EDGE + (1 - y) * _SIDE)
